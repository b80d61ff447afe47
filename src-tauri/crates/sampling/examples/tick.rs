//! How long a tick takes on this machine, in microseconds of CPU time: `cargo run --release --example tick`.
//! With `show` as its argument, it prints one snapshot instead.

#![allow(clippy::print_stdout)] // A program for the terminal.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use sampling::{Now, Sampler, Sources, Wanted};

const TICKS: u32 = 50;

fn main() {
    let mut sampler = Sampler::new(Sources::live(), Duration::from_secs(1));
    let begun = Instant::now();
    let now = || Now { wall_ms: 4_000_000_000_000, monotonic: begun.elapsed() };
    let wanted = |processes| Wanted { processes, details: Vec::new() };
    sampler.sample(now(), &wanted(true));
    sleep(Duration::from_millis(500));
    if std::env::args().any(|argument| argument == "show") {
        let snapshot = sampler.sample(now(), &wanted(true));
        println!("{:#?}\n{:#?}\n{:#?}", sampler.machine(), snapshot.facts, snapshot.faults);
        for (series, value) in snapshot.series.series.iter().zip(&snapshot.values) {
            println!("{:40} {:20} {value:?}", series.id, series.label);
        }
        return;
    }
    // In the slow lane each sample pretends to be so much later than the last.
    let lanes = [
        ("core tick", false, 0),
        ("core tick and process scan", true, 0),
        ("core tick and slow lane", false, 20),
    ];
    let mut later = Duration::ZERO;
    for (what, processes, seconds) in lanes {
        let before = cpu_time();
        let mut rows = 0;
        for _ in 0..TICKS {
            later += Duration::from_secs(seconds);
            let now = Now { monotonic: now().monotonic + later, ..now() };
            let snapshot = sampler.sample(now, &wanted(processes));
            rows = snapshot.processes.map_or(0, |table| table.processes.len());
            // The kernel's own caches are cold between ticks; a pause keeps the figure honest, and is longer
            // than the span under which rates are not measured anew.
            sleep(Duration::from_millis(210));
        }
        let micros = (cpu_time() - before).as_micros() / u128::from(TICKS);
        println!("{what}: {micros} µs of CPU ({rows} processes)");
    }
}

/// CPU time of this process, from `/proc/self/schedstat`; nothing where there is none.
fn cpu_time() -> Duration {
    let text = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = text.split_whitespace().next().and_then(|word| word.parse().ok());
    nanoseconds.map_or_else(|| Duration::from_nanos(0), Duration::from_nanos)
}
