//! Memory and swap: of the machine, or of the container this runs in, where that is limited to less.

use wire::Metric;

use super::cgroup::{Limited, Limits};
use super::file::{Buffer, KeptFile, not_read};
use super::page::page_bytes;
use super::parse::{lines, unsigned, value_of, words};
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::rate::Counter;

/// Reads `/proc/meminfo`, `/proc/vmstat` where there is swap, and the control group where it is limited.
#[derive(Debug)]
pub(crate) struct Memory {
    info: KeptFile,
    vmstat: KeptFile,
    buffer: Buffer,
    page_bytes: u64,
    limits: Limits,
    swapped_in: Counter,
    swapped_out: Counter,
}

impl Memory {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            info: KeptFile::new(sources.path("proc/meminfo")),
            vmstat: KeptFile::new(sources.path("proc/vmstat")),
            buffer: Buffer::default(),
            page_bytes: page_bytes(sources),
            limits: Limits::new(sources),
            swapped_in: Counter::default(),
            swapped_out: Counter::default(),
        }
    }
}

impl Collector for Memory {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        let info = match self.info.read(&mut self.buffer) {
            Ok(bytes) => Info::parse(bytes),
            Err(err) => {
                return out.faults.put("memory", not_read(&err));
            }
        };
        let limited = self.limits.memory(&mut self.buffer);
        let memory = info.within(limited);
        for (metric, bytes) in [
            (Metric::MemoryTotal, memory.total),
            (Metric::MemoryUsed, memory.used),
            (Metric::MemoryAvailable, memory.available),
            (Metric::MemoryFree, memory.free),
            (Metric::MemoryCached, memory.cached),
            (Metric::SwapTotal, memory.swap_total),
            (Metric::SwapUsed, memory.swap_used),
        ] {
            out.readings.put_machine(metric, bytes.map(|bytes| bytes as f64));
        }
        // Summing the counters of all cores is dear for the kernel, and without swap they stand still.
        if memory.swap_total.unwrap_or(0) == 0 {
            (self.swapped_in, self.swapped_out) = Default::default();
            return;
        }
        let vmstat = self.vmstat.read(&mut self.buffer).unwrap_or_default();
        for (metric, counter, key) in [
            (Metric::SwapIn, &mut self.swapped_in, "pswpin"),
            (Metric::SwapOut, &mut self.swapped_out, "pswpout"),
        ] {
            let bytes = value_of(vmstat, key).and_then(unsigned).map(|pages| pages * self.page_bytes);
            out.readings.put_machine_counted(metric, counter.counted(bytes, tick.clock));
        }
    }
}

/// Bytes, as `/proc/meminfo` tells them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Info {
    total: Option<u64>,
    free: Option<u64>,
    available: Option<u64>,
    buffers: u64,
    cached: u64,
    shmem: u64,
    reclaimable: u64,
    swap_total: Option<u64>,
    swap_free: Option<u64>,
}

/// Bytes, as they are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Shown {
    total: Option<u64>,
    used: Option<u64>,
    available: Option<u64>,
    free: Option<u64>,
    cached: Option<u64>,
    swap_total: Option<u64>,
    swap_used: Option<u64>,
}

impl Info {
    fn parse(bytes: &[u8]) -> Self {
        let mut info = Self::default();
        for line in lines(bytes) {
            let mut fields = words(line);
            let (Some(key), Some(value)) = (fields.next(), fields.next()) else { continue };
            let value = unsigned(value).map(|kibibytes| kibibytes.saturating_mul(1024));
            match key {
                b"MemTotal:" => info.total = value,
                b"MemFree:" => info.free = value,
                b"MemAvailable:" => info.available = value,
                b"Buffers:" => info.buffers = value.unwrap_or(0),
                b"Cached:" => info.cached = value.unwrap_or(0),
                b"Shmem:" => info.shmem = value.unwrap_or(0),
                b"SReclaimable:" => info.reclaimable = value.unwrap_or(0),
                b"SwapTotal:" => info.swap_total = value,
                b"SwapFree:" => info.swap_free = value,
                _ => {}
            }
        }
        info
    }

    /// File cache that the kernel gives back; shared memory is in `Cached`, but cannot be given back.
    fn given_back(&self) -> u64 {
        (self.buffers + self.cached + self.reclaimable).saturating_sub(self.shmem)
    }

    fn shown(&self) -> Shown {
        // Kernels before 3.14 make no estimate.
        let available = self.available.or_else(|| Some(self.free? + self.given_back()));
        let minus = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_sub(b?));
        Shown {
            total: self.total,
            used: minus(self.total, available),
            available,
            free: self.free,
            cached: self.total.map(|_| self.given_back()),
            swap_total: self.swap_total,
            swap_used: minus(self.swap_total, self.swap_free),
        }
    }

    /// What is shown in a container: its limit and its use, where it is limited to less than the machine has.
    fn within(&self, limited: Limited) -> Shown {
        let machine = self.shown();
        let (Some(limit), Some(current)) = (limited.memory_limit_bytes, limited.memory_current_bytes) else {
            return machine;
        };
        if machine.total.is_some_and(|total| limit >= total) {
            return machine;
        }
        let used = current.saturating_sub(limited.inactive_file_bytes.unwrap_or(0)).min(limit);
        let left = limit - used;
        let swap_total = match (limited.swap_limit_bytes, machine.swap_total) {
            (Some(limit), Some(total)) => Some(limit.min(total)),
            (_, total) => total,
        };
        Shown {
            total: Some(limit),
            used: Some(used),
            available: Some(machine.available.map_or(left, |available| available.min(left))),
            free: Some(limit.saturating_sub(current)),
            cached: limited.file_bytes.or(machine.cached),
            swap_total,
            swap_used: limited.swap_current_bytes.or(machine.swap_used),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMINFO: &[u8] = b"MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\nBuffers: 50 kB\n\
        Cached: 400 kB\nSwapCached: 0 kB\nShmem: 100 kB\nSReclaimable: 50 kB\nSwapTotal: 200 kB\nSwapFree: 150 kB\n";

    #[test]
    fn used_is_what_the_kernel_cannot_give_back() {
        let shown = Info::parse(MEMINFO).within(Limited::default());
        assert_eq!(shown.used, Some(400 * 1024));
        assert_eq!(shown.cached, Some(400 * 1024));
        assert_eq!(shown.swap_used, Some(50 * 1024));
    }

    #[test]
    fn old_kernels_without_an_estimate_get_ours() {
        let shown = Info::parse(b"MemTotal: 1000 kB\nMemFree: 100 kB\nCached: 200 kB\n").shown();
        assert_eq!(shown.available, Some(300 * 1024));
    }

    #[test]
    fn a_limit_above_the_machine_is_none_and_one_below_it_is_the_total() {
        let mut limited = Limited {
            memory_limit_bytes: Some(u64::MAX / 4096 * 4096),
            memory_current_bytes: Some(300 * 1024),
            inactive_file_bytes: Some(100 * 1024),
            ..Limited::default()
        };
        assert_eq!(Info::parse(MEMINFO).within(limited).total, Some(1000 * 1024));
        limited.memory_limit_bytes = Some(512 * 1024);
        let shown = Info::parse(MEMINFO).within(limited);
        assert_eq!((shown.total, shown.used), (Some(512 * 1024), Some(200 * 1024)));
        assert_eq!(shown.available, Some(312 * 1024));
    }
}
