//! What one tick publishes: the snapshot, and its frames, each encoded once for all viewers.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::Serialize;
use wire::codec::encode;
use wire::message::{FrameRef, InterfaceReading, OverviewKey, OverviewValues, SnapshotBody, SystemInfo};
use wire::process::{FULL_COLUMNS, FullRow, ProcessesChange, ProcessesKey, Top, VIEW_COLUMNS, ViewRow};
use wire::{Channel, Machine, Metric, ProcessTable, Scope, Snapshot};

/// One tick as it is published. Everybody shares it; frames are made when the first viewer asks.
#[derive(Debug)]
pub struct Tick {
    /// Rises by one each tick.
    pub seq: u64,
    /// What was read.
    pub snapshot: Snapshot,
    /// Which machine.
    pub machine: Arc<Machine>,
    /// Rises whenever series, facts or faults change: what only a key frame of `overview` carries.
    pub overview_epoch: u64,
    /// Rises with each process table.
    pub table_number: u64,
    /// The table before this one, when this tick brought a new one.
    before: Option<Arc<ProcessTable>>,
    frames: Frames,
}

/// Bytes of each frame, by what tells them apart: channel, key or change, and scope.
#[derive(Debug, Default)]
struct Frames {
    overview_key: OnceLock<Bytes>,
    overview_values: OnceLock<Bytes>,
    top: OnceLock<Bytes>,
    table_key: [OnceLock<Bytes>; 2],
    table_change: [OnceLock<Bytes>; 2],
    system_info: OnceLock<Bytes>,
    interfaces: OnceLock<Bytes>,
    snapshot: OnceLock<Bytes>,
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
            before: last_table.filter(|_| new_table),
            snapshot,
            frames: Frames::default(),
        }
    }

    /// Frame of `overview`.
    pub fn overview(&self, key: bool) -> Bytes {
        let s = &self.snapshot;
        if key {
            return self.once(&self.frames.overview_key, Channel::Overview, true, s.sampled_at_ms, || {
                self.overview_key()
            });
        }
        self.once(&self.frames.overview_values, Channel::Overview, false, s.sampled_at_ms, || {
            OverviewValues { generation: s.series.generation, values: s.values.clone() }
        })
    }

    /// Frame of `top`; `None` before the first process table.
    pub fn top(&self) -> Option<Bytes> {
        let table = self.snapshot.processes.as_ref()?;
        Some(self.once(&self.frames.top, Channel::Top, true, table.sampled_at_ms, || Top::of(table)))
    }

    /// Key frame of `processes` for `scope`; `None` before the first process table.
    pub fn table_key(&self, scope: Scope) -> Option<Bytes> {
        let (table, at) = self.table()?;
        Some(match scope {
            Scope::View => self.once(&self.frames.table_key[0], Channel::Processes, true, at, || {
                ProcessesKey::<ViewRow<'_>>::of(table, VIEW_COLUMNS.to_vec())
            }),
            Scope::Processes | Scope::Control => {
                self.once(&self.frames.table_key[1], Channel::Processes, true, at, || {
                    ProcessesKey::<FullRow<'_>>::of(table, [&VIEW_COLUMNS[..], &FULL_COLUMNS[..]].concat())
                })
            }
        })
    }

    /// What changed in the process table at this tick; `None` when this tick brought no table to compare.
    pub fn table_change(&self, scope: Scope) -> Option<Bytes> {
        let (before, (table, at)) = (self.before.as_ref()?, self.table()?);
        Some(match scope {
            Scope::View => self.once(&self.frames.table_change[0], Channel::Processes, false, at, || {
                ProcessesChange::<ViewRow<'_>>::between(before, table)
            }),
            Scope::Processes | Scope::Control => {
                self.once(&self.frames.table_change[1], Channel::Processes, false, at, || {
                    ProcessesChange::<FullRow<'_>>::between(before, table)
                })
            }
        })
    }

    /// Frame of `system-info`.
    pub fn system_info(&self) -> Bytes {
        let at = self.snapshot.sampled_at_ms;
        self.once(&self.frames.system_info, Channel::SystemInfo, true, at, || SystemInfo {
            machine: Machine::clone(&self.machine),
            uptime_seconds: at.saturating_sub(self.machine.booted_at_ms) / 1000,
        })
    }

    /// Frame of `network-interfaces`.
    pub fn interfaces(&self) -> Bytes {
        let s = &self.snapshot;
        self.once(&self.frames.interfaces, Channel::NetworkInterfaces, true, s.sampled_at_ms, || {
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

    /// Body of `GET /api/v1/snapshot`.
    pub fn snapshot_body(&self) -> Bytes {
        self.frames.snapshot.get_or_init(|| encode(&self.body()).into()).clone()
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

    fn once<D: Serialize>(
        &self,
        cell: &OnceLock<Bytes>,
        channel: Channel,
        key: bool,
        sampled_at_ms: u64,
        data: impl FnOnce() -> D,
    ) -> Bytes {
        let frame = || {
            let data = data();
            encode(&FrameRef { channel, seq: self.seq, sampled_at_ms, key, data: &data }).into()
        };
        cell.get_or_init(frame).clone()
    }
}
