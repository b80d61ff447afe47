//! What one tick publishes: the snapshot, and its frames, each encoded once for all viewers.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use wire::codec::{encode, encode_as};
use wire::limits::SUMMARY_MOUNT_CHARS;
use wire::message::{
    FrameRef, FullestDisk, InterfaceReading, OverviewKey, OverviewValues, SnapshotBody, Summary, SystemInfo,
};
use wire::process::{
    FULL_COLUMNS, FullRow, ProcessesChange, ProcessesKey, ProgramRow, Top, VIEW_COLUMNS, ViewRow,
};
use wire::{Channel, Commands, Encoding, Machine, Metric, ProcessTable, Severity, Snapshot};

use crate::summary::{Figures, Makeup};

/// One tick as it is published. All viewers share it; a frame is encoded when the first viewer needs it.
#[derive(Debug)]
pub struct Tick {
    /// Rises by one each tick.
    pub seq: u64,
    /// What was read.
    pub snapshot: Snapshot,
    /// Which machine.
    pub machine: Arc<Machine>,
    /// Rises whenever series, facts or faults change: what only a key frame of `overview` contains.
    pub overview_epoch: u64,
    /// Rises with each process table.
    pub table_number: u64,
    /// Gravest alert of the last hour.
    pub worst_alert: Option<Severity>,
    /// The table before this one, when this tick read a new one.
    before: Option<Arc<ProcessTable>>,
    frames: [[OnceLock<Bytes>; 2]; KINDS],
    snapshot_body: OnceLock<Bytes>,
}

/// What distinguishes the frames of one tick, besides the encoding.
#[derive(Debug, Clone, Copy)]
enum Kind {
    OverviewKey,
    OverviewValues,
    Top,
    /// The table as scope `view` sees it, and as the others do: with programs, or with whole command lines.
    TableKey,
    TableKeyPrograms,
    TableKeyFull,
    TableChange,
    TableChangePrograms,
    TableChangeFull,
    SystemInfo,
    Interfaces,
    Summary,
}

const KINDS: usize = Kind::Summary as usize + 1;

impl Kind {
    const fn channel(self) -> Channel {
        match self {
            Kind::OverviewKey | Kind::OverviewValues => Channel::Overview,
            Kind::Top => Channel::Top,
            Kind::TableKey
            | Kind::TableKeyPrograms
            | Kind::TableKeyFull
            | Kind::TableChange
            | Kind::TableChangePrograms
            | Kind::TableChangeFull => Channel::Processes,
            Kind::SystemInfo => Channel::SystemInfo,
            Kind::Interfaces => Channel::NetworkInterfaces,
            Kind::Summary => Channel::Summary,
        }
    }

    const fn is_key(self) -> bool {
        !matches!(
            self,
            Kind::OverviewValues | Kind::TableChange | Kind::TableChangePrograms | Kind::TableChangeFull
        )
    }
}

impl Tick {
    /// The tick that follows `last`, or the first.
    #[must_use]
    pub fn after(last: Option<&Tick>, snapshot: Snapshot, machine: &Arc<Machine>) -> Self {
        let same_overview = last.is_some_and(|last| {
            Arc::ptr_eq(&last.snapshot.series, &snapshot.series)
                && last.snapshot.facts == snapshot.facts
                && last.snapshot.faults == snapshot.faults
        });
        let last_table = last.and_then(|last| last.snapshot.processes.clone());
        let new_table = match (&last_table, &snapshot.processes) {
            (Some(before), Some(now)) => !Arc::ptr_eq(before, now),
            (None, now) => now.is_some(),
            (Some(_), None) => false,
        };
        Self {
            seq: last.map_or(0, |last| last.seq + 1),
            machine: Arc::clone(machine),
            overview_epoch: last.map_or(0, |last| last.overview_epoch + u64::from(!same_overview)),
            table_number: last.map_or(0, |last| last.table_number) + u64::from(new_table),
            worst_alert: None,
            before: last_table.filter(|_| new_table),
            snapshot,
            frames: Default::default(),
            snapshot_body: OnceLock::new(),
        }
    }

    /// The same with the gravest alert of the last hour.
    #[must_use]
    pub fn with_worst_alert(self, worst_alert: Option<Severity>) -> Self {
        Self { worst_alert, ..self }
    }

    /// Time between two ticks, in milliseconds.
    #[must_use]
    pub fn interval_ms(&self) -> u64 {
        self.snapshot.facts.interval_ms.into()
    }

    /// Frame of `overview`.
    pub fn overview(&self, key: bool, encoding: Encoding) -> Bytes {
        let s = &self.snapshot;
        if key {
            return self.once(Kind::OverviewKey, encoding, s.sampled_at_ms, || self.overview_key());
        }
        self.once(Kind::OverviewValues, encoding, s.sampled_at_ms, || OverviewValues {
            generation: s.series.generation,
            values: s.values.clone(),
        })
    }

    /// Frame of `top`; `None` before the first process table.
    pub fn top(&self, encoding: Encoding) -> Option<Bytes> {
        let (table, at) = self.table()?;
        Some(self.once(Kind::Top, encoding, at, || Top::of(table)))
    }

