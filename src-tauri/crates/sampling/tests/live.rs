//! This machine, read twice: by the sampler, and by the test itself from the same counters. Counters only grow,
//! so what the test read before and after a tick bounds what the tick saw, however busy the machine is.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)] // All of it is tests.

use std::fs;
use std::net::UdpSocket;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use sampling::{Now, Sampler, Sources, Wanted, process_started_at_ms};
use wire::{Commands, Process, Snapshot};

/// Numbers travel with 4 significant digits.
const ROUNDING: f64 = 0.001;

fn sampler() -> Sampler {
    Sampler::new(Sources::live(), Duration::from_secs(1))
}

/// The test's own clock: rates are over the seconds it says, whatever the real ones.
fn at(second: u64) -> Now {
    Now { wall_ms: 1_700_000_000_000 + second * 1000, monotonic: Duration::from_secs(second) }
}

fn with_processes() -> Wanted {
    Wanted { processes: true, details: Vec::new() }
}

fn process(snapshot: &Snapshot, pid: u32) -> Option<Process> {
    snapshot.processes.as_ref().unwrap().processes.iter().find(|process| process.pid == pid).cloned()
}

/// Numbers of the line of `path` that begins with `start`, after it.
fn numbers(path: &str, start: &str) -> Vec<u64> {
    let text = fs::read_to_string(path).unwrap();
    let line = text.lines().find_map(|line| line.trim_start().strip_prefix(start)).unwrap_or_default();
    line.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Whether `value` lies between what surely passed and what passed at most.
fn assert_between(what: &str, value: Option<f64>, least: u64, most: u64) {
    let value = value.unwrap_or_else(|| panic!("{what} is unknown"));
    let (least, most) = (least as f64 * (1.0 - ROUNDING) - 1.0, most as f64 * (1.0 + ROUNDING) + 1.0);
    assert!((least..=most).contains(&value), "{what}: {value} is not in {least}..={most}");
}

/// CPU time of this process.
fn cpu_ms() -> u64 {
    // Behind `) `: state is field 3; utime and stime are 14 and 15.
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<u64> =
        stat.rsplit_once(") ").unwrap().1.split(' ').map(|word| word.trim().parse().unwrap_or(0)).collect();
    (fields[11] + fields[12]) * 10
}

/// Keeps this thread busy until `done`, or fails after a minute.
fn work_until(mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "nothing happened for a minute");
    }
}

#[test]
fn cpu_shares_agree_with_the_kernels_counters() {
    // user nice system idle iowait irq softirq steal
    let read = || numbers("/proc/stat", "cpu ");
    let busy = |n: &[u64]| n[0] + n[1] + n[2] + n[5] + n[6] + n[7];
    let all = |n: &[u64]| n[..8].iter().sum::<u64>();
    let mut sampler = sampler();
    let before = read();
    sampler.sample(at(0), &Wanted::default());
    let after = read();
    work_until(|| all(&read()) > all(&after) + 100);
    let before_second = read();
    let snapshot = sampler.sample(at(1), &Wanted::default());
    let after_second = read();
    let share = |busy: u64, all: u64| busy as f64 / all as f64;
    let least = share(busy(&before_second) - busy(&after), all(&after_second) - all(&before));
    let most = share(busy(&after_second) - busy(&before), all(&before_second) - all(&after));
    let told = snapshot.value("cpu.busy").unwrap();
    assert!((least - 0.01..=most + 0.01).contains(&told), "{told} is not in {least}..={most}");
    let parts: f64 =
        ["cpu.user", "cpu.system", "cpu.steal"].iter().map(|id| snapshot.value(id).unwrap()).sum();
    assert!((parts - told).abs() < 0.001, "the parts add up");
}

#[test]
fn totals_are_the_kernels_own_and_sightlines_grows_with_what_it_spends() {
    let busy = || {
        let n = numbers("/proc/stat", "cpu ");
        n[0] + n[1] + n[2] + n[5] + n[6] + n[7]
    };
    let mut sampler = sampler();
    let ticks = busy();
    let first = sampler.sample(at(0), &Wanted::default());
    let (ticks_after, own_ms) = (busy(), cpu_ms());
    let seconds = first.total("cpu.busy").unwrap();
    assert!((ticks as f64 / 100.0..=ticks_after as f64 / 100.0).contains(&seconds), "{seconds}");
    work_until(|| cpu_ms() > own_ms + 100);
    let own = |snapshot: &Snapshot| snapshot.total("self.cpu").unwrap();
    let second = sampler.sample(at(1), &Wanted::default());
    // Children that other tests have may add to it.
    assert!(own(&second) - own(&first) > 0.05, "{} after {}", own(&second), own(&first));
    for series in &first.series.series {
        let (before, after) = (first.total(&series.id), second.total(&series.id));
        assert!(after >= before || after.is_none(), "{} fell from {before:?} to {after:?}", series.id);
    }
}

