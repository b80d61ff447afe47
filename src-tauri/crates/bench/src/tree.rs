//! A process and all it started: what they cost.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
pub(crate) use xtask::processes::pids;

/// CPU and memory of a tree of processes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// CPU time over wall time; 1 is one core.
    pub(crate) cpu_ratio: f64,
    /// Proportional set size: shared pages count in parts.
    pub(crate) pss_bytes: u64,
}

/// The process below `root` whose short name is `name`.
pub(crate) fn named(root: u32, name: &str) -> Option<u32> {
    pids(root)
        .into_iter()
        .find(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim_end() == name))
}

/// What the trees of `roots` cost for `time`: CPU over all of it, memory at its end.
pub(crate) fn measure(roots: &[u32], time: Duration) -> Result<Cost> {
    let began = Instant::now();
    let before = cpu_ticks(roots)?;
    std::thread::sleep(time);
    let after = cpu_ticks(roots)?;
    let elapsed = began.elapsed().as_secs_f64();
    let cpu_ratio = after.saturating_sub(before) as f64 / ticks_per_s()? / elapsed;
    Ok(Cost { cpu_ratio, pss_bytes: all(roots).map(pss_bytes).sum() })
}

fn all(roots: &[u32]) -> impl Iterator<Item = u32> {
    roots.iter().flat_map(|root| pids(*root))
}

/// User and system time of the tree, that of children it has already waited for included: see proc(5), fields
/// 14 to 17 of `stat`.
fn cpu_ticks(roots: &[u32]) -> Result<u64> {
    let mut total = 0;
    for pid in all(roots) {
        // A process may end between listing and reading; its parent then has its time.
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        // The name may hold spaces and brackets; fields are counted from behind it.
        let fields = &stat[stat.rfind(')').context("reading the fields of stat")? + 1..];
        total += fields
            .split_ascii_whitespace()
            .skip(11)
            .take(4)
            .filter_map(|ticks| ticks.parse::<u64>().ok())
            .sum::<u64>();
    }
    Ok(total)
}

/// Proportional set size of one process; 0 where it cannot be read.
pub(crate) fn pss_bytes(pid: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    let kib = line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

fn ticks_per_s() -> Result<f64> {
    let output = std::process::Command::new("getconf").arg("CLK_TCK").output().context("asking getconf")?;
    String::from_utf8_lossy(&output.stdout).trim().parse().context("reading the clock's ticks a second")
}
