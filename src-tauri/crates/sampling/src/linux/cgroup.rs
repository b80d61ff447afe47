//! The limits of the container this runs in: cgroup v2 and v1.
//!
//! Only inside a container: an agent whose own service unit is limited still tells of the whole machine.

use std::path::{Path, PathBuf};

use wire::{Metric, Total};

use super::file::{self, Buffer, KeptFile};
use super::parse::{lines, unsigned, value_of};
use super::virtualization;
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::rate::{Clock, Counted, Counter};

/// The files of the memory controller; empty where nothing is limited.
#[derive(Debug, Default)]
pub(crate) struct Limits {
    memory: Option<MemoryFiles>,
}

/// What the container may use and does use, in bytes. `None` where it is not limited.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limited {
    pub(crate) memory_limit_bytes: Option<u64>,
    pub(crate) memory_current_bytes: Option<u64>,
    /// File pages that were not used lately: the kernel takes them first.
    pub(crate) inactive_file_bytes: Option<u64>,
    pub(crate) file_bytes: Option<u64>,
    pub(crate) swap_limit_bytes: Option<u64>,
    pub(crate) swap_current_bytes: Option<u64>,
}

#[derive(Debug)]
struct MemoryFiles {
    limit: KeptFile,
    current: KeptFile,
    stat: KeptFile,
    swap_limit: Option<KeptFile>,
    swap_current: Option<KeptFile>,
}

impl Limits {
    pub(crate) fn new(sources: &Sources) -> Self {
        if !virtualization::in_container(sources) {
            return Self::default();
        }
        Self { memory: memory_files(sources) }
    }

    /// What is limited and used now; all `None` where nothing is.
    pub(crate) fn memory(&mut self, buffer: &mut Buffer) -> Limited {
        let Some(files) = &mut self.memory else { return Limited::default() };
        let mut limited = Limited {
            memory_limit_bytes: bytes(Some(&mut files.limit), buffer),
            memory_current_bytes: bytes(Some(&mut files.current), buffer),
            swap_limit_bytes: bytes(files.swap_limit.as_mut(), buffer),
            swap_current_bytes: bytes(files.swap_current.as_mut(), buffer),
            ..Limited::default()
        };
        if let Ok(stat) = files.stat.read(buffer) {
            // v1 counts the children under `total_…`.
            let either = |a, b| value_of(stat, a).or_else(|| value_of(stat, b)).and_then(unsigned);
            limited.inactive_file_bytes = either("total_inactive_file", "inactive_file");
            limited.file_bytes = either("total_cache", "file");
        }
        limited
    }
}

/// A number; `max` and what cannot be read are no limit.
fn bytes(file: Option<&mut KeptFile>, buffer: &mut Buffer) -> Option<u64> {
    unsigned(file?.read(buffer).ok()?.trim_ascii())
}

fn memory_files(sources: &Sources) -> Option<MemoryFiles> {
    let kept = |dir: &Path, name: &str| KeptFile::new(dir.join(name));
    if let Some(dir) = find(sources, "", "memory.max") {
        return Some(MemoryFiles {
            limit: kept(&dir, "memory.max"),
            current: kept(&dir, "memory.current"),
            stat: kept(&dir, "memory.stat"),
            swap_limit: Some(kept(&dir, "memory.swap.max")),
            swap_current: Some(kept(&dir, "memory.swap.current")),
        });
    }
    let dir = find(sources, "memory", "memory.limit_in_bytes")?;
    Some(MemoryFiles {
        limit: kept(&dir, "memory.limit_in_bytes"),
        current: kept(&dir, "memory.usage_in_bytes"),
        stat: kept(&dir, "memory.stat"),
        swap_limit: None,
        swap_current: None,
    })
}

/// Our control group's directory for `controller` (v2: empty), if `name` in it says a limit. A container with a
/// cgroup namespace sees its own group as the root; one without sees the path it has on the host.
fn find(sources: &Sources, controller: &str, name: &str) -> Option<PathBuf> {
    let mut buffer = Buffer::default();
    let groups = file::read(&sources.path("proc/self/cgroup"), &mut buffer).ok()?;
    let path = lines(groups).find_map(|line| {
        let mut parts = line.splitn(3, |b| *b == b':');
        let controllers = parts.nth(1)?;
        let listed = controllers.split(|b| *b == b',').any(|word| word == controller.as_bytes());
        if listed { parts.next().map(|path| String::from_utf8_lossy(path).into_owned()) } else { None }
    })?;
    let root = sources.path("sys/fs/cgroup").join(controller);
    let own = root.join(path.trim_start_matches('/'));
    // The nearest group that says a limit, from ours up to the root.
    own.ancestors()
        .take_while(|dir| dir.starts_with(&root))
        .find(|dir| file::number(dir.join(name)).is_some() || says_quota(dir, name))
        .map(Path::to_path_buf)
}

/// `cpu.max` is two words, the first of which is a number where there is a quota.
fn says_quota(dir: &Path, name: &str) -> bool {
    let text = file::text(dir.join(name));
    name == "cpu.max" && text.is_some_and(|text| text.starts_with(|c: char| c.is_ascii_digit()))
}

/// How often the container ran into its CPU quota.
#[derive(Debug)]
pub(crate) struct Throttling {
    stat: Option<KeptFile>,
    buffer: Buffer,
    periods: Counter,
    throttled: Counter,
}

impl Throttling {
    pub(crate) fn new(sources: &Sources) -> Self {
        let dir = virtualization::in_container(sources).then(|| {
            find(sources, "", "cpu.max").or_else(|| {
                let dir = find(sources, "cpu", "cpu.cfs_quota_us")?;
                (file::number(dir.join("cpu.cfs_quota_us"))? > 0).then_some(dir)
            })
        });
        Self {
            stat: dir.flatten().map(|dir| KeptFile::new(dir.join("cpu.stat"))),
            buffer: Buffer::default(),
            periods: Counter::default(),
            throttled: Counter::default(),
        }
    }

    fn counted(&mut self, clock: Clock) -> Option<Counted> {
        let stat = self.stat.as_mut()?.read(&mut self.buffer).ok()?;
        let periods = value_of(stat, "nr_periods").and_then(unsigned)?;
        let throttled = value_of(stat, "nr_throttled").and_then(unsigned)?;
        let steps = (self.throttled.step(throttled, clock), self.periods.step(periods, clock));
        let rate = match steps {
            (Some(_), Some((0, _))) => Some(0.0),
            (Some((throttled, _)), Some((periods, _))) => Some((throttled as f64 / periods as f64).min(1.0)),
            _ => None,
        };
        let total = Total { count: throttled as f64, whole: Some(periods as f64) };
        Some(Counted { rate, total: Some(total) })
    }
}

impl Collector for Throttling {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        if self.stat.is_some() {
            let counted = self.counted(tick.clock).unwrap_or_default();
            out.readings.put_machine_counted(Metric::CpuThrottled, counted);
        }
    }
}
