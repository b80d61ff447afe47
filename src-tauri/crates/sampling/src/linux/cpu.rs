//! CPU time, in total and of each core, from `/proc/stat`, and the switches between threads.

use std::time::Duration;

use wire::Metric;

use super::file::{Buffer, KeptFile, why};
use super::parse::{lines, unsigned, words};
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::rate::{Clock, Counter};

/// Reads `/proc/stat` once a tick; one `pread`, whatever the number of cores.
#[derive(Debug)]
pub(crate) struct Cpu {
    file: KeptFile,
    buffer: Buffer,
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

/// The shares of one core, or of all, since the last tick.
#[derive(Debug, Clone, Copy, Default)]
struct Shares {
    busy: Option<f64>,
    user: Option<f64>,
    system: Option<f64>,
    iowait: Option<f64>,
    steal: Option<f64>,
}

impl Cpu {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            file: KeptFile::new(sources.path("proc/stat")),
            buffer: Buffer::default(),
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
            Err(err) => return out.faults.put("cpu", &format!("CPU time cannot be read: {}.", why(&err))),
        };
        let mut rows = 0;
        for line in lines(bytes) {
            let mut fields = words(line);
            match fields.next() {
                Some(b"cpu") => {
                    let shares = self.total.shares(fields, tick.clock);
                    out.readings.put_machine(Metric::CpuBusy, shares.busy);
                    out.readings.put_machine(Metric::CpuUser, shares.user);
                    out.readings.put_machine(Metric::CpuSystem, shares.system);
                    out.readings.put_machine(Metric::CpuIowait, shares.iowait);
                    out.readings.put_machine(Metric::CpuSteal, shares.steal);
                }
                Some(b"ctxt") => {
                    let value = fields.next().and_then(unsigned);
                    let rate = value.and_then(|value| self.switches.per_s(value, tick.clock));
                    out.readings.put_machine(Metric::CpuContextSwitches, rate);
                    break;
                }
                Some(name) => {
                    let Some(number) = name.strip_prefix(b"cpu").and_then(unsigned) else { continue };
                    let core = core(&mut self.cores, rows, number);
                    rows += 1;
                    let shares = core.times.shares(fields, tick.clock);
                    for (metric, value) in [
                        (Metric::CoreBusy, shares.busy),
                        (Metric::CoreUser, shares.user),
                        (Metric::CoreSystem, shares.system),
                        (Metric::CoreIowait, shares.iowait),
                        (Metric::CoreSteal, shares.steal),
                    ] {
                        out.readings.put(metric, &core.device, &core.label, value);
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
#[derive(Debug, Default)]
struct Times {
    last: Option<([u64; 8], Duration)>,
}

impl Times {
    /// Order of the fields: user nice system idle iowait irq softirq steal (guest time is part of user).
    /// Documentation/filesystems/proc.rst, 1.7.
    fn shares<'l>(&mut self, fields: impl Iterator<Item = &'l [u8]>, clock: Clock) -> Shares {
        let mut times = [0; 8];
        for (slot, field) in times.iter_mut().zip(fields) {
            let Some(value) = unsigned(field) else { return Shares::default() };
            *slot = value;
        }
        let Some((before, read_at)) = self.last.replace((times, clock.at)) else { return Shares::default() };
        if clock.seconds_since(read_at).is_none() {
            return Shares::default();
        }
        // Idle and iowait may go back a little (proc.rst says so); a core that was unplugged goes back a lot.
        let mut step = [0; 8];
        for ((step, now), before) in step.iter_mut().zip(times).zip(before) {
            *step = now.saturating_sub(before);
        }
        let all: u64 = step.iter().sum();
        if all == 0 || times.iter().sum::<u64>() < before.iter().sum() {
            return Shares::default();
        }
        let share = |part: u64| Some(part as f64 / all as f64);
        let [user, nice, system, idle, iowait, irq, softirq, steal] = step;
        Shares {
            busy: share(all - idle - iowait),
            user: share(user + nice),
            system: share(system + irq + softirq),
            iowait: share(iowait),
            steal: share(steal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(times: &mut Times, line: &str, at_s: u64) -> Shares {
        let clock = Clock { at: Duration::from_secs(at_s), longest_gap: Duration::from_secs(10) };
        times.shares(words(line.as_bytes()), clock)
    }

    #[test]
    fn shares_add_up_and_guest_time_is_not_counted_twice() {
        let mut times = Times::default();
        assert_eq!(shares(&mut times, "0 0 0 0 0 0 0 0 0 0", 0).busy, None);
        let now = shares(&mut times, "20 10 10 40 10 5 3 2 20 0", 1);
        assert_eq!(now.busy, Some(0.5));
        assert_eq!(now.user, Some(0.3));
        assert_eq!(now.system, Some(0.18));
        assert_eq!((now.iowait, now.steal), (Some(0.1), Some(0.02)));
    }

    #[test]
    fn iowait_that_goes_back_a_little_is_no_time_and_a_reset_is_a_gap() {
        let mut times = Times::default();
        shares(&mut times, "100 0 0 100 50 0 0 0", 0);
        let now = shares(&mut times, "150 0 0 150 45 0 0 0", 1);
        assert_eq!((now.busy, now.iowait), (Some(0.5), Some(0.0)));
        assert_eq!(shares(&mut times, "1 0 0 1 0 0 0 0", 2).busy, None);
        assert_eq!(shares(&mut times, "2 0 0 2 0 0 0 0", 3).busy, Some(0.5));
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
