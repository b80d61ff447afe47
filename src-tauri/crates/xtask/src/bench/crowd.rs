//! Idle processes beside those of the machine, so that a process table has a known size.

use std::fs;
use std::process::Child;

use anyhow::{Context, Result};

use super::leash;
use super::subjects::silent;

/// Idle processes, ended when dropped.
#[derive(Debug)]
pub(crate) struct Crowd(Vec<Child>);

impl Crowd {
    /// As many as `count`.
    pub(crate) fn start(count: usize) -> Result<Self> {
        eprintln!("starting {count} idle processes");
        let mut crowd = Self(Vec::with_capacity(count));
        for _ in 0..count {
            crowd.0.push(silent(leash::command("sleep").arg("7200"))?);
        }
        Ok(crowd)
    }

    /// As many as make `total` with those of the machine; none where it has more.
    #[cfg(target_os = "linux")]
    pub(crate) fn fill(total: usize) -> Result<Self> {
        Self::start(total.saturating_sub(processes()?))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
        }
        for child in &mut self.0 {
            let _ = child.wait();
        }
    }
}

/// Processes of this machine now.
#[cfg(target_os = "linux")]
pub(crate) fn processes() -> Result<usize> {
    let entries = fs::read_dir("/proc").context("listing the processes")?.flatten();
    Ok(entries
        .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.parse::<u32>().is_ok()))
        .count())
}