#[test]
fn memory_agrees_with_the_kernels_estimate() {
    let kibibytes = |key: &str| numbers("/proc/meminfo", key)[0] as f64 * 1024.0;
    let total = kibibytes("MemTotal:");
    let mut sampler = sampler();
    let told = sampler.sample(at(0), &Wanted::default());
    let told_total = told.value("memory.total").unwrap();
    assert!(told_total <= total);
    if told_total < total {
        // The kernel's estimate is the whole machine's; `recorded.rs` knows the numbers of a container.
        return testing::skip("memory without a limit");
    }
    // Others take and give back memory meanwhile, so one agreement among many readings is asked for.
    let mut second = 1;
    work_until(|| {
        let available = kibibytes("MemAvailable:");
        let snapshot = sampler.sample(at(second), &Wanted::default());
        second += 1;
        let used = snapshot.value("memory.used").unwrap();
        (used - (total - available)).abs() < total * 0.01
    });
}

#[test]
fn disk_rates_agree_with_the_kernels_counters() {
    let mut sampler = sampler();
    let disks = sampler.sample(at(0), &Wanted::default()).facts.disks.clone();
    let read = || disks.iter().map(|disk| sectors(&disk.name)).collect::<Vec<_>>();
    let before = read();
    sampler.sample(at(1), &Wanted::default());
    let after = read();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), vec![7; 1 << 20]).unwrap();
    file.as_file().sync_all().unwrap();
    let before_second = read();
    let snapshot = sampler.sample(at(2), &Wanted::default());
    let after_second = read();
    for (i, disk) in disks.iter().enumerate() {
        let of = |end: &str| snapshot.value(&format!("disk.{}.{end}", disk.device)).unwrap();
        let (least, most) = ((before_second[i] - after[i]) * 512, (after_second[i] - before[i]) * 512);
        assert_between(&disk.name, Some(of("read") + of("write")), least, most);
    }
}

/// Sectors read and written. Behind the name: reads, merged, sectors, ms; writes, merged, sectors, ms.
fn sectors(disk: &str) -> u64 {
    let text = fs::read_to_string("/proc/diskstats").unwrap();
    let line = text.lines().find(|line| line.split_whitespace().nth(2) == Some(disk)).unwrap();
    let fields: Vec<u64> = line.split_whitespace().skip(3).map(|word| word.parse().unwrap()).collect();
    fields[2] + fields[6]
}

#[test]
fn network_rates_agree_with_the_kernels_counters() {
    let received = || numbers("/proc/net/dev", "lo:")[0];
    let mut sampler = sampler();
    let before = received();
    sampler.sample(at(0), &Wanted::default());
    let after = received();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let own = socket.local_addr().unwrap();
    work_until(|| {
        socket.send_to(&[0; 1024], own).unwrap();
        received() > after + 100_000
    });
    let before_second = received();
    let snapshot = sampler.sample(at(1), &Wanted::default());
    let after_second = received();
    assert_between("lo", snapshot.value("net.lo.rx"), before_second - after, after_second - before);
    assert_eq!(snapshot.facts.interfaces.last().unwrap().kind, "loopback");
}

#[test]
fn this_process_is_in_the_table_with_the_cpu_time_it_used() {
    let own = std::process::id();
    let mut sampler = sampler();
    let before = cpu_ms();
    sampler.sample(at(0), &with_processes());
    let after = cpu_ms();
    work_until(|| cpu_ms() > after + 200);
    let before_second = cpu_ms();
    let snapshot = sampler.sample(at(1), &with_processes());
    let after_second = cpu_ms();
    let told = process(&snapshot, own).unwrap();
    let milliseconds = told.cpu_ratio.map(|ratio| ratio * 1000.0);
    assert_between("cpu", milliseconds, before_second - after, after_second - before);
    assert_eq!(Some(told.started_at_ms), process_started_at_ms(own));
    assert!(told.memory_bytes > 100_000 && told.threads >= 1);
    let command = told.command.shown(Commands::Whole).unwrap();
    assert!(command.contains("live"), "{command}");
    let listed = fs::read_dir("/proc").unwrap().flatten();
    let count =
        listed.filter(|entry| entry.file_name().to_str().is_some_and(|n| n.parse::<u32>().is_ok())).count();
    let told = snapshot.value("process.count").unwrap();
    assert!((told - count as f64).abs() < 100.0, "{told} processes told, {count} listed");
}

