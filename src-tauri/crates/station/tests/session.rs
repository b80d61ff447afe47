//! One viewer's session, fed with made-up ticks: what it gets when all goes well, and after it missed some.

use std::sync::Arc;
use std::time::Duration;

use sampling::Sources;
use serde_json::{Value, json};
use station::{Config, NewAlert, Payload, Peer, Session, Station, Tick};
use wire::{
    Carrier, Encoding, Facts, Fault, Machine, Metric, Process, ProcessState, ProcessTable, Scope, Series,
    SeriesSet, Severity, Snapshot,
};

fn station() -> (Station, tempfile::TempDir) {
    let data = tempfile::tempdir().expect("a temporary directory");
    // An empty recorded machine: its own ticks hold nothing, so only the made-up ones count.
    let empty = data.path().join("nothing");
    let config = Config {
        data_dir: data.path().to_owned(),
        sources: Sources::recorded(empty),
        version: "test".into(),
    };
    (Station::start(config).expect("a station"), data)
}

fn peer(scope: Scope) -> Peer {
    Peer { carrier: Carrier::Stream, address: None, scope, arguments: true, token: None }
}

fn attach(station: &Station, scope: Scope) -> Session {
    station.handle().attach(peer(scope)).expect("a slot")
}

/// A made-up machine whose ticks are made one by one, far in the future of the station's own.
struct Story {
    machine: Arc<Machine>,
    series: Arc<SeriesSet>,
    last: Option<Tick>,
}

const START: u64 = 4_000_000_000_000;

impl Story {
    fn of(station: &Station) -> Self {
        let definition = Metric::CpuBusy.definition();
        let busy = Series {
            id: definition.name.into(),
            metric: definition.name.into(),
            device: String::new(),
            label: definition.label.into(),
            unit: definition.unit,
        };
        let series = Arc::new(SeriesSet { generation: 7, series: vec![busy] });
        let mut story = Self { machine: station.handle().machine(), series, last: None };
        // Numbers above those of the station's own ticks, which are few.
        for _ in 0..1000 {
            story.next(0.0, &[], None);
        }
        story
    }

    fn next(&mut self, busy: f64, faults: &[&str], processes: Option<ProcessTable>) -> &Tick {
        let second = self.last.as_ref().map_or(0, |last| last.seq + 1);
        let kept = self.last.as_ref().and_then(|last| last.snapshot.processes.clone());
        let fault =
            |message: &&str| Fault { source: "disks".into(), message: (*message).into(), reason: None };
        let snapshot = Snapshot {
            sampled_at_ms: START + second * 1000,
            series: Arc::clone(&self.series),
            values: vec![Some(busy)],
            totals: vec![None],
            facts: Arc::new(Facts::default()),
            faults: faults.iter().map(fault).collect(),
            processes: processes.map(Arc::new).or(kept),
            details: Vec::new(),
        };
        let tick = Tick::after(self.last.as_ref(), snapshot, &self.machine);
        self.last.insert(tick)
    }
}

fn table(cpu: f64) -> ProcessTable {
    let process = Process {
        pid: 41,
        started_at_ms: 1,
        parent_pid: None,
        name: "firefox".into(),
        state: ProcessState::Running,
        cpu_ratio: Some(cpu),
        memory_bytes: 1,
        read_bytes_per_s: None,
        write_bytes_per_s: None,
        threads: 1,
        user: "canary-user".into(),
        command: "/usr/lib/canary-program --canary-argument".into(),
    };
    ProcessTable { sampled_at_ms: START + (cpu * 1000.0) as u64, processes: vec![process] }
}

fn messages(out: &mut Vec<Payload>) -> Vec<Value> {
    out.drain(..).map(|payload| serde_json::from_slice(&payload.bytes).expect("JSON")).collect()
}

fn say(session: &mut Session, message: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    session.receive(Encoding::Json, message.to_string().as_bytes(), &mut out).expect("the session goes on");
    messages(&mut out)
}

/// What is answered once the session notifies its waker.
fn answered_later(session: &mut Session) -> Vec<Value> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let mut out = Vec::new();
    while out.is_empty() {
        runtime.block_on(session.waker().notified());
        session.collect_answers(&mut out);
    }
    messages(&mut out)
}

