//! Records this machine, for the demo: `cargo run --release -p sightline-station --example record -- FILE CHAPTER…`
//! with chapters like `idle:150` or `disk:100:while :; do dd if=/dev/zero of=x bs=1M count=500 conv=fsync; done`: a
//! name, its seconds, and the load meanwhile, a line for the shell. What is known of a process but its cost is not
//! kept. With `--loads-only` before the file, CPU and processes are those of the loads, for a computer that has other
//! work beside.

#![allow(clippy::print_stderr)] // A program for the terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs::File;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use sampling::{Sampler, Sources, Wanted};
use station::clock::Clock;
use station::replay::recording::{Chapter, Column, Core, Disk, Recording, Slot};
use wire::{Metric, Process, ProcessKey, ProcessTable, Snapshot};

/// Processes that were there all the time.
const RESIDENTS: usize = 36;
/// Places for those that came and went …
const GUESTS: usize = 24;
/// … and took this much of a core's time, in seconds.
const GUEST_CPU_S: f64 = 0.5;
const INTERVAL: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    let loads_only = arguments.next_if(|argument| argument == "--loads-only").is_some();
    let file = arguments.next().ok_or("the name of a file is missing")?;
    let mut sampler = Sampler::new(Sources::live(), INTERVAL);
    let clock = Clock::start();
    let wanted = Wanted { processes: true, details: Vec::new() };
    sampler.sample(clock.now(), &wanted);
    let mut next = INTERVAL;
    let (mut chapters, mut samples) = (Vec::new(), Vec::new());
    for argument in arguments {
        let mut parts = argument.splitn(3, ':');
        let (name, seconds) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let seconds: usize = seconds.parse()?;
        eprintln!("{name}: {seconds} s");
        let load = parts.next().map(Load::start).transpose()?;
        for _ in 0..seconds {
            sleep(clock.until(next));
            next += INTERVAL;
            let mut sample = sampler.sample(clock.now(), &wanted);
            if loads_only {
                keep_below(load.as_ref().map_or(0, |load| load.0.id()), &mut sample);
            }
            samples.push(sample);
        }
        drop(load);
        chapters.push(Chapter { name: name.to_owned(), seconds });
    }
    let recording = recording(chapters, &samples);
    recording.write(File::create(&file)?)?;
    eprintln!("{} s, {} bytes", samples.len(), std::fs::metadata(&file)?.len());
    Ok(())
}

/// A line of the shell with all it started, ended when dropped.
struct Load(Child);

impl Load {
    fn start(line: &str) -> std::io::Result<Self> {
        // A session of its own, so that all of it can be ended.
        let mut shell = Command::new("setsid");
        shell.args(["sh", "-c", line]);
        shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map(Self)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-KILL", "--", &format!("-{}", self.0.id())]).status();
        let _ = self.0.wait();
    }
}

/// Busy for longer than this share of the recording is no daemon in the background.
const BACKGROUND: f64 = 0.03;

/// Leaves of CPU and of the processes what the process `root` started, and what hardly did anything.
fn keep_below(root: u32, sample: &mut Snapshot) {
    let Some(table) = sample.processes.clone() else { return };
    let parents: BTreeMap<u32, u32> =
        table.processes.iter().filter_map(|process| Some((process.pid, process.parent_pid?))).collect();
    let is_below =
        |pid: u32| std::iter::successors(Some(pid), |pid| parents.get(pid).copied()).any(|it| it == root);
    let (below, beside): (Vec<Process>, Vec<Process>) =
        table.processes.iter().cloned().partition(|process| is_below(process.pid));
    let quiet = beside.into_iter().filter(|process| process.cpu_ratio.unwrap_or(1.0) < BACKGROUND);
    let mut kept: Vec<Process> = below.into_iter().chain(quiet).collect();
    kept.sort_by_key(Process::key);
    let cost = |processes: &[Process]| processes.iter().filter_map(|it| it.cpu_ratio).sum::<f64>();
    let share = cost(&kept) / cost(&table.processes).max(f64::EPSILON);
    let series = sample.series.series.iter().zip(&mut sample.values);
    for (_, value) in series.filter(|(series, _)| {
        ["cpu.", "load.", "pressure.cpu"].iter().any(|group| series.metric.starts_with(group))
    }) {
        *value = value.map(|value| value * share.min(1.0));
    }
    sample.processes = Some(ProcessTable { sampled_at_ms: table.sampled_at_ms, processes: kept }.into());
}

