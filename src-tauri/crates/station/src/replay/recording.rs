//! A recording: what one real machine did, second by second, in chapters of one kind of load each.
//!
//! Columns of whole numbers, each written as its differences from second to second, as gzipped JSON. It holds no
//! name, no user and no command line: of the recorded processes there is what they cost and how long they lived.

use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

/// The last seconds of a chapter overlap with the first of the next one played, so that nothing jumps.
pub const OVERLAP: usize = 5;
/// Largest recording that is read, unpacked: a few times what ours is.
const LARGEST: u64 = 64 << 20;

/// Seconds in which two thirds of the way to another temperature are gone.
const WARMING_S: f64 = 20.0;

/// What one machine did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recording {
    /// What was recorded, one after the other; each longer than [`OVERLAP`].
    pub chapters: Vec<Chapter>,
    /// Each core.
    pub cores: Vec<Core>,
    /// Switches between threads, per second.
    pub context_switches: Column,
    /// Load averages of 1, 5 and 15 minutes.
    pub load: [Column; 3],
    /// Pressure: CPU, I/O, I/O in full, memory, memory in full.
    pub pressure: [Column; 5],
    /// Used share of memory.
    pub memory_used: Column,
    /// Share of memory that is cache.
    pub memory_cached: Column,
    /// The disk.
    pub disk: Disk,
    /// Received by all links to other machines, bytes a second.
    pub rx: Column,
    /// Sent by all links to other machines, bytes a second.
    pub tx: Column,
    /// How warm the work makes the machine: the busy share of all cores, as slow as heat is.
    #[serde(skip)]
    pub warmth: Column,
    /// Places for processes that were there all the time, the busiest first.
    pub residents: Vec<Slot>,
    /// Places for processes that came and went, the busiest first.
    pub guests: Vec<Slot>,
}

/// One kind of load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// What it is called in descriptions.
    pub name: String,
    /// Its seconds, the overlap among them.
    pub seconds: usize,
}

/// Shares of one core's time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Core {
    /// Not idle.
    pub busy: Column,
    /// In programs.
    pub user: Column,
    /// In the kernel.
    pub system: Column,
    /// Idle with a disk request outstanding.
    pub iowait: Column,
}

/// A disk, per second.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disk {
    /// Bytes read.
    pub read: Column,
    /// Bytes written.
    pub write: Column,
    /// Reads.
    pub read_ops: Column,
    /// Writes.
    pub write_ops: Column,
    /// Share of time with a request outstanding.
    pub busy: Column,
}

/// A place in the process table, held by one process after the other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Slot {
    /// Which process holds it, counted from 1; 0 while none does.
    pub holder: Column,
    /// Share of one core.
    pub cpu: Column,
    /// Resident bytes.
    pub memory: Column,
    /// Bytes read a second.
    pub read: Column,
    /// Bytes written a second.
    pub write: Column,
    /// Threads.
    pub threads: Column,
}

/// One number for each second.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "Steps", into = "Steps")]
pub struct Column {
    unit: f32,
    values: Vec<f32>,
}

/// As it is written: whole numbers of `unit`, each less the one before.
#[derive(Serialize, Deserialize)]
struct Steps {
    unit: f32,
    steps: Vec<i32>,
}

impl From<Steps> for Column {
    fn from(Steps { unit, steps }: Steps) -> Self {
        let mut sum = 0_i32;
        let values = steps.into_iter().map(|step| {
            sum = sum.saturating_add(step);
            sum as f32 * unit
        });
        Self { unit, values: values.collect() }
    }
}

impl From<Column> for Steps {
    fn from(Column { unit, values }: Column) -> Self {
        let mut before = 0;
        let steps = values.into_iter().map(|value| {
            let whole = (value / unit).round() as i32;
            let step = whole - before;
            before = whole;
            step
        });
        Self { unit, steps: steps.collect() }
    }
}

impl Column {
    /// An empty one, kept as whole numbers of `unit`.
    #[must_use]
    pub const fn of(unit: f32) -> Self {
        Self { unit, values: Vec::new() }
    }

    /// One second more.
    pub fn push(&mut self, value: f64) {
        self.values.push(value as f32);
    }

    /// The value of a second; 0 past the end.
    #[must_use]
    pub fn at(&self, second: usize) -> f32 {
        self.values.get(second).copied().unwrap_or(0.0)
    }

    /// All of them.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }
}

impl Recording {
    /// Reads one.
    ///
    /// # Errors
    /// When it is no gzipped JSON of this shape.
    pub fn read(gzipped: &[u8]) -> io::Result<Self> {
        let mut json = Vec::new();
        GzDecoder::new(gzipped).take(LARGEST).read_to_end(&mut json)?;
        let mut recording: Self = serde_json::from_slice(&json)?;
        recording.warm_up();
        Ok(recording)
    }

    /// Writes it.
    ///
    /// # Errors
    /// When `to` takes no more.
    pub fn write(&self, to: impl Write) -> io::Result<()> {
        let mut packed = GzEncoder::new(to, Compression::best());
        serde_json::to_writer(&mut packed, self)?;
        packed.finish().map(drop)
    }

    fn warm_up(&mut self) {
        let mut warmth = 0.0;
        self.warmth = Column::of(0.001);
        for second in 0..self.chapters.iter().map(|chapter| chapter.seconds).sum() {
            let busy: f32 = self.cores.iter().map(|core| core.busy.at(second)).sum();
            warmth += (f64::from(busy) / self.cores.len().max(1) as f64 - warmth) / WARMING_S;
            self.warmth.push(warmth);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_within_its_unit() {
        let mut recording = Recording { cores: vec![Core::default()], ..Recording::default() };
        recording.cores[0].busy = Column::of(0.01);
        for value in [0.5, 0.123, 0.0, 0.999] {
            recording.cores[0].busy.push(value);
        }
        let mut file = Vec::new();
        recording.write(&mut file).unwrap();
        let read = Recording::read(&file).unwrap();
        let found = read.cores[0].busy.values();
        assert!(found.iter().zip([0.5, 0.12, 0.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        assert_eq!(read.cores[0].busy.at(9), 0.0);
        assert!(Recording::read(&file[..file.len() / 2]).is_err());
        assert!(Recording::read(b"{}").is_err());
    }
}