fn keys(messages: &[Value]) -> Vec<bool> {
    messages.iter().map(|message| message["key"] == true).collect()
}

fn collect(session: &mut Session, tick: &Tick) -> Vec<Value> {
    let mut out = Vec::new();
    session.collect(tick, &mut out);
    messages(&mut out)
}

#[test]
fn values_follow_the_key_frame_and_a_gap_or_a_new_fault_brings_another() {
    let (station, _data) = station();
    let mut session = attach(&station, Scope::Processes);
    let mut story = Story::of(&station);
    say(&mut session, &json!({"type": "subscribe", "channels": ["overview"]}));

    assert_eq!(keys(&collect(&mut session, story.next(0.1, &[], None))), [true], "the first of this story");
    let values = collect(&mut session, story.next(0.2, &[], None));
    assert_eq!(keys(&values), [false]);
    assert_eq!(values[0]["data"], json!({"gen": 7, "values": [0.2]}));
    story.next(0.3, &[], None);
    assert_eq!(keys(&collect(&mut session, story.next(0.4, &[], None))), [true], "one tick was missed");
    assert_eq!(keys(&collect(&mut session, story.next(0.5, &[], None))), [false]);
    let fault = collect(&mut session, story.next(0.6, &["sda does not answer"], None));
    assert_eq!(fault[0]["data"]["faults"][0]["message"], "sda does not answer");
    let again = story.last.take().expect("a tick");
    assert_eq!(collect(&mut session, &again), Vec::<Value>::new(), "a tick is sent once");
}

#[test]
fn changes_of_processes_are_sent_only_to_those_who_hold_the_table_before() {
    let (station, _data) = station();
    let mut session = attach(&station, Scope::Processes);
    let mut story = Story::of(&station);
    say(&mut session, &json!({"type": "subscribe", "channels": ["processes"]}));

    assert_eq!(keys(&collect(&mut session, story.next(0.0, &[], Some(table(0.1))))), [true]);
    let change = collect(&mut session, story.next(0.0, &[], Some(table(0.2))));
    assert_eq!(change[0]["data"]["changed"], json!([[41, 1, "running", 0.2, 1, null, null, 1]]));
    assert_eq!(
        collect(&mut session, story.next(0.0, &[], None)),
        Vec::<Value>::new(),
        "no new table, no frame"
    );
    assert_eq!(keys(&collect(&mut session, story.next(0.0, &[], Some(table(0.3))))), [false]);
    story.next(0.0, &[], Some(table(0.4)));
    let after_loss = collect(&mut session, story.next(0.0, &[], Some(table(0.5))));
    assert_eq!(keys(&after_loss), [true]);
    assert_eq!(after_loss[0]["data"]["rows"][0][5], 0.5);
}

#[test]
fn scope_view_gets_neither_owners_nor_command_lines_nor_details() {
    let (station, _data) = station();
    let mut story = Story::of(&station);
    story.next(0.0, &[], Some(table(0.1)));
    let tick = story.next(0.0, &[], Some(table(0.2)));
    for (scope, canaries) in [(Scope::View, false), (Scope::Processes, true), (Scope::Control, true)] {
        let mut session = attach(&station, scope);
        say(&mut session, &json!({"type": "subscribe", "channels": ["processes", "top", "overview"]}));
        let frames = Value::Array(collect(&mut session, tick)).to_string();
        assert!(frames.contains("firefox"));
        assert_eq!(frames.contains("canary"), canaries, "{scope:?}: {frames}");
    }
    // Who was not given the arguments sees the program, in a frame of its own.
    let mut session = station.handle().attach(Peer { arguments: false, ..peer(Scope::Control) }).unwrap();
    say(&mut session, &json!({"type": "subscribe", "channels": ["processes"]}));
    let frames = Value::Array(collect(&mut session, tick)).to_string();
    assert!(frames.contains("canary-program") && !frames.contains("canary-argument"), "{frames}");
    let mut session = attach(&station, Scope::View);
    let request = json!({"type": "request", "id": 1, "method": "process.detail", "params": {"pid": 41, "startedAtMs": 1}});
    assert_eq!(say(&mut session, &request)[0]["error"]["code"], "forbidden");
}

