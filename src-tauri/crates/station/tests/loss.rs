//! Whatever a session misses: what its viewer makes of the frames it gets is what the server had at that moment,
//! never a mixture of two.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};
use sampling::Sources;
use serde_json::{Value, json};
use station::{Config, Payload, Peer, Session, Station, Tick};
use wire::codec::decode_server;
use wire::message::Frame;
use wire::{
    Carrier, Channel, Encoding, Facts, Fault, Metric, Process, ProcessState, ProcessTable, Scope, Series,
    SeriesSet, ServerMessage, Snapshot,
};

/// One tick of a made-up machine, and whether the viewer's transport was ready at it.
#[derive(Debug, Clone)]
struct Moment {
    /// `None`: this tick read no process table.
    processes: Option<ProcessTable>,
    busy: u8,
    /// How many cores there are: the set of series follows.
    cores: usize,
    broken: bool,
    seen: bool,
}

/// How a viewer subscribed.
#[derive(Debug, Clone, Copy)]
struct Manner {
    scope: Scope,
    encoding: Encoding,
    interval_ms: u64,
}

/// A small world of PIDs, so that reuse, exit and return happen often.
fn processes() -> impl Strategy<Value = ProcessTable> {
    let process = (1_u32..10, 0_u64..2, 0_usize..2, proptest::option::of(0_u32..50), 0_u64..3);
    proptest::collection::vec(process, 0..8).prop_map(|processes| {
        let mut by_pid = BTreeMap::new();
        for (pid, started_at_ms, name, cpu, memory_bytes) in processes {
            let name: Arc<str> = Arc::from(["sh", "make"][name]);
            let process = Process {
                pid,
                started_at_ms,
                parent_pid: None,
                name: Arc::clone(&name),
                state: ProcessState::Running,
                cpu_ratio: cpu.map(|cpu| f64::from(cpu) / 16.0),
                memory_bytes,
                read_bytes_per_s: None,
                write_bytes_per_s: Some(0.0),
                threads: 1,
                user: Arc::from("u"),
                command: (&*name).into(),
            };
            by_pid.insert(pid, process);
        }
        ProcessTable { sampled_at_ms: 0, processes: by_pid.into_values().collect() }
    })
}

fn moment() -> impl Strategy<Value = Moment> {
    let often = |often: f64| proptest::bool::weighted(often);
    (proptest::option::weighted(0.8, processes()), 0_u8..100, often(0.1), often(0.1), often(0.6)).prop_map(
        |(processes, busy, grown, broken, seen)| Moment {
            processes,
            busy,
            cores: 1 + usize::from(grown),
            broken,
            seen,
        },
    )
}

fn manner() -> impl Strategy<Value = Manner> {
    let scope = prop_oneof![Just(Scope::View), Just(Scope::Processes)];
    let encoding = prop_oneof![Just(Encoding::Json), Just(Encoding::Msgpack)];
    let interval_ms = prop_oneof![3 => Just(0), 1 => Just(2_500)];
    (scope, encoding, interval_ms).prop_map(|(scope, encoding, interval_ms)| Manner {
        scope,
        encoding,
        interval_ms,
    })
}

/// Ticks that follow one another, numbered far above the station's own.
struct Story {
    sets: [Arc<SeriesSet>; 2],
    last: Tick,
}

impl Story {
    fn of(station: &Station) -> Self {
        let set = |cores: usize| {
            let definition = Metric::CoreBusy.definition();
            let series = (0..cores).map(|core| Series {
                id: Metric::CoreBusy.id(&core.to_string()),
                metric: definition.name.into(),
                device: core.to_string(),
                label: String::new(),
                unit: definition.unit,
            });
            Arc::new(SeriesSet { generation: cores as u32, series: series.collect() })
        };
        let machine = station.handle().machine();
        let sets = [set(1), set(2)];
        let empty = |second| snapshot(&sets, second, None, &Moment::nothing());
        let mut last = Tick::after(None, empty(0), &machine);
        while last.seq < 1_000 {
            last = Tick::after(Some(&last), empty(last.seq), &machine);
        }
        Self { sets, last }
    }

    fn next(&mut self, moment: &Moment) -> &Tick {
        let last = &self.last;
        let snapshot = snapshot(&self.sets, last.seq + 1, last.snapshot.processes.as_ref(), moment);
        self.last = Tick::after(Some(last), snapshot, &Arc::clone(&last.machine));
        &self.last
    }
}

impl Moment {
    fn nothing() -> Self {
        Self { processes: None, busy: 0, cores: 1, broken: false, seen: false }
    }
}

fn snapshot(
    sets: &[Arc<SeriesSet>; 2],
    second: u64,
    kept: Option<&Arc<ProcessTable>>,
    moment: &Moment,
) -> Snapshot {
    let fault = Fault { source: "disks".into(), message: "sda does not answer".into(), reason: None };
    Snapshot {
        sampled_at_ms: 4_000_000_000_000 + second * 1000,
        series: Arc::clone(&sets[moment.cores - 1]),
        values: vec![Some(f64::from(moment.busy) / 100.0); moment.cores],
        totals: vec![None; moment.cores],
        facts: Arc::new(Facts::default()),
        faults: if moment.broken { [fault].into() } else { [].into() },
        processes: moment.processes.clone().map(Arc::new).or_else(|| kept.cloned()),
        details: Vec::new(),
    }
}

