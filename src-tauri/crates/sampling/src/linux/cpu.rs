//! CPU time, in total and of each core, from `/proc/stat`, and the switches between threads.

use std::time::Duration;

use wire::{Metric, Total};

use super::file::{Buffer, KeptFile, not_read};
use super::parse::{lines, unsigned, words};
use super::stat::ticks_per_s;
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::rate::{Clock, Counted, Counter};

/// Reads `/proc/stat` once a tick; one `pread`, whatever the number of cores.
#[derive(Debug)]
pub(crate) struct Cpu {
    file: KeptFile,
    buffer: Buffer,
    ticks_per_s: f64,
    total: Times,
    cores: Vec<Core>,
    switches: Counter,
}

#[derive(Debug)]
struct Core {
    device: String,
    label: String,
    times: Times,
}

/// What time is told by, in this order, of all cores and of each.
const PARTS: [(Metric, Metric); 5] = [
    (Metric::CpuBusy, Metric::CoreBusy),
    (Metric::CpuUser, Metric::CoreUser),
    (Metric::CpuSystem, Metric::CoreSystem),
    (Metric::CpuIowait, Metric::CoreIowait),
    (Metric::CpuSteal, Metric::CoreSteal),
];

impl Cpu {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            file: KeptFile::new(sources.path("proc/stat")),
            buffer: Buffer::default(),
            ticks_per_s: ticks_per_s(sources) as f64,
            total: Times::default(),
            cores: Vec::new(),
            switches: Counter::default(),
        }
    }
}

impl Collector for Cpu {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        let bytes = match self.file.read(&mut self.buffer) {
            Ok(bytes) => bytes,
            Err(err) => return out.faults.put("cpu", not_read(&err)),
        };
        let mut rows = 0;
        for line in lines(bytes) {
            let mut fields = words(line);
            match fields.next() {
                Some(b"cpu") => {
                    let parts = self.total.read(fields, tick.clock, self.ticks_per_s);
                    for ((metric, _), part) in PARTS.into_iter().zip(parts) {
                        out.readings.put_machine_counted(metric, part);
                    }
                }
                Some(b"ctxt") => {
                    let switches = self.switches.counted(fields.next().and_then(unsigned), tick.clock);
                    out.readings.put_machine_counted(Metric::CpuContextSwitches, switches);
                    break;
                }
                Some(name) => {
                    let Some(number) = name.strip_prefix(b"cpu").and_then(unsigned) else { continue };
                    let core = core(&mut self.cores, rows, number);
                    rows += 1;
                    let parts = core.times.read(fields, tick.clock, self.ticks_per_s);
                    for ((_, metric), part) in PARTS.into_iter().zip(parts) {
                        out.readings.put_counted(metric, &core.device, &core.label, part);
                    }
                }
                None => {}
            }
        }
        self.cores.truncate(rows);
    }
}

/// The core in row `row`, which is the one with this `number`: a core that went offline has no row.
fn core(cores: &mut Vec<Core>, row: usize, number: u64) -> &mut Core {
    let device_is = |core: &Core| unsigned(core.device.as_bytes()) == Some(number);
    if !cores.get(row).is_some_and(device_is) {
        let (device, label) = (number.to_string(), format!("Core {number}"));
        match cores.iter().position(device_is) {
            Some(at) => drop(cores.drain(row..at)),
            None => cores.insert(row, Core { device, label, times: Times::default() }),
        }
    }
    &mut cores[row]
}

/// The counters of one `cpu` line, in ticks of the kernel.
///
/// Order of the fields: user nice system idle iowait irq softirq steal (guest time is part of user).
/// Documentation/filesystems/proc.rst, 1.7.
#[derive(Debug, Default)]
struct Times {
    last: Option<([u64; 8], Duration)>,
    /// As they are told: idle and iowait may go back a little (proc.rst says so), and a total may not.
    told: [u64; 8],
}

