//! Disk I/O, of each disk a person would count, from `/proc/diskstats`: Documentation/admin-guide/iostats.rst.

use wire::{Disk, Metric};

use super::block;
use super::file::{Buffer, KeptFile, not_read};
use super::parse::{lines, unsigned, words};
use crate::Sources;
use crate::output::{Collector, Output, Tick};
use crate::rate::{Clock, Counter};
use crate::text::clean;

/// `/proc/diskstats` counts in sectors of this size, whatever the disk's own.
const SECTOR_BYTES: u64 = 512;

/// Reads `/proc/diskstats` once a tick; `/sys/block` when a disk appears, and in the slow lane.
#[derive(Debug)]
pub(crate) struct Disks {
    sources: Sources,
    file: KeptFile,
    buffer: Buffer,
    /// One a line of the file, in its order, partitions and all.
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    name: Box<[u8]>,
    /// Only those that are shown.
    disk: Option<Shown>,
}

#[derive(Debug)]
struct Shown {
    facts: Disk,
    read: Counter,
    written: Counter,
    reads: Counter,
    writes: Counter,
    busy_ms: Counter,
}

impl Disks {
    pub(crate) fn new(sources: &Sources) -> Self {
        Self {
            sources: sources.clone(),
            file: KeptFile::new(sources.path("proc/diskstats")),
            buffer: Buffer::default(),
            rows: Vec::new(),
        }
    }
}

impl Collector for Disks {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        let bytes = match self.file.read(&mut self.buffer) {
            Ok(bytes) => bytes,
            Err(err) => {
                return out.faults.put("disks", not_read(&err));
            }
        };
        if tick.slow || !same_names(&self.rows, bytes) {
            look_up(&mut self.rows, bytes, &self.sources);
            out.facts.edit(|facts| {
                let shown = self.rows.iter().filter_map(|row| row.disk.as_ref());
                facts.disks = shown.map(|disk| disk.facts.clone()).collect();
            });
        }
        for (line, row) in lines(bytes).zip(&mut self.rows) {
            if let Some(disk) = &mut row.disk {
                disk.put(line, tick.clock, out);
            }
        }
    }
}

impl Shown {
    /// Fields after the name: reads, merged, sectors, ms; writes, merged, sectors, ms; in flight, ms busy.
    fn put(&mut self, line: &[u8], clock: Clock, out: &mut Output<'_>) {
        let mut fields = [None; 10];
        for (field, word) in fields.iter_mut().zip(words(line).skip(3)) {
            *field = unsigned(word);
        }
        let bytes = |sectors: Option<u64>| sectors.map(|sectors| sectors.saturating_mul(SECTOR_BYTES));
        for (metric, counted) in [
            (Metric::DiskRead, self.read.counted(bytes(fields[2]), clock)),
            (Metric::DiskWrite, self.written.counted(bytes(fields[6]), clock)),
            (Metric::DiskReadOps, self.reads.counted(fields[0], clock)),
            (Metric::DiskWriteOps, self.writes.counted(fields[4], clock)),
            (Metric::DiskBusy, self.busy_ms.counted(fields[9], clock).share_of_time()),
        ] {
            out.readings.put_counted(metric, &self.facts.device, &self.facts.name, counted);
        }
    }
}

fn name_of(line: &[u8]) -> &[u8] {
    words(line).nth(2).unwrap_or_default()
}

fn same_names(rows: &[Row], bytes: &[u8]) -> bool {
    let mut rows = rows.iter();
    lines(bytes).all(|line| rows.next().is_some_and(|row| *row.name == *name_of(line)))
        && rows.next().is_none()
}

/// Decides anew which lines are shown, and keeps the counters of disks that are still the same.
fn look_up(rows: &mut Vec<Row>, bytes: &[u8], sources: &Sources) {
    let mut before = std::mem::take(rows);
    let names: Vec<String> = lines(bytes).map(|line| clean(name_of(line))).collect();
    let mut disks = block::disks(sources, &names);
    for line in lines(bytes) {
        let name = name_of(line);
        let found = disks.iter().position(|disk| disk.name.as_bytes() == name);
        let disk = found.map(|at| {
            let facts = disks.swap_remove(at);
            let kept = before
                .iter_mut()
                .filter_map(|row| row.disk.take_if(|d| d.facts.device == facts.device))
                .next();
            match kept {
                Some(disk) => Shown { facts, ..disk },
                None => Shown::new(facts),
            }
        });
        rows.push(Row { name: name.into(), disk });
    }
}

impl Shown {
    fn new(facts: Disk) -> Self {
        let counter = Counter::default();
        Self { facts, read: counter, written: counter, reads: counter, writes: counter, busy_ms: counter }
    }
}