/// What a client keeps, written from the protocol.
#[derive(Debug, Default, PartialEq)]
struct Known {
    rows: BTreeMap<(u64, u64), Vec<Value>>,
    series: Value,
    values: Value,
    faults: Value,
}

impl Known {
    /// # Panics
    /// When a frame continues what this client does not have.
    fn apply(&mut self, frame: &Frame) {
        let data: Value = frame.data.read().expect("it is JSON");
        let data = &data;
        match (frame.channel, frame.key) {
            (Channel::Processes, true) => {
                self.rows = list(&data["rows"]).into_iter().map(|row| (key(&row), row)).collect();
            }
            (Channel::Processes, false) => {
                for gone in list(&data["gone"]) {
                    assert!(self.rows.remove(&key(&gone)).is_some(), "{gone:?} was not there");
                }
                for row in list(&data["added"]) {
                    self.rows.insert(key(&row), row);
                }
                for changed in list(&data["changed"]) {
                    let row = self.rows.get_mut(&key(&changed)).expect("only what is there can change");
                    // state, cpuRatio, memoryBytes, readBytesPerS, writeBytesPerS, threads
                    row[4..10].clone_from_slice(&changed[2..8]);
                }
            }
            (_, true) => {
                self.series = json!([data["gen"], data["series"]]);
                self.values = data["values"].clone();
                self.faults = data["faults"].clone();
            }
            (_, false) => {
                assert_eq!(self.series[0], data["gen"], "values of a set that this client does not have");
                self.values = data["values"].clone();
            }
        }
    }

    /// What the server has at `tick`, as its key frames say.
    fn of(tick: &Tick, manner: Manner) -> Self {
        let mut known = Self::default();
        let table = tick.table_key(wire::Commands::of(manner.scope, true), manner.encoding);
        for bytes in table.into_iter().chain([tick.overview(true, manner.encoding)]) {
            known.apply(&frame(manner.encoding, &bytes));
        }
        known
    }
}

fn list(value: &Value) -> Vec<Vec<Value>> {
    let rows = value.as_array().expect("a list").iter();
    rows.map(|row| row.as_array().expect("a row").clone()).collect()
}

fn key(row: &[Value]) -> (u64, u64) {
    (row[0].as_u64().expect("a pid"), row[1].as_u64().expect("a time"))
}

fn frame(encoding: Encoding, bytes: &[u8]) -> Frame {
    match decode_server(encoding, bytes) {
        Ok(ServerMessage::Frame(frame)) => frame,
        other => panic!("expected a frame, got {other:?}"),
    }
}

/// A session that subscribed before the story began: frames of the station's own ticks are dropped.
fn subscribed(station: &Station, manner: Manner) -> Session {
    let peer =
        Peer { carrier: Carrier::Stream, address: None, scope: manner.scope, arguments: true, token: None };
    let mut session = station.handle().attach(peer).expect("a slot");
    let subscribe = json!({
        "type": "subscribe",
        "channels": ["overview", "processes"],
        "intervalMs": manner.interval_ms,
        "encoding": manner.encoding,
    });
    let said = subscribe.to_string();
    session.receive(Encoding::Json, said.as_bytes(), &mut Vec::new()).expect("the session goes on");
    session
}

#[test]
fn after_any_loss_the_viewer_has_what_the_server_had_and_never_a_mixture() {
    let data = tempfile::tempdir().expect("a temporary directory");
    // An empty recorded machine: its own ticks hold nothing, so only the made-up ones count.
    let sources = Sources::recorded(data.path().join("nothing"));
    let config = Config { data_dir: data.path().to_owned(), sources, version: "test".into() };
    let station = Station::start(config).expect("a station");
    let story = (manner(), proptest::collection::vec(moment(), 1..24));
    let cases = Cases { cases: 200, failure_persistence: None, ..Cases::default() };
    let told = TestRunner::new(cases).run(&story, |(manner, moments)| {
        let mut session = subscribed(&station, manner);
        let mut story = Story::of(&station);
        let (mut known, mut seq, mut last_seen) = (Known::default(), BTreeMap::new(), None);
        for moment in &moments {
            let tick = story.next(moment);
            if !moment.seen {
                continue;
            }
            let mut out: Vec<Payload> = Vec::new();
            session.collect(tick, &mut out);
            let truth = Known::of(tick, manner);
            let frames: Vec<Frame> = out.iter().map(|it| frame(it.encoding, &it.bytes)).collect();
            for frame in &frames {
                let missed = last_seen.is_some_and(|last| last + 1 < tick.seq);
                prop_assert!(frame.key || !missed, "{:?} goes on over a gap", frame.channel);
                prop_assert!(seq.insert(frame.channel, frame.seq) < Some(frame.seq), "a tick is sent once");
                known.apply(frame);
                if frame.channel == Channel::Processes {
                    prop_assert_eq!(&known.rows, &truth.rows);
                } else {
                    prop_assert_eq!(
                        (&known.series, &known.values, &known.faults),
                        (&truth.series, &truth.values, &truth.faults)
                    );
                }
            }
            if manner.interval_ms == 0 {
                // Who takes every frame it can is up to date at once.
                prop_assert_eq!(&known, &truth);
            }
            last_seen = Some(tick.seq);
        }
        Ok(())
    });
    told.expect("no story is told wrongly");
}
