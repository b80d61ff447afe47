//! Filesystems: which there are, how full they are, and whether they answer. Slow lane.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use wire::{FaultReason, Metric};

use super::file::{self, Buffer};
use super::mounts::{self, Mount};
use super::parse::{lines, unsigned, words};
use super::probing::{Ask, Probing, Usage};
use super::users::Users;
use crate::Sources;
use crate::mount_names::{MountNames, without_people};
use crate::output::{Collector, Output, Tick};

/// Reads the mounts every slow tick; their sizes are asked for beside the tick.
#[derive(Debug)]
pub(crate) struct Filesystems {
    sources: Sources,
    mounts: Vec<Mount>,
    names: MountNames,
    users: Users,
    probing: Probing,
}

impl Filesystems {
    pub(crate) fn new(sources: &Sources) -> Self {
        let ask: Ask = if sources.is_live() { Arc::new(statvfs) } else { recorded(sources) };
        Self {
            sources: sources.clone(),
            mounts: Vec::new(),
            names: MountNames::default(),
            users: Users::new(sources),
            probing: Probing::new(ask),
        }
    }

    fn look_up(&mut self, out: &mut Output<'_>) {
        self.mounts = mounts::mounts(&self.sources);
        self.users.refresh();
        let people: Vec<String> = self.users.people().collect();
        for mount in &mut self.mounts {
            let disk = mount.block.as_deref().and_then(|block| disk_of(&self.sources, block));
            let shown = |name: &String| out.facts.disk_named(name);
            mount.facts.disk = disk.as_ref().and_then(shown);
            let name = self.names.name(&mount.facts.mount, &people);
            (mount.facts.device, mount.facts.mount) = (name.clone(), name);
            mount.facts.source = without_people(&mount.facts.source, &people);
        }
        let paths: Vec<PathBuf> = self.mounts.iter().map(|mount| mount.path.clone()).collect();
        if self.sources.is_live() {
            self.probing.begin(&paths);
        } else {
            // A recorded machine answers within the same tick, so that a test sees one snapshot, not a race.
            self.probing.ask_here(&paths);
        }
    }
}

impl Collector for Filesystems {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        let mut changed = tick.slow;
        if tick.slow {
            self.look_up(out);
        }
        self.probing.tend(tick.now.monotonic);
        for mount in &mut self.mounts {
            let (stalled, usage) = self.probing.answer(&mount.path);
            changed |= mount.facts.stalled != stalled;
            mount.facts.stalled = stalled;
            for (metric, bytes) in [
                (Metric::FsTotal, usage.map(|usage| usage.total)),
                (Metric::FsUsed, usage.map(|usage| usage.used)),
                (Metric::FsAvailable, usage.map(|usage| usage.available)),
            ] {
                out.readings.put(
                    metric,
                    &mount.facts.device,
                    &mount.facts.mount,
                    bytes.map(|bytes| bytes as f64),
                );
            }
            if stalled {
                let mount = Some(mount.facts.mount.clone());
                out.faults.put("filesystems", FaultReason::FilesystemSilent { mount });
            }
        }
        if changed {
            let facts = self.mounts.iter().map(|mount| mount.facts.clone()).collect();
            out.facts.edit(|draft| draft.filesystems = facts);
        }
    }
}

fn statvfs(path: &Path) -> io::Result<Usage> {
    let stat = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
    Ok(Usage {
        total: bytes(stat.f_blocks),
        used: bytes(stat.f_blocks.saturating_sub(stat.f_bfree)),
        available: bytes(stat.f_bavail),
    })
}

/// Answers from `statvfs` in the recorded tree: `<mount> <total> <used> <available>`.
fn recorded(sources: &Sources) -> Ask {
    let mut buffer = Buffer::default();
    let table = file::read(&sources.path("statvfs"), &mut buffer).unwrap_or_default();
    let usages: HashMap<PathBuf, Usage> = lines(table)
        .filter_map(|line| {
            let mut fields = words(line);
            let mount = mounts::path(fields.next()?);
            let mut number = || unsigned(fields.next()?);
            Some((mount, Usage { total: number()?, used: number()?, available: number()? }))
        })
        .collect();
    Arc::new(move |path| usages.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into()))
}

/// The whole disk that a partition lies on, also below what is mapped onto it: `sda2`, `dm-0`, `mapper/root`.
fn disk_of(sources: &Sources, block: &str) -> Option<String> {
    let mut dir =
        std::fs::canonicalize(sources.path("sys/class/block").join(kernel_name(sources, block)?)).ok()?;
    // Encryption on a volume on a RAID is three deep; more is a loop.
    for _ in 0..8 {
        let below = std::fs::read_dir(dir.join("slaves")).ok().and_then(|mut slaves| slaves.next());
        match below {
            Some(slave) => dir = std::fs::canonicalize(slave.ok()?.path()).ok()?,
            None if dir.join("partition").exists() => dir = dir.parent()?.to_path_buf(),
            None => break,
        }
    }
    Some(dir.file_name()?.to_string_lossy().into_owned())
}

/// `/dev/mapper/root` and `/dev/disk/by-uuid/…` are links to the kernel's own name.
fn kernel_name(sources: &Sources, block: &str) -> Option<String> {
    if !block.contains('/') || !sources.is_live() {
        return Some(block.to_owned());
    }
    let path = std::fs::canonicalize(Path::new("/dev").join(block)).ok()?;
    Some(path.file_name()?.to_string_lossy().into_owned())
}
