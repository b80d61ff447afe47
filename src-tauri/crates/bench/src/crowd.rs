//! Idle processes beside those of the machine, so that a process table has a known size.

use std::process::Child;

use anyhow::Result;

use super::leash;
use super::spawn::silent;

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