#[test]
fn subscriptions_and_requests_in_flight_are_bounded_and_the_session_goes_on() {
    let (station, _data) = station();
    let mut session = attach(&station, Scope::Processes);
    let all = json!({"type": "subscribe", "channels": ["overview", "top", "processes", "system-info", "network-interfaces"]});
    for _ in 0..50 {
        let answers = say(&mut session, &all);
        assert!(answers.iter().all(|answer| answer["type"] == "frame"), "{answers:?}");
    }
    let detail = |id: u64| json!({"type": "request", "id": id, "method": "process.detail", "params": {"pid": id, "startedAtMs": 1}});
    for id in 0..16 {
        assert_eq!(say(&mut session, &detail(id)), Vec::<Value>::new(), "the next tick answers");
    }
    assert_eq!(say(&mut session, &detail(16))[0]["error"]["code"], "tooMany");
    assert_eq!(say(&mut session, &json!({"type": "ping", "id": 1}))[0]["type"], "pong");
}

#[test]
fn a_channel_that_is_named_again_is_sent_once() {
    let (station, _data) = station();
    let mut session = attach(&station, Scope::View);
    wait_for(|| station.handle().latest());
    let answers = say(&mut session, &json!({"type": "subscribe", "channels": vec!["overview"; 32]}));
    assert_eq!(answers.len(), 1, "{answers:?}");
    let answers = say(&mut session, &json!({"type": "subscribe", "channels": vec!["weather"; 32]}));
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[test]
fn channels_past_the_bound_are_refused_together() {
    let (station, _data) = station();
    let mut session = attach(&station, Scope::View);
    let many = vec!["overview"; wire::limits::SUBSCRIPTIONS + 1];
    let answers = say(&mut session, &json!({"type": "subscribe", "channels": many}));
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0]["code"], "tooMany");
}

#[test]
fn messagepack_is_spoken_from_the_subscription_on_that_asks_for_it() {
    let (station, _data) = station();
    let mut session = attach(&station, Scope::View);
    let mut story = Story::of(&station);
    assert_eq!(session.connected_message(None).encoding, Encoding::Json);
    let mut out = Vec::new();
    let ask = json!({"type": "subscribe", "channels": ["overview"], "encoding": "msgpack"}).to_string();
    session.receive(Encoding::Json, ask.as_bytes(), &mut out).expect("the session goes on");
    out.clear();
    session.collect(story.next(0.25, &[], None), &mut out);
    assert_eq!(out[0].encoding, Encoding::Msgpack);
    let frame = wire::codec::decode_server(Encoding::Msgpack, &out[0].bytes).expect("MessagePack");
    let wire::ServerMessage::Frame(frame) = frame else { panic!("a frame: {frame:?}") };
    let data: Value = frame.data.read().expect("it is JSON");
    assert_eq!(data["values"], json!([0.25]));

    let window = Peer { carrier: Carrier::Window, ..peer(Scope::Control) };
    let mut session = station.handle().attach(window).expect("a slot");
    let refused = say(&mut session, &json!({"type": "subscribe", "channels": [], "encoding": "msgpack"}));
    assert_eq!(refused[0]["code"], "badParams", "the window reads lines");
}

#[test]
fn every_alert_arrives_or_the_viewer_is_told_how_many_did_not() {
    let (station, _data) = station();
    let handle = station.handle();
    let emit = |title: &str| {
        let title = title.to_owned();
        let message = String::new();
        handle.emit_alert(NewAlert { severity: Severity::Warning, title, message, source: "test".into() })
    };
    emit("before");
    let mut session = attach(&station, Scope::View);
    let mut story = Story::of(&station);
    say(&mut session, &json!({"type": "subscribe", "channels": ["alerts", "summary"]}));
    emit("first");
    emit("second");
    let tick = story.next(0.0, &[], None);
    let told = collect(&mut session, tick);
    let titles: Vec<_> = told.iter().filter_map(|message| message["event"]["title"].as_str()).collect();
    assert_eq!(titles, ["first", "second"]);
    let again = story.last.take().expect("a tick");
    emit("third, within the same tick");
    assert_eq!(collect(&mut session, &again)[0]["event"]["id"], 4);
    for _ in 0..wire::limits::ALERTS_KEPT + 2 {
        emit("many");
    }
    let told = collect(&mut session, &again);
    assert_eq!(told[0], json!({"type": "lagged", "channel": "alerts", "missed": 2}));
    assert_eq!(told.len(), 1 + wire::limits::ALERTS_KEPT);
    let list = say(&mut session, &json!({"type": "request", "id": 1, "method": "alerts.list"}));
    assert_eq!(list[0]["result"]["events"].as_array().map(Vec::len), Some(wire::limits::ALERTS_KEPT));
    say(&mut session, &json!({"type": "unsubscribe", "channels": ["alerts"]}));
    emit("unheard");
    assert_eq!(collect(&mut session, &again), Vec::<Value>::new());
}

