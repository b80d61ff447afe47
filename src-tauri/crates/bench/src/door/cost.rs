//! What one process costs, finely: nanoseconds of CPU and bytes of memory, of itself without what it started.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};

use crate::tree;

/// CPU time of each thread of a process, by thread id.
#[derive(Debug)]
pub(crate) struct Threads(BTreeMap<u32, u64>);

impl Threads {
    /// CPU time so far of the threads there are now. What a thread did that ends before the second look is lost: the
    /// agent starts one now and then to look at filesystems, for less than a millisecond, viewers or not.
    pub(crate) fn of(pid: u32) -> Result<Self> {
        let mut threads = BTreeMap::new();
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).context("listing the threads of a process")?;
        for task in tasks.flatten() {
            let Some(thread) = task.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // It may end between listing and reading.
            let Ok(stat) = fs::read_to_string(task.path().join("schedstat")) else { continue };
            // Field 1 of schedstat: nanoseconds on a CPU. See Documentation/scheduler/sched-stats.rst.
            let on_cpu = stat.split_ascii_whitespace().next().and_then(|field| field.parse().ok());
            threads.insert(thread, on_cpu.context("reading the first field of schedstat")?);
        }
        if threads.is_empty() {
            bail!("the CPU time of process {pid} cannot be read");
        }
        Ok(Self(threads))
    }

    /// Nanoseconds of CPU since `before`.
    pub(crate) fn since_ns(&self, before: &Self) -> u64 {
        let since = |(thread, now): (&u32, &u64)| now - before.0.get(thread).copied().unwrap_or(0).min(*now);
        self.0.iter().map(since).sum()
    }
}

/// Proportional set size of a process, in bytes. Socket buffers are the kernel's and not in it.
pub(crate) fn pss_bytes(pid: u32) -> Result<u64> {
    match tree::pss_bytes(pid) {
        0 => bail!("the memory of process {pid} cannot be read"),
        bytes => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_began_meanwhile_count_whole() {
        let before = Threads(BTreeMap::from([(1, 100), (2, 50)]));
        let after = Threads(BTreeMap::from([(1, 130), (3, 7)]));
        assert_eq!(after.since_ns(&before), 37);
    }

    #[test]
    fn our_own_cost_can_be_read() {
        let pid = std::process::id();
        let before = Threads::of(pid).unwrap();
        // Longer than the scheduler takes between two looks at who runs.
        let began = std::time::Instant::now();
        while began.elapsed().as_millis() < 50 {}
        assert!(Threads::of(pid).unwrap().since_ns(&before) > 0);
        assert!(pss_bytes(pid).unwrap() > 100_000);
    }
}
