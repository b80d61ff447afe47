//! Recorded machines that play as if they were live, for the demo and for measuring.
//!
//! A [`Replay`] takes the place of the sampler and returns the same snapshots: numbers of a [`recording`] of a real
//! machine, spread over the cores, disks and interfaces of a [`description`]. The same clock gives the same snapshot,
//! the past as well, so the last 15 minutes are there at once. It is marked as a demo, and reads nothing
//! of this machine.
//!
//! [`schedule`] determines which second is played, [`table`] has the processes, [`demo`] what comes with the program.

pub mod demo;
pub mod description;
pub mod recording;
mod schedule;
mod table;

use std::sync::Arc;
use std::time::Duration;

use sampling::{Now, Wanted};
use wire::{Facts, Fault, Machine, Metric, ProcessTable, Series, SeriesSet, Snapshot};

use description::{Description, Moving};
use recording::Recording;
use schedule::{CORE_LAG_MS, Moment, Schedule};
use table::Table;

/// What Sightline itself takes, as it was measured.
const OWN_CPU_RATIO: f64 = 0.003;
const OWN_MEMORY_BYTES: f64 = 14.0 * 1024.0 * 1024.0;

/// A machine that plays a recording.
#[derive(Debug)]
pub struct Replay {
    recording: Arc<Recording>,
    description: Description,
    schedule: Schedule,
    machine: Machine,
    moving: Moving,
    facts: Arc<Facts>,
    series: Arc<SeriesSet>,
    no_faults: Arc<[Fault]>,
    table: Table,
    /// The last table, which stays until another is wanted.
    processes: Option<Arc<ProcessTable>>,
}

/// The recording has none of the chapters.
#[derive(Debug, thiserror::Error)]
#[error("find a chapter for {0} in the recording")]
pub struct NothingToPlay(String);

impl Replay {
    /// The machine of `description`, which plays `recording`; it was started a while before `now_ms`.
    ///
    /// # Errors
    /// When none of its chapters is in the recording.
    pub fn new(
        recording: Arc<Recording>,
        description: Description,
        now_ms: u64,
    ) -> Result<Self, NothingToPlay> {
        let schedule = Schedule::new(&recording, &description.plays, description.phase)
            .ok_or_else(|| NothingToPlay(description.name.clone()))?;
        let machine = description.machine(now_ms);
        let (facts, moving) = description.facts();
        let table = Table::new(&recording, &description, machine.booted_at_ms);
        let mut replay = Self {
            recording,
            description,
            schedule,
            machine,
            moving,
            facts: Arc::new(facts),
            series: Arc::new(SeriesSet { generation: 1, series: Vec::new() }),
            no_faults: Arc::from([]),
            table,
            processes: None,
        };
        let mut series = Vec::new();
        replay.numbers(now_ms, &mut |metric, device, label, _| {
            let definition = metric.definition();
            series.push(Series {
                id: metric.id(device),
                metric: definition.name.to_owned(),
                device: device.to_owned(),
                label: label.to_owned(),
                unit: definition.unit,
            });
        });
        replay.series = Arc::new(SeriesSet { generation: 1, series });
        Ok(replay)
    }

    /// What it is. `id` and `version` are left empty for the station to fill.
    #[must_use]
    pub fn machine(&self) -> Machine {
        self.machine.clone()
    }

    /// The time between two ticks, as viewers get it.
    pub fn set_interval(&mut self, interval: Duration) {
        let interval_ms = u32::try_from(interval.as_millis()).unwrap_or(u32::MAX);
        Arc::make_mut(&mut self.facts).interval_ms = interval_ms;
    }