#[test]
fn a_summary_goes_every_five_seconds_or_as_fast_as_its_viewer_names() {
    let (station, _data) = station();
    let mut story = Story::of(&station);
    let mut frames = |interval_ms: Option<u64>, channel: &str| {
        let mut session = attach(&station, Scope::View);
        let mut ask = json!({"type": "subscribe", "channels": [channel]});
        if let Some(interval_ms) = interval_ms {
            ask["intervalMs"] = interval_ms.into();
        }
        say(&mut session, &ask);
        // The last tick of the story, or the station's own, began the subscription: in step from here on.
        collect(&mut session, story.next(0.0, &[], None));
        (0..10).map(|_| collect(&mut session, story.next(0.0, &[], None)).len()).sum::<usize>()
    };
    for (interval_ms, expected) in
        [(None, 2), (Some(1), 10), (Some(1000), 10), (Some(2000), 5), (Some(5000), 2)]
    {
        assert_eq!(frames(interval_ms, "summary"), expected, "{interval_ms:?}");
    }
    assert_eq!(frames(Some(10_000), "summary"), 1);
    assert_eq!(frames(Some(1000), "network-interfaces"), 2, "others keep to their own pace");
}

#[test]
fn a_summary_has_a_past_and_every_scope_may_search() {
    let (station, _data) = station();
    wait_for(|| station.handle().latest());
    let mut session = attach(&station, Scope::View);
    let mut ask = |method: &str, params: Value| {
        let request = json!({"type": "request", "id": 1, "method": method, "params": params});
        let answer = say(&mut session, &request);
        if answer.is_empty() { answered_later(&mut session) } else { answer }.remove(0)
    };
    let past = ask("summary.history", json!({"fromMs": 0, "toMs": 1u64 << 52, "maxPoints": 100}));
    let times = past["result"]["t"].as_array().expect("times");
    assert!(!times.is_empty(), "{past}");
    for column in
        ["cpuRatio", "memoryRatio", "diskRatio", "diskBytesPerS", "netBytesPerS", "temperatureCelsius"]
    {
        assert_eq!(past["result"][column].as_array().map(Vec::len), Some(times.len()), "{column}");
    }
    for wrong in [
        json!({"fromMs": 2, "toMs": 1, "maxPoints": 1}),
        json!({"fromMs": 0, "toMs": 1, "maxPoints": 0}),
        json!({"fromMs": 0}),
    ] {
        assert_eq!(ask("summary.history", wrong.clone())["error"]["code"], "badParams", "{wrong}");
    }
    let found = ask("find", json!({"query": "cpu>1", "limit": 5}));
    assert_eq!(found["result"]["processes"], json!([]), "{found}");
    let error = ask("find", json!({"query": "nmae=x", "limit": 5}));
    assert_eq!(error["error"]["code"], "badParams");
    let problem = json!({"code": "unknownField", "word": "nmae", "meant": "name"});
    assert_eq!(error["error"]["query"]["problem"], problem, "{error}");
}

#[test]
fn the_list_of_sessions_is_for_the_owner_and_follows_sessions_that_begin_and_end() {
    let (station, _data) = station();
    let ask = json!({"type": "subscribe", "channels": ["sessions"]});
    let mut viewer = attach(&station, Scope::Processes);
    assert_eq!(say(&mut viewer, &ask)[0]["code"], "forbidden");

    let mut owner = attach(&station, Scope::Control);
    let mut story = Story::of(&station);
    say(&mut owner, &ask);
    let list = collect(&mut owner, story.next(0.0, &[], None));
    assert_eq!(list[0]["data"]["active"], 2);
    assert_eq!(list[0]["data"]["sessions"][1]["channels"], json!(["sessions"]));
    assert_eq!(
        collect(&mut owner, story.next(0.0, &[], None)),
        Vec::<Value>::new(),
        "no session began or ended"
    );
    drop(viewer);
    let list = collect(&mut owner, story.next(0.0, &[], None));
    assert_eq!((&list[0]["data"]["active"], &list[0]["data"]["total"]), (&json!(1), &json!(2)));
}