impl Times {
    /// Reads on: the share of each of [`PARTS`] since the last tick, and its seconds since the machine was
    /// started. Nothing where the line is none.
    fn read<'l>(
        &mut self,
        fields: impl Iterator<Item = &'l [u8]>,
        clock: Clock,
        ticks_per_s: f64,
    ) -> [Counted; 5] {
        let mut times = [0; 8];
        for (slot, field) in times.iter_mut().zip(fields) {
            let Some(value) = unsigned(field) else { return Default::default() };
            *slot = value;
        }
        let (spent, spent_in_all) = parts(self.tell(times));
        let step = self.step(times, clock).map(parts).filter(|(_, all)| *all > 0);
        std::array::from_fn(|at| Counted {
            rate: step.map(|(parts, all)| parts[at] as f64 / all as f64),
            total: Some(Total {
                count: spent[at] as f64 / ticks_per_s,
                whole: Some(spent_in_all as f64 / ticks_per_s),
            }),
        })
    }

    /// How far each counter moved; `None` at the first reading, over a suspend and after a reset.
    fn step(&mut self, times: [u64; 8], clock: Clock) -> Option<[u64; 8]> {
        let (before, read_at) = self.last.replace((times, clock.at))?;
        clock.seconds_since(read_at)?;
        // A core that was unplugged goes back a lot.
        let reset = times.iter().sum::<u64>() < before.iter().sum();
        (!reset).then(|| std::array::from_fn(|at| times[at].saturating_sub(before[at])))
    }

    fn tell(&mut self, times: [u64; 8]) -> [u64; 8] {
        let reset = times.iter().sum::<u64>() < self.told.iter().sum();
        self.told = if reset { times } else { std::array::from_fn(|at| times[at].max(self.told[at])) };
        self.told
    }
}

/// Ticks of each of [`PARTS`], and of all there were.
fn parts(ticks: [u64; 8]) -> ([u64; 5], u64) {
    let all = ticks.iter().sum();
    let [user, nice, system, idle, iowait, irq, softirq, steal] = ticks;
    ([all - idle - iowait, user + nice, system + irq + softirq, iowait, steal], all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(times: &mut Times, line: &str, at_s: u64) -> [Counted; 5] {
        let clock = Clock { at: Duration::from_secs(at_s), longest_gap: Duration::from_secs(10) };
        times.read(words(line.as_bytes()), clock, 100.0)
    }

    fn shares(times: &mut Times, line: &str, at_s: u64) -> [Option<f64>; 5] {
        read(times, line, at_s).map(|part| part.rate)
    }

    #[test]
    fn shares_add_up_and_guest_time_is_not_counted_twice() {
        let mut times = Times::default();
        assert_eq!(shares(&mut times, "0 0 0 0 0 0 0 0 0 0", 0), [None; 5]);
        let now = shares(&mut times, "20 10 10 40 10 5 3 2 20 0", 1);
        assert_eq!(now, [Some(0.5), Some(0.3), Some(0.18), Some(0.1), Some(0.02)]);
    }

    #[test]
    fn iowait_that_goes_back_a_little_is_no_time_and_a_reset_is_a_gap() {
        let mut times = Times::default();
        shares(&mut times, "100 0 0 100 50 0 0 0", 0);
        let [busy, _, _, iowait, _] = shares(&mut times, "150 0 0 150 45 0 0 0", 1);
        assert_eq!((busy, iowait), (Some(0.5), Some(0.0)));
        assert_eq!(shares(&mut times, "1 0 0 1 0 0 0 0", 2), [None; 5]);
        assert_eq!(shares(&mut times, "2 0 0 2 0 0 0 0", 3)[0], Some(0.5));
    }

    #[test]
    fn totals_are_seconds_that_never_go_back_unless_the_core_began_anew() {
        let mut times = Times::default();
        let mut totals = |line, at_s| {
            let [busy, _, _, iowait, _] = read(&mut times, line, at_s).map(|part| part.total);
            (busy, iowait.map(|total| total.count))
        };
        let of = |count, whole| Some(Total { count, whole: Some(whole) });
        assert_eq!(totals("100 0 0 100 50 0 0 0", 0), (of(1.0, 2.5), Some(0.5)));
        assert_eq!(totals("150 0 0 150 45 0 0 0", 1), (of(1.5, 3.5), Some(0.5)));
        assert_eq!(totals("150 x 0 150 45 0 0 0", 2), (None, None));
        assert_eq!(totals("1 0 0 1 0 0 0 0", 3), (of(0.01, 0.02), Some(0.0)));
    }

    #[test]
    fn a_core_that_comes_back_keeps_its_name_and_has_no_stale_rate() {
        let mut cores = Vec::new();
        for (row, number) in [0, 1, 2].into_iter().enumerate() {
            core(&mut cores, row, number);
        }
        core(&mut cores, 1, 2);
        assert_eq!(cores.iter().map(|c| c.device.as_str()).collect::<Vec<_>>(), ["0", "2"]);
        core(&mut cores, 1, 1);
        assert_eq!(
            cores.iter().map(|c| c.label.as_str()).collect::<Vec<_>>(),
            ["Core 0", "Core 1", "Core 2"]
        );
    }
}