    /// What it does at `now`, as [`sampling::Sampler::sample`] would return it.
    pub fn sample(&mut self, now: Now, wanted: &Wanted) -> Snapshot {
        if wanted.processes || !wanted.details.is_empty() {
            let table = self.table.at(&self.recording, &self.schedule, now.wall_ms);
            self.processes = Some(Arc::new(table));
        }
        let details = wanted
            .details
            .iter()
            .map(|key| table::detail(*key, self.processes.as_deref(), now.wall_ms))
            .collect();
        let mut values = Vec::with_capacity(self.series.series.len());
        self.numbers(now.wall_ms, &mut |metric, _, _, value| {
            values.push(metric.definition().unit.round(value));
        });
        Snapshot {
            sampled_at_ms: now.wall_ms,
            series: Arc::clone(&self.series),
            totals: vec![None; values.len()],
            values,
            facts: Arc::clone(&self.facts),
            faults: Arc::clone(&self.no_faults),
            processes: self.processes.clone(),
            details,
        }
    }

    /// Puts every number of a moment, always the same ones in the same order.
    fn numbers(&self, wall_ms: u64, put: &mut dyn FnMut(Metric, &str, &str, f64)) {
        let now = self.schedule.at(wall_ms);
        self.cpu(now, wall_ms, put);
        self.memory(now, put);
        self.disks(now, put);
        self.network(now, put);
        let warmth = (now.of(&self.recording.warmth) * self.description.cpu).min(1.0);
        for (sensor, [idle, busy]) in self.facts.sensors.iter().zip(&self.moving.sensors) {
            let metric = if sensor.kind == "fan" { Metric::Fan } else { Metric::Temperature };
            put(metric, &sensor.device, &sensor.label, idle + (busy - idle) * warmth);
        }
        let (processes, threads) = self.table.counts(&self.recording, &self.schedule, wall_ms);
        put_machine(put, Metric::Processes, processes);
        put_machine(put, Metric::Threads, threads);
        put_machine(put, Metric::SelfCpu, OWN_CPU_RATIO);
        put_machine(put, Metric::SelfMemory, OWN_MEMORY_BYTES);
    }

    fn cpu(&self, now: Moment, wall_ms: u64, put: &mut dyn FnMut(Metric, &str, &str, f64)) {
        let linux = self.description.family == "linux";
        let scale = self.description.cpu;
        let recorded = &self.recording.cores;
        // Busy, user, system and waiting for I/O, of each core.
        let shares: Vec<[f64; 4]> = (0..self.description.cores as usize)
            .map(|core| {
                let lag_ms = (core / recorded.len().max(1)) as u64 * CORE_LAG_MS;
                let then = self.schedule.at(wall_ms.saturating_sub(lag_ms));
                recorded.get(core % recorded.len().max(1)).map_or([0.0; 4], |core| {
                    [&core.busy, &core.user, &core.system, &core.iowait]
                        .map(|share| (then.of(share) * scale).clamp(0.0, 1.0))
                })
            })
            .collect();
        let kinds = [
            (Metric::CpuBusy, Metric::CoreBusy),
            (Metric::CpuUser, Metric::CoreUser),
            (Metric::CpuSystem, Metric::CoreSystem),
            (Metric::CpuIowait, Metric::CoreIowait),
        ];
        let shown = if linux { &kinds[..] } else { &kinds[..1] };
        let mean =
            |kind: usize| shares.iter().map(|core| core[kind]).sum::<f64>() / shares.len().max(1) as f64;
        for (kind, (whole, _)) in shown.iter().enumerate() {
            put_machine(put, *whole, mean(kind));
        }
        for (number, core) in shares.iter().enumerate() {
            let number = number.to_string();
            for (kind, (_, metric)) in shown.iter().enumerate() {
                put(*metric, &number, &number, core[kind]);
            }
        }
        let [idle, highest] = self.description.clock_ghz;
        put_machine(put, Metric::CpuFrequency, (idle + (highest - idle) * mean(0).sqrt()) * 1e9);
        let cores = f64::from(self.description.cores) / recorded.len().max(1) as f64;
        if linux {
            put_machine(
                put,
                Metric::CpuContextSwitches,
                now.of(&self.recording.context_switches) * scale * cores,
            );
        }
        if self.description.family != "windows" {
            for (metric, load) in
                [Metric::Load1, Metric::Load5, Metric::Load15].into_iter().zip(&self.recording.load)
            {
                put_machine(put, metric, now.of(load) * scale * cores);
            }
        }
        let up_ms = wall_ms.saturating_sub(self.machine.booted_at_ms);
        put_machine(put, Metric::Uptime, up_ms as f64 / 1000.0);
        if linux {
            let kinds = [
                Metric::PressureCpu,
                Metric::PressureIo,
                Metric::PressureIoFull,
                Metric::PressureMemory,
                Metric::PressureMemoryFull,
            ];
            for (metric, pressure) in kinds.into_iter().zip(&self.recording.pressure) {
                put_machine(put, metric, (now.of(pressure) * scale).min(1.0));
            }
        }
    }