#[test]
fn a_session_that_ends_frees_its_slot_and_none_begins_after_goodbye() {
    let (station, _data) = station();
    let handle = station.handle();
    let session = attach(&station, Scope::View);
    assert_eq!(handle.sessions(), 1);
    drop(session);
    assert_eq!(handle.sessions(), 0);
    station.close_all_sessions(wire::Goodbye::Shutdown);
    assert!(handle.attach(peer(Scope::View)).is_err());
    assert_eq!(handle.sessions(), 0, "a refused viewer takes no slot");
}

#[test]
fn settings_that_nobody_understands_close_this_computer_until_they_are_mended() {
    let data = tempfile::tempdir().expect("a temporary directory");
    let path = data.path().join("settings.json");
    let wrong = "{\n  \"loopback\": \"view\",\n}\n";
    std::fs::write(&path, wrong).expect("written");
    let config = Config {
        data_dir: data.path().to_owned(),
        sources: Sources::recorded(data.path().join("nothing")),
        version: "test".into(),
    };
    let station = Station::start(config).expect("it starts all the same");
    let handle = station.handle();
    let told = |part: &'static str| {
        wait_for(|| {
            let tick = handle.latest()?;
            let fault = tick.snapshot.faults.iter().find(|fault| fault.source == "settings")?;
            fault.message.contains(part).then(|| fault.message.clone())
        })
    };
    let message = told("settings.json is not understood in line 3, column 1");
    assert!(!message.contains('/') && message.contains("nothing is open"), "{message}");
    assert_eq!(handle.settings().loopback, station::Loopback::Off);
    handle.follow_settings();
    assert_eq!(handle.settings().loopback, station::Loopback::Off);
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), wrong);

    let gone = || {
        wait_for(|| {
            let tick = handle.latest()?;
            tick.snapshot.faults.iter().all(|fault| fault.source != "settings").then_some(())
        });
    };
    std::fs::write(&path, "{\n  \"loopback\": \"view\"\n}\n").expect("written");
    handle.follow_settings();
    assert_eq!(handle.settings().loopback, station::Loopback::View, "without a restart");
    gone();
    // What was understood stays in use while somebody makes a mistake.
    std::fs::write(&path, wrong).expect("written");
    handle.follow_settings();
    told("What it said before stays in use");
    assert_eq!(handle.settings().loopback, station::Loopback::View);
    handle.set_settings(handle.settings()).expect("kept");
    gone();
    let entries = std::fs::read_dir(data.path()).expect("a directory").flatten();
    let copy = entries.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains(".kept-"));
    assert_eq!(std::fs::read_to_string(copy.expect("a copy")).expect("it is there"), wrong);
}

#[cfg(unix)]
#[test]
fn a_data_directory_that_is_everybodys_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let data = tempfile::tempdir().expect("a temporary directory");
    let start = |mode: u32| {
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(mode)).expect("it is ours");
        Station::start(Config {
            data_dir: data.path().to_owned(),
            sources: Sources::recorded(data.path().join("nothing")),
            version: "test".into(),
        })
    };
    let why = start(0o1777).expect_err("others put files into it").to_string();
    assert!(why.contains("--data-dir"), "{why}");
    start(0o755).expect("it is closed to others");
    let mode = std::fs::metadata(data.path()).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn a_new_interval_is_kept_and_used_at_once() {
    let (station, data) = station();
    let handle = station.handle();
    let settings = station::Settings { interval_ms: 500, ..handle.settings() };
    handle.set_settings(settings).expect("kept");
    assert_eq!(station::Settings::load(data.path()).0.interval_ms, 500);
    wait_for(|| handle.latest().filter(|tick| tick.snapshot.facts.interval_ms == 500));
}

/// Asks again and again until there is an answer. The bound is reached only when it never comes.
fn wait_for<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let start = std::time::Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::yield_now();
    }
}