fn recording(chapters: Vec<Chapter>, samples: &[Snapshot]) -> Recording {
    const RATIO: f32 = 0.001;
    const KIB: f32 = 1024.0;
    let column = |unit: f32, value: &dyn Fn(&Snapshot) -> Option<f64>| {
        let mut column = Column::of(unit);
        samples.iter().for_each(|sample| column.push(value(sample).unwrap_or(0.0)));
        column
    };
    let machine = |unit, metric: Metric| column(unit, &|sample| sample.value(&metric.id("")));
    let cores = samples.first().map_or(0, |first| {
        first
            .series
            .series
            .iter()
            .filter(|series| series.metric == Metric::CoreBusy.definition().name)
            .count()
    });
    let core = |number: usize| {
        let share = |metric: Metric| column(RATIO, &|sample| sample.value(&metric.id(&number.to_string())));
        Core {
            busy: share(Metric::CoreBusy),
            user: share(Metric::CoreUser),
            system: share(Metric::CoreSystem),
            iowait: share(Metric::CoreIowait),
        }
    };
    let disk = |unit, metric: Metric| {
        column(unit, &|sample| Some(sum(sample, metric, sample.facts.disks.iter().map(|disk| &*disk.device))))
    };
    let network = |metric: Metric| {
        column(KIB, &|sample| {
            let outside = sample.facts.interfaces.iter().filter(|interface| interface.kind != "loopback");
            Some(sum(sample, metric, outside.map(|interface| &*interface.device)))
        })
    };
    let share_of_memory = |metric: Metric| {
        column(RATIO, &|sample| {
            Some(sample.value(&metric.id(""))? / sample.value(&Metric::MemoryTotal.id(""))?)
        })
    };
    let (residents, guests) = slots(samples);
    Recording {
        chapters,
        cores: (0..cores).map(core).collect(),
        context_switches: machine(10.0, Metric::CpuContextSwitches),
        load: [Metric::Load1, Metric::Load5, Metric::Load15].map(|metric| machine(0.01, metric)),
        pressure: [
            Metric::PressureCpu,
            Metric::PressureIo,
            Metric::PressureIoFull,
            Metric::PressureMemory,
            Metric::PressureMemoryFull,
        ]
        .map(|metric| machine(RATIO, metric)),
        memory_used: share_of_memory(Metric::MemoryUsed),
        memory_cached: share_of_memory(Metric::MemoryCached),
        disk: Disk {
            read: disk(4.0 * KIB, Metric::DiskRead),
            write: disk(4.0 * KIB, Metric::DiskWrite),
            read_ops: disk(1.0, Metric::DiskReadOps),
            write_ops: disk(1.0, Metric::DiskWriteOps),
            busy: disk(RATIO, Metric::DiskBusy),
        },
        rx: network(Metric::NetRx),
        tx: network(Metric::NetTx),
        residents,
        guests,
        ..Recording::default()
    }
}

fn sum<'a>(sample: &Snapshot, metric: Metric, devices: impl Iterator<Item = &'a str>) -> f64 {
    devices.filter_map(|device| sample.value(&metric.id(device))).sum()
}

/// One process of the recording.
#[derive(Default)]
struct Seen<'a> {
    /// By second.
    rows: BTreeMap<usize, &'a Process>,
    cpu: f64,
}

/// The places for those who stayed, and for those who did not.
fn slots(samples: &[Snapshot]) -> (Vec<Slot>, Vec<Slot>) {
    let mut seen: BTreeMap<ProcessKey, Seen<'_>> = BTreeMap::new();
    for (second, sample) in samples.iter().enumerate() {
        for process in sample.processes.iter().flat_map(|table| &table.processes) {
            // Kernel threads have no memory of their own; here they only fill the table.
            if process.memory_bytes > 0 {
                let seen = seen.entry(process.key()).or_default();
                seen.cpu += process.cpu_ratio.unwrap_or(0.0);
                seen.rows.insert(second, process);
            }
        }
    }
    let mut order: Vec<Seen<'_>> = seen.into_values().collect();
    order.sort_by(|a, b| b.cpu.total_cmp(&a.cpu).then(b.rows.len().cmp(&a.rows.len())));
    let (residents, others): (Vec<_>, Vec<_>) =
        order.into_iter().partition(|seen| seen.rows.len() * 10 > samples.len() * 9);
    let mut guests: Vec<Vec<Seen<'_>>> = Vec::new();
    for guest in others.into_iter().filter(|guest| guest.cpu >= GUEST_CPU_S) {
        let stay = stay(&guest);
        let is_free = |slot: &Vec<Seen<'_>>| slot.iter().all(|held| stay.is_disjoint(&self::stay(held)));
        match guests.iter().position(is_free) {
            Some(at) => guests[at].push(guest),
            None if guests.len() < GUESTS => guests.push(vec![guest]),
            None => {}
        }
    }
    let residents = residents.into_iter().take(RESIDENTS).map(|seen| slot(vec![seen], samples.len()));
    (residents.collect(), guests.into_iter().map(|seen| slot(seen, samples.len())).collect())
}

/// The seconds in which it was there.
fn stay(seen: &Seen<'_>) -> BTreeSet<usize> {
    seen.rows.keys().copied().collect()
}

fn slot(mut holders: Vec<Seen<'_>>, seconds: usize) -> Slot {
    holders.sort_by_key(|seen| seen.rows.keys().next().copied());
    let mut slot = Slot {
        holder: Column::of(1.0),
        cpu: Column::of(0.005),
        memory: Column::of(256.0 * 1024.0),
        read: Column::of(4096.0),
        write: Column::of(4096.0),
        threads: Column::of(1.0),
    };
    for second in 0..seconds {
        let held = holders.iter().enumerate().find_map(|(at, seen)| Some((at + 1, seen.rows.get(&second)?)));
        let (number, process) = held.unzip();
        slot.holder.push(number.unwrap_or(0) as f64);
        slot.cpu.push(process.and_then(|it| it.cpu_ratio).unwrap_or(0.0));
        slot.memory.push(process.map_or(0, |it| it.memory_bytes) as f64);
        slot.read.push(process.and_then(|it| it.read_bytes_per_s).unwrap_or(0.0));
        slot.write.push(process.and_then(|it| it.write_bytes_per_s).unwrap_or(0.0));
        slot.threads.push(process.map_or(0, |it| it.threads).into());
    }
    slot
}