    /// Key frame of `processes` for those who see `commands`; `None` before the first process table.
    pub fn table_key(&self, commands: Commands, encoding: Encoding) -> Option<Bytes> {
        let (table, at) = self.table()?;
        let all_columns = || [&VIEW_COLUMNS[..], &FULL_COLUMNS[..]].concat();
        Some(match commands {
            Commands::Hidden => self.once(Kind::TableKey, encoding, at, || {
                ProcessesKey::<ViewRow<'_>>::of(table, VIEW_COLUMNS.to_vec())
            }),
            Commands::Programs => self.once(Kind::TableKeyPrograms, encoding, at, || {
                ProcessesKey::<ProgramRow<'_>>::of(table, all_columns())
            }),
            Commands::Whole => self.once(Kind::TableKeyFull, encoding, at, || {
                ProcessesKey::<FullRow<'_>>::of(table, all_columns())
            }),
        })
    }

    /// What changed in the process table at this tick; `None` when this tick read no table to compare.
    pub fn table_change(&self, commands: Commands, encoding: Encoding) -> Option<Bytes> {
        let (before, (table, at)) = (self.before.as_ref()?, self.table()?);
        Some(match commands {
            Commands::Hidden => self.once(Kind::TableChange, encoding, at, || {
                ProcessesChange::<ViewRow<'_>>::between(before, table)
            }),
            Commands::Programs => self.once(Kind::TableChangePrograms, encoding, at, || {
                ProcessesChange::<ProgramRow<'_>>::between(before, table)
            }),
            Commands::Whole => self.once(Kind::TableChangeFull, encoding, at, || {
                ProcessesChange::<FullRow<'_>>::between(before, table)
            }),
        })
    }

    /// Frame of `system-info`.
    pub fn system_info(&self, encoding: Encoding) -> Bytes {
        let at = self.snapshot.sampled_at_ms;
        self.once(Kind::SystemInfo, encoding, at, || SystemInfo {
            machine: Machine::clone(&self.machine),
            uptime_seconds: at.saturating_sub(self.machine.booted_at_ms) / 1000,
        })
    }

    /// Frame of `network-interfaces`.
    pub fn interfaces(&self, encoding: Encoding) -> Bytes {
        let s = &self.snapshot;
        self.once(Kind::Interfaces, encoding, s.sampled_at_ms, || {
            s.facts
                .interfaces
                .iter()
                .map(|interface| {
                    let rate = |metric: Metric| s.value(&metric.id(&interface.device));
                    InterfaceReading::new(interface.clone(), rate(Metric::NetRx), rate(Metric::NetTx))
                })
                .collect::<Vec<_>>()
        })
    }

    /// Frame of `summary`.
    pub fn summary(&self, encoding: Encoding) -> Bytes {
        self.once(Kind::Summary, encoding, self.snapshot.sampled_at_ms, || self.summed_up())
    }

    /// This machine in a few figures.
    pub(crate) fn figures(&self) -> Figures {
        Makeup::of(&self.snapshot.series, &self.snapshot.facts).figures(&self.snapshot.values)
    }

    fn summed_up(&self) -> Summary {
        let figures = self.figures();
        let fullest = figures.fullest().and_then(|(at, used_ratio)| {
            let filesystem = self.snapshot.facts.filesystems.get(at)?;
            Some(FullestDisk { mount: short_mount(&filesystem.mount), used_ratio })
        });
        Summary {
            cpu_ratio: figures.cpu_ratio,
            memory_ratio: figures.memory_ratio,
            fullest_disk: fullest,
            rx_bytes_per_s: figures.rx_bytes_per_s,
            tx_bytes_per_s: figures.tx_bytes_per_s,
            disk_bytes_per_s: figures.disk_bytes_per_s,
            temperature_celsius: figures.temperature_celsius,
            worst_alert: self.worst_alert,
        }
    }

    /// Body of `GET /api/v1/snapshot`.
    pub fn snapshot_body(&self) -> Bytes {
        self.snapshot_body.get_or_init(|| encode(&self.body()).into()).clone()
    }

    /// The whole of this tick, as method `snapshot` answers.
    #[must_use]
    pub fn body(&self) -> SnapshotBody {
        SnapshotBody {
            seq: self.seq,
            sampled_at_ms: self.snapshot.sampled_at_ms,
            machine: Machine::clone(&self.machine),
            overview: self.overview_key(),
            top: self.snapshot.processes.as_deref().map(Top::of),
            summary: Some(self.summed_up()),
        }
    }

    fn overview_key(&self) -> OverviewKey {
        let s = &self.snapshot;
        OverviewKey {
            generation: s.series.generation,
            series: s.series.series.clone(),
            values: s.values.clone(),
            facts: wire::Facts::clone(&s.facts),
            faults: s.faults.to_vec(),
        }
    }

    fn table(&self) -> Option<(&ProcessTable, u64)> {
        self.snapshot.processes.as_deref().map(|table| (table, table.sampled_at_ms))
    }

    /// The frame of `kind`, encoded when the first viewer needs it.
    fn once<D: Serialize>(
        &self,
        kind: Kind,
        encoding: Encoding,
        sampled_at_ms: u64,
        data: impl FnOnce() -> D,
    ) -> Bytes {
        let frame = || {
            let data = data();
            let (channel, key) = (kind.channel(), kind.is_key());
            encode_as(encoding, &FrameRef { channel, seq: self.seq, sampled_at_ms, key, data: &data }).into()
        };
        self.frames[kind as usize][encoding as usize].get_or_init(frame).clone()
    }
}

/// A mount point as a summary has it.
pub(crate) fn short_mount(mount: &str) -> String {
    mount.chars().take(SUMMARY_MOUNT_CHARS).collect()
}
