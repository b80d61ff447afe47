//! What Sightline itself costs, its children included: the window's web view runs in processes of its own.

use std::collections::BTreeSet;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use wire::{Metric, ProcessTable, Total};

use super::file::{self, Buffer, KeptFile};
use super::parse::kibibytes_of;
use super::stat::{Stat, ticks_per_s};
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::rate::{Counted, Counter};

/// Memory is summed up by the kernel page by page, which is dear.
const MEMORY_EVERY: Duration = Duration::from_secs(10);
/// Children looked at; a web view has about four.
const MOST_CHILDREN: usize = 32;

/// Reads this process's CPU clock every tick, and the memory of it and its children every 10 s.
#[derive(Debug)]
pub(crate) struct SelfUsage {
    sources: Sources,
    cpu: Counter,
    children: Vec<Child>,
    /// CPU time of all children there ever were, in ticks: what one of them spent stays spent when it ends.
    children_ticks: u64,
    memory_at: Option<Duration>,
    memory_bytes: Option<u64>,
    buffer: Buffer,
}

#[derive(Debug)]
struct Child {
    pid: u32,
    stat: KeptFile,
    cpu: Counter,
    /// What of it is in [`SelfUsage::children_ticks`].
    ticks: u64,
}

impl SelfUsage {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            sources: sources.clone(),
            cpu: Counter::default(),
            children: Vec::new(),
            children_ticks: 0,
            memory_at: None,
            memory_bytes: None,
            buffer: Buffer::default(),
        }
    }

    fn find_children(&mut self, table: Option<&ProcessTable>) {
        let pids = table.map(descendants).unwrap_or_default();
        self.children.retain(|child| pids.contains(&child.pid));
        for pid in pids {
            if self.children.len() < MOST_CHILDREN && !self.children.iter().any(|child| child.pid == pid) {
                let stat = KeptFile::new(self.sources.path(format!("proc/{pid}/stat")));
                self.children.push(Child { pid, stat, cpu: Counter::default(), ticks: 0 });
            }
        }
    }

    fn measure_memory(&mut self) {
        let own = memory_bytes(&self.sources, "self", &mut self.buffer);
        let children = self.children.iter();
        let children = children
            .filter_map(|child| memory_bytes(&self.sources, &child.pid.to_string(), &mut self.buffer));
        self.memory_bytes = own.map(|own| own + children.sum::<u64>());
    }
}

impl Collector for SelfUsage {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        if !self.sources.is_live() {
            return;
        }
        let at = tick.now.monotonic;
        if self.memory_at.is_none_or(|before| at.saturating_sub(before) >= MEMORY_EVERY) {
            self.memory_at = Some(at);
            self.find_children(out.processes.as_deref());
            self.measure_memory();
        }
        let clock = clock_gettime(ClockId::ProcessCPUTime);
        let nanoseconds = clock.tv_sec.unsigned_abs() * 1_000_000_000 + clock.tv_nsec.unsigned_abs();
        let mut ratio = self.cpu.per_s(nanoseconds, tick.clock).map(|per_s| per_s / 1e9);
        let ticks_per_s = ticks_per_s(&self.sources);
        for child in &mut self.children {
            let ticks =
                child.stat.read(&mut self.buffer).ok().and_then(|bytes| Some(Stat::parse(bytes)?.cpu_ticks));
            if let Some(more) = ticks.and_then(|ticks| ticks.checked_sub(child.ticks)) {
                child.ticks += more;
                self.children_ticks += more;
            }
            let per_s = ticks.and_then(|ticks| child.cpu.per_s(ticks, tick.clock)).unwrap_or(0.0);
            ratio = ratio.map(|ratio| ratio + per_s / ticks_per_s as f64);
        }
        let seconds = nanoseconds as f64 / 1e9 + self.children_ticks as f64 / ticks_per_s as f64;
        let total = Some(Total { count: seconds, whole: None });
        out.readings.put_machine_counted(Metric::SelfCpu, Counted { rate: ratio, total });
        out.readings.put_machine(Metric::SelfMemory, self.memory_bytes.map(|bytes| bytes as f64));
    }
}

/// Children, their children, and so on. The table is sorted by PID, not by age, so it is gone through until
/// nothing more is found.
fn descendants(table: &ProcessTable) -> BTreeSet<u32> {
    let mut found = BTreeSet::from([std::process::id()]);
    loop {
        let before = found.len();
        for process in &table.processes {
            if process.parent_pid.is_some_and(|parent| found.contains(&parent)) {
                found.insert(process.pid);
            }
        }
        if found.len() == before {
            break;
        }
    }
    found.remove(&std::process::id());
    found
}

/// Proportional set size; resident size on kernels before 4.14, and where the former is kept from us.
fn memory_bytes(sources: &Sources, pid: &str, buffer: &mut Buffer) -> Option<u64> {
    let dir = sources.path("proc").join(pid);
    let proportional =
        file::read(&dir.join("smaps_rollup"), buffer).ok().and_then(|bytes| kibibytes_of(bytes, "Pss"));
    proportional.or_else(|| kibibytes_of(file::read(&dir.join("status"), buffer).ok()?, "VmRSS"))
}
