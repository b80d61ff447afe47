//! Filesystems, read in a thread of its own: a share whose server is gone never answers. There is one such
//! thread at most; until it comes back, the last numbers stand, marked as stalled.

use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use sysinfo::{DiskRefreshKind, Disks};
use wire::{FaultReason, Filesystem, Metric};

use crate::mount_names::{MountNames, without_people};
use crate::output::{Collector, Output, Tick};
use crate::text::clean;

/// A list that has not come after this long is stalled.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);

/// A mount, with its size and what is left of it.
type Usage = (Filesystem, u64, u64);

/// The last list that came, and the one that is awaited.
#[derive(Debug, Default)]
pub(crate) struct Filesystems {
    last: Vec<Usage>,
    names: MountNames,
    awaited: Option<(Duration, Receiver<Vec<Usage>>)>,
}

impl Collector for Filesystems {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        if tick.slow && self.awaited.is_none() {
            let (send, receive) = sync_channel(1);
            let asked = thread::Builder::new().name("mounts".to_owned()).spawn(move || {
                // The receiver may be gone by now.
                let _ = send.try_send(list());
            });
            self.awaited = asked.is_ok().then_some((tick.now.monotonic, receive));
        }
        let (mut came, mut late) = (false, false);
        if let Some((since, receive)) = &self.awaited {
            match receive.try_recv() {
                Ok(mut list) => {
                    for (facts, ..) in &mut list {
                        let name = self.names.name(&facts.mount, &[]);
                        (facts.device, facts.mount) = (name.clone(), name);
                        facts.source = without_people(&facts.source, &[]);
                    }
                    (self.last, came) = (list, true);
                }
                Err(TryRecvError::Disconnected) => came = true,
                Err(TryRecvError::Empty) => late = tick.now.monotonic.saturating_sub(*since) >= PROBE_TIMEOUT,
            }
        }
        if came {
            self.awaited = None;
        }
        if late {
            out.faults.put("filesystems", FaultReason::FilesystemSilent { mount: None });
        }
        let changed = self.last.iter().any(|(facts, ..)| facts.stalled != late);
        for (facts, total, available) in &mut self.last {
            facts.stalled = late;
            for (metric, bytes) in [
                (Metric::FsTotal, *total),
                (Metric::FsUsed, total.saturating_sub(*available)),
                (Metric::FsAvailable, *available),
            ] {
                out.readings.put(metric, &facts.device, &facts.mount, Some(bytes as f64));
            }
        }
        if came || changed {
            let facts = self.last.iter().map(|(facts, ..)| facts.clone()).collect();
            out.facts.edit(|draft| draft.filesystems = facts);
        }
    }
}

fn list() -> Vec<Usage> {
    let disks = Disks::new_with_refreshed_list_specifics(DiskRefreshKind::nothing().with_storage());
    let Ok(disks) = disks else { return Vec::new() };
    let mut list: Vec<Usage> = disks
        .iter()
        .filter(|disk| disk.total_space() > 0)
        .map(|disk| {
            let mount = clean(disk.mount_point().to_string_lossy().as_bytes());
            let name = clean(disk.name().to_string_lossy().as_bytes());
            let facts = Filesystem {
                device: mount.clone(),
                mount,
                kind: clean(disk.file_system().to_string_lossy().as_bytes()),
                source: name.clone(),
                disk: (!name.is_empty()).then_some(name),
                stalled: false,
            };
            (facts, disk.total_space(), disk.available_space())
        })
        .collect();
    list.sort_by(|(a, ..), (b, ..)| a.mount.cmp(&b.mount));
    list.dedup_by(|(a, ..), (b, ..)| a.mount == b.mount);
    list
}