    fn memory(&self, now: Moment, put: &mut dyn FnMut(Metric, &str, &str, f64)) {
        let total = self.description.memory_bytes();
        let moved = now.of(&self.recording.memory_used) - f64::from(self.recording.memory_used.at(0));
        let used = (self.description.memory + moved).clamp(0.05, 0.98) * total;
        let cached = ((total - used) * now.of(&self.recording.memory_cached)).max(0.0);
        for (metric, bytes) in [
            (Metric::MemoryTotal, total),
            (Metric::MemoryUsed, used),
            (Metric::MemoryAvailable, total - used),
            (Metric::MemoryFree, total - used - cached),
            (Metric::MemoryCached, cached),
            (Metric::SwapTotal, total / 4.0),
            (Metric::SwapUsed, total / 4.0 * 0.02),
        ] {
            put_machine(put, metric, bytes);
        }
    }

    fn disks(&self, now: Moment, put: &mut dyn FnMut(Metric, &str, &str, f64)) {
        let disk = &self.recording.disk;
        for (facts, traffic) in self.facts.disks.iter().zip(&self.moving.disks) {
            let mut number = |metric, value: f64| put(metric, &facts.device, &facts.name, value);
            number(Metric::DiskRead, now.of(&disk.read) * traffic);
            number(Metric::DiskWrite, now.of(&disk.write) * traffic);
            number(Metric::DiskReadOps, now.of(&disk.read_ops) * traffic);
            number(Metric::DiskWriteOps, now.of(&disk.write_ops) * traffic);
            number(Metric::DiskBusy, (now.of(&disk.busy) * traffic).min(1.0));
        }
        for (facts, (bytes, used)) in self.facts.filesystems.iter().zip(&self.moving.filesystems) {
            let mut number = |metric, value: f64| put(metric, &facts.device, &facts.mount, value);
            number(Metric::FsTotal, *bytes);
            number(Metric::FsUsed, bytes * used);
            number(Metric::FsAvailable, bytes * (1.0 - used));
        }
    }

    fn network(&self, now: Moment, put: &mut dyn FnMut(Metric, &str, &str, f64)) {
        for (facts, traffic) in self.facts.interfaces.iter().zip(&self.moving.interfaces) {
            let mut number = |metric, value: f64| put(metric, &facts.device, &facts.name, value);
            number(Metric::NetRx, now.of(&self.recording.rx) * traffic);
            number(Metric::NetTx, now.of(&self.recording.tx) * traffic);
            number(Metric::NetErrors, 0.0);
            number(Metric::NetDrops, 0.0);
        }
    }
}