/// A child that is ended with the test, also when the test fails.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_childs_secrets_and_environment_are_never_in_the_table() {
    let mut command = Command::new("sh");
    command.args(["-c", "read never", "--token", "CANARY", "--password=CANARY"]).env("HARMLESS", "CANARY");
    let child = Ended(command.stdin(std::process::Stdio::piped()).spawn().unwrap());
    let mut sampler = sampler();
    let mut second = 0;
    work_until(|| {
        let snapshot = sampler.sample(at(second), &with_processes());
        second += 1;
        for process in &snapshot.processes.as_ref().unwrap().processes {
            let command = process.command.shown(Commands::Whole).unwrap();
            assert!(!command.contains("CANARY"), "{command}");
        }
        process(&snapshot, child.0.id()).is_some_and(|p| {
            p.command.shown(Commands::Programs) == Some("sh")
                && p.command.shown(Commands::Whole) == Some("sh -c read never --token ••• --password=•••")
        })
    });
}

#[test]
fn a_process_that_executes_another_program_is_called_by_it_and_leaves_when_it_ends() {
    let child = Ended(Command::new("sh").args(["-c", "exec sleep 1000"]).spawn().unwrap());
    let pid = child.0.id();
    let mut sampler = sampler();
    let mut second = 0;
    let mut tick = || {
        second += 1;
        process(&sampler.sample(at(second), &with_processes()), pid)
    };
    work_until(|| {
        tick().is_some_and(|process| {
            &*process.name == "sleep" && process.command.shown(Commands::Whole) == Some("sleep 1000")
        })
    });
    assert!(process_started_at_ms(pid).is_some());
    drop(child);
    assert_eq!(tick(), None);
    assert_eq!(process_started_at_ms(pid), None);
}

#[test]
fn details_are_of_the_very_process_that_was_asked_for() {
    let own = std::process::id();
    let started = process_started_at_ms(own).unwrap();
    let wanted = Wanted { processes: false, details: vec![(own, started), (own, started + 10_000)] };
    let snapshot = sampler().sample(at(0), &wanted);
    let [detail, other] = &snapshot.details[..] else { panic!("one answer a question") };
    assert!(!detail.gone && other.gone, "another start is another process");
    assert_eq!(detail.executable, std::env::current_exe().unwrap().to_str().map(str::to_owned));
    assert_eq!(detail.working_directory, std::env::current_dir().unwrap().to_str().map(str::to_owned));
    assert!(detail.open_files.unwrap() >= 3 && detail.open_files_limit.unwrap() >= 64);
    assert!(detail.virtual_bytes.unwrap() > 0 && detail.cgroup.is_some() && detail.nice.is_some());
    assert_eq!(other.executable, None);
}

#[test]
fn process_figures_are_rounded_as_they_travel() {
    let mut sampler = sampler();
    // Spans that do not divide evenly: a ratio over them has no short form of its own.
    let ticks: Vec<Snapshot> = [0, 7_777, 15_331]
        .map(|ms| Now { wall_ms: 1_700_000_000_000 + ms, monotonic: Duration::from_millis(ms) })
        .map(|now| {
            let begun = cpu_ms();
            work_until(|| cpu_ms() > begun + 30);
            sampler.sample(now, &with_processes())
        })
        .into();
    let own = process(&ticks[2], std::process::id()).unwrap();
    assert!(own.cpu_ratio.is_some_and(|ratio| ratio > 0.0), "this test worked between two tables");
    for process in &ticks[2].processes.as_ref().unwrap().processes {
        let rounded = |unit: wire::Unit, value: Option<f64>| value.and_then(|value| unit.round(value));
        assert_eq!(process.cpu_ratio, rounded(wire::Unit::Ratio, process.cpu_ratio));
        assert_eq!(process.read_bytes_per_s, rounded(wire::Unit::BytesPerS, process.read_bytes_per_s));
        assert_eq!(process.write_bytes_per_s, rounded(wire::Unit::BytesPerS, process.write_bytes_per_s));
    }
}
