//! One process in detail: what is expensive to read, and so is read only when a viewer asks for it.

use std::io;
use std::path::PathBuf;

use wire::{ProcessDetail, ProcessKey};

use super::file::{self, Buffer};
use super::identity;
use super::parse::{kibibytes_of, lines, unsigned, value_of, words};
use super::stat::{Stat, started_at_ms, ticks_per_s};
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::text;

/// Open files are counted up to here; a server with more is shown with this many.
const MOST_OPEN_FILES: usize = 1_000_000;

/// Answers `wanted.details`.
#[derive(Debug)]
pub(crate) struct Details {
    sources: Sources,
    buffer: Buffer,
}

impl Details {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self { sources: sources.clone(), buffer: Buffer::default() }
    }

    fn read(&mut self, key: ProcessKey, now_ms: u64) -> ProcessDetail {
        let mut detail = gone(key, now_ms);
        if self.fill(key, &mut detail).is_none() || self.stat(key.0).map(|stat| stat.0) != Some(key.1) {
            return gone(key, now_ms);
        }
        detail.gone = false;
        detail
    }

    /// `None` if the process is gone.
    fn fill(&mut self, key: ProcessKey, detail: &mut ProcessDetail) -> Option<()> {
        let (started_at_ms, nice, cpu_time_ms, virtual_bytes) = self.stat(key.0)?;
        if started_at_ms != key.1 {
            return None;
        }
        let dir = self.sources.path(format!("proc/{}", key.0));
        detail.nice = i32::try_from(nice).ok();
        detail.cpu_time_ms = Some(cpu_time_ms);
        detail.virtual_bytes = Some(virtual_bytes);
        detail.open_files = open_files(dir.join("fd")).ok();
        detail.executable = link(dir.join("exe"));
        detail.working_directory = link(dir.join("cwd"));
        if let Ok(bytes) = file::read(&dir.join("limits"), &mut self.buffer) {
            let soft = value_of(bytes, "Max open files").and_then(|rest| words(rest).next());
            detail.open_files_limit = soft.and_then(unsigned);
        }
        if let Ok(bytes) = file::read(&dir.join("status"), &mut self.buffer) {
            detail.swap_bytes = kibibytes_of(bytes, "VmSwap");
        }
        if let Ok(bytes) = file::read(&dir.join("cgroup"), &mut self.buffer) {
            detail.cgroup = cgroup(bytes);
        }
        Some(())
    }

    /// Start, nice value, CPU time in milliseconds, virtual memory.
    fn stat(&mut self, pid: u32) -> Option<(u64, i64, u64, u64)> {
        let path = self.sources.path(format!("proc/{pid}/stat"));
        let stat = Stat::parse(file::read(&path, &mut self.buffer).ok()?)?;
        let ticks_per_s = ticks_per_s(&self.sources);
        let started = started_at_ms(identity::booted_at_ms(&self.sources), stat.started_ticks, ticks_per_s);
        Some((started, stat.nice, stat.cpu_ticks * 1000 / ticks_per_s, stat.virtual_bytes))
    }
}

impl Collector for Details {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        for key in &tick.wanted.details {
            let detail = self.read(*key, tick.now.wall_ms);
            out.details.push(detail);
        }
    }
}

fn gone(key: ProcessKey, now_ms: u64) -> ProcessDetail {
    ProcessDetail {
        pid: key.0,
        started_at_ms: key.1,
        sampled_at_ms: now_ms,
        gone: true,
        open_files: None,
        open_files_limit: None,
        nice: None,
        cpu_time_ms: None,
        cgroup: None,
        executable: None,
        working_directory: None,
        virtual_bytes: None,
        swap_bytes: None,
    }
}

fn open_files(dir: PathBuf) -> io::Result<u32> {
    let count = std::fs::read_dir(dir)?.take(MOST_OPEN_FILES).count();
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

fn link(path: PathBuf) -> Option<String> {
    use std::os::unix::ffi::OsStrExt;
    Some(text::clean(std::fs::read_link(path).ok()?.as_os_str().as_bytes()))
}

/// The unified hierarchy's path (`0::/…`), else the first one that says something.
fn cgroup(bytes: &[u8]) -> Option<String> {
    let path = |line: &[u8]| line.splitn(3, |b| *b == b':').nth(2).map(<[u8]>::to_vec);
    let unified = lines(bytes).find(|line| line.starts_with(b"0::")).and_then(path);
    let named = || lines(bytes).filter_map(path).find(|path| path != b"/");
    unified.filter(|path| path != b"/").or_else(named).or(Some(b"/".to_vec())).map(|path| text::clean(&path))
}