fn put_machine(put: &mut dyn FnMut(Metric, &str, &str, f64), metric: Metric, value: f64) {
    put(metric, "", metric.definition().label, value);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use wire::{ProcessState, Unit};

    use super::*;

    const NOW_MS: u64 = 1_790_000_000_000;

    fn replay(description: Description) -> Replay {
        Replay::new(demo::recording(), description, NOW_MS).unwrap()
    }

    fn at(replay: &mut Replay, wall_ms: u64) -> Snapshot {
        replay.sample(
            Now { wall_ms, monotonic: Duration::ZERO },
            &Wanted { processes: true, details: Vec::new() },
        )
    }

    #[test]
    fn the_same_clock_gives_the_same_machine() {
        for description in demo::machines(14) {
            let (mut one, mut other) = (replay(description.clone()), replay(description));
            at(&mut other, NOW_MS - 77_000);
            let (one, other) = (at(&mut one, NOW_MS), at(&mut other, NOW_MS));
            assert_eq!((one.values, &one.series), (other.values, &other.series));
            assert_eq!(one.processes, other.processes);
        }
    }

    #[test]
    fn every_machine_makes_sense_at_every_moment() {
        let mut names = BTreeSet::new();
        for description in demo::machines(demo::described()) {
            assert!(names.insert(description.name.clone()), "{} is described twice", description.name);
            let mut replay = replay(description);
            let machine = replay.machine();
            assert!(machine.demo, "{}", machine.name);
            let mut busy = Vec::new();
            for second in (0..1800).step_by(7) {
                let snapshot = at(&mut replay, NOW_MS + second * 1000);
                assert_eq!(snapshot.values.len(), snapshot.series.series.len());
                for (series, value) in snapshot.series.series.iter().zip(&snapshot.values) {
                    let value =
                        value.unwrap_or_else(|| panic!("{} of {} is unknown", series.id, machine.name));
                    let whole = series.unit != Unit::Ratio || (0.0..=1.0).contains(&value);
                    assert!(whole && value >= 0.0, "{} of {} is {value}", series.id, machine.name);
                }
                busy.extend(snapshot.value("cpu.busy"));
                let table = snapshot.processes.unwrap();
                assert!(table.processes.is_sorted_by_key(wire::Process::key));
                let pids: BTreeSet<u32> = table.processes.iter().map(|process| process.pid).collect();
                assert_eq!(pids.len(), table.processes.len(), "a PID twice on {}", machine.name);
                let parents = table.processes.iter().filter_map(|process| process.parent_pid);
                assert!(parents.into_iter().all(|parent| pids.contains(&parent)), "{}", machine.name);
            }
            let ids: BTreeSet<_> = replay.series.series.iter().map(|series| &series.id).collect();
            assert_eq!(ids.len(), replay.series.series.len(), "a series twice on {}", machine.name);
            busy.sort_by(f64::total_cmp);
            assert!(busy[busy.len() - 1] > busy[0] + 0.05, "nothing moves on {}", machine.name);
        }
        assert!(names.len() >= 12);
    }

    #[test]
    fn a_process_keeps_its_name_while_it_is_there() {
        let mut replay = replay(demo::machines(1).remove(0));
        let (mut came, mut stayed, mut ran) = (0, 0, 0);
        let mut before = at(&mut replay, NOW_MS).processes.unwrap();
        for second in 1..900 {
            let table = at(&mut replay, NOW_MS + second * 1000).processes.unwrap();
            for process in &table.processes {
                match before.processes.iter().find(|known| known.key() == process.key()) {
                    Some(known) => {
                        stayed += 1;
                        assert_eq!((&known.name, known.parent_pid), (&process.name, process.parent_pid));
                    }
                    None => came += 1,
                }
                ran += usize::from(process.state == ProcessState::Running);
            }
            before = table;
        }
        assert!(came > 20 && stayed > 20 * came && ran > 100, "{came} came, {stayed} stayed, {ran} ran");
    }

    #[test]
    fn more_machines_than_are_described_have_numbered_names() {
        let names: BTreeSet<_> = demo::machines(40).into_iter().map(|machine| machine.name).collect();
        assert_eq!(names.len(), 40);
        assert!(names.contains("atlas") && names.contains("atlas-2") && names.contains("atlas-4"));
    }
}
