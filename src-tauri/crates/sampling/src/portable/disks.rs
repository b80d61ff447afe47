//! Disk I/O. These systems tell it by volume, and a disk goes by the name of its volume.

use std::collections::HashMap;

use sysinfo::{DiskKind, DiskRefreshKind};
use wire::{Disk, FaultReason, Metric};

use crate::mount_names::without_people;
use crate::output::{Collector, Output, Tick};
use crate::rate::Counter;
use crate::text::clean;

/// One reading of every volume's counters a tick.
#[derive(Debug, Default)]
pub(crate) struct Disks {
    list: Option<sysinfo::Disks>,
    shown: Vec<Disk>,
    counters: HashMap<String, (Counter, Counter)>,
}

impl Collector for Disks {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        // Sizes are asked for beside the tick: see `filesystems`.
        let wanted = DiskRefreshKind::nothing().with_io_usage().with_kind();
        match &mut self.list {
            None => self.list = sysinfo::Disks::new_with_refreshed_list_specifics(wanted).ok(),
            Some(list) => list.refresh_specifics(
                true,
                if tick.slow { wanted } else { DiskRefreshKind::nothing().with_io_usage() },
            ),
        }
        let Some(list) = &self.list else {
            return out.faults.put("disks", FaultReason::NOT_ON_THIS_SYSTEM);
        };
        if tick.slow || list.len() != self.shown.len() {
            self.shown = list.iter().map(describe).collect();
            let mut disks = self.shown.clone();
            disks.dedup_by(|a, b| a.device == b.device);
            self.counters.retain(|device, _| disks.iter().any(|disk| disk.device == *device));
            out.facts.edit(|facts| facts.disks = disks);
        }
        let mut last: Option<&str> = None;
        for (disk, facts) in list.iter().zip(&self.shown) {
            // Volumes of one disk follow each other, and each tells the whole disk's counters.
            if last.replace(&facts.device) == Some(&facts.device) {
                continue;
            }
            let usage = disk.usage();
            if !self.counters.contains_key(&facts.device) {
                self.counters.insert(facts.device.clone(), Default::default());
            }
            let Some((read, written)) = self.counters.get_mut(&facts.device) else { continue };
            for (metric, counted) in [
                (Metric::DiskRead, read.counted(Some(usage.total_read_bytes), tick.clock)),
                (Metric::DiskWrite, written.counted(Some(usage.total_written_bytes), tick.clock)),
            ] {
                out.readings.put_counted(metric, &facts.device, &facts.name, counted);
            }
        }
    }
}

fn describe(disk: &sysinfo::Disk) -> Disk {
    let name = clean(disk.name().to_string_lossy().as_bytes());
    let name = if name.is_empty() {
        without_people(&clean(disk.mount_point().to_string_lossy().as_bytes()), &[])
    } else {
        name
    };
    let kind = match (disk.is_removable(), disk.kind()) {
        (true, _) => "usb",
        (_, DiskKind::SSD) => "ssd",
        (_, DiskKind::HDD) => "hdd",
        _ => "disk",
    };
    Disk { device: name.clone(), name, model: None, kind: kind.to_owned(), size_bytes: None }
}
