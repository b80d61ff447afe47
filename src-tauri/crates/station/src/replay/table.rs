//! The processes of a replayed machine: what was recorded of real ones, under names from a cast.

use std::collections::BTreeSet;
use std::sync::Arc;

use wire::{CommandLine, Commands, Process, ProcessDetail, ProcessKey, ProcessState, ProcessTable, Unit};

use super::demo::cast;
use super::description::Description;
use super::recording::{Recording, Slot};
use super::schedule::{CORE_LAG_MS, Moment, Schedule};

/// Work that keeps a core busy is there once for each two cores, as the recorded machine had two; not more often.
const COPIES: u32 = 8;
/// Process ids of those that stay lie below, all others from here on.
const FIRST_GUEST_PID: u64 = 3000;
/// As many process ids are there for those that come and go.
const GUEST_PIDS: u64 = 29_000;
/// Above this share of a core a process is shown as running.
const RUNNING: f64 = 0.02;

/// Who plays which part.
#[derive(Debug)]
pub(super) struct Table {
    residents: Vec<Role>,
    workers: Vec<Role>,
    /// How often each worker is there.
    copies: u32,
    /// What one recorded second of CPU time is here.
    cpu: f64,
    booted_at_ms: u64,
}

/// Name, owner and command line.
#[derive(Debug, Clone)]
struct Role {
    /// `None`: as recorded.
    memory_bytes: Option<u64>,
    name: Arc<str>,
    user: Arc<str>,
    command: CommandLine,
}

impl Role {
    /// `name|user|command`.
    fn worker(line: &str) -> Self {
        let mut parts = line.splitn(3, '|');
        let mut part = || parts.next().unwrap_or_default();
        Self { memory_bytes: None, name: part().into(), user: part().into(), command: part().into() }
    }

    /// The same after its memory in MiB.
    fn resident(line: &str) -> Self {
        let (mib, rest) = line.split_once('|').unwrap_or(("", line));
        Self { memory_bytes: mib.parse().ok().map(|mib: u64| mib << 20), ..Self::worker(rest) }
    }
}

impl Table {
    pub(super) fn new(recording: &Recording, description: &Description, booted_at_ms: u64) -> Self {
        let pairs = (f64::from(description.cores) / recording.cores.len().max(1) as f64).max(1.0);
        let copies = (pairs as u32).min(COPIES);
        Self {
            residents: cast(&description.processes).map(Role::resident).collect(),
            workers: description.workers.iter().map(|line| Role::worker(line)).collect(),
            copies,
            cpu: description.cpu * pairs / f64::from(copies),
            booted_at_ms,
        }
    }

    /// All processes at `wall_ms`, sorted by PID.
    pub(super) fn at(&self, recording: &Recording, schedule: &Schedule, wall_ms: u64) -> ProcessTable {
        let now = schedule.at(wall_ms);
        let residents = self.residents.iter().enumerate().map(|(at, role)| {
            // The first one starts all others, and rests.
            let slot = at.checked_sub(1).and_then(|at| recording.residents.get(at));
            let (pid, started_at_ms) = self.resident_key(at);
            let parent = (at > 0).then_some(self.resident_key(0).0);
            self.process((pid, started_at_ms), parent, role, slot, now, 1.0)
        });
        let mut processes: Vec<Process> = residents.collect();
        let mut taken = BTreeSet::new();
        for copy in 0..self.copies {
            let then = wall_ms.saturating_sub(u64::from(copy) * CORE_LAG_MS);
            for (at, (slot, role)) in recording.guests.iter().zip(self.workers.iter().cycle()).enumerate() {
                let moment = schedule.at(then);
                let Some(key) = guest_key(slot, (copy, at), moment, then) else { continue };
                if taken.insert(key.0) {
                    let parent = Some(self.resident_key(1).0);
                    processes.push(self.process(key, parent, role, Some(slot), moment, self.cpu));
                }
            }
        }
        processes.sort_unstable_by_key(Process::key);
        ProcessTable { sampled_at_ms: wall_ms, processes }
    }

    /// How many processes and threads there are at `wall_ms`, without making the table.
    pub(super) fn counts(&self, recording: &Recording, schedule: &Schedule, wall_ms: u64) -> (f64, f64) {
        let now = schedule.at(wall_ms);
        let residents = recording.residents.iter().take(self.residents.len());
        let mut threads: f64 = residents.map(|slot| now.of(&slot.threads).max(1.0)).sum();
        let mut processes = self.residents.len() as f64;
        for copy in 0..self.copies {
            let then = schedule.at(wall_ms.saturating_sub(u64::from(copy) * CORE_LAG_MS));
            for slot in recording.guests.iter().filter(|slot| slot.holder.at(then.second) > 0.0) {
                processes += 1.0;
                threads += then.of(&slot.threads).max(1.0);
            }
        }
        (processes, threads)
    }

    fn resident_key(&self, at: usize) -> ProcessKey {
        let pid = if at == 0 { 1 } else { 300 + at as u32 * 41 };
        (pid, self.booted_at_ms + at as u64 * 700)
    }

    fn process(
        &self,
        (pid, started_at_ms): ProcessKey,
        parent_pid: Option<u32>,
        role: &Role,
        slot: Option<&Slot>,
        now: Moment,
        cpu: f64,
    ) -> Process {
        let of =
            |column: fn(&Slot) -> &super::recording::Column| slot.map_or(0.0, |slot| now.of(column(slot)));
        let cpu_ratio = of(|slot| &slot.cpu) * cpu;
        Process {
            pid,
            started_at_ms,
            parent_pid,
            name: Arc::clone(&role.name),
            state: if cpu_ratio > RUNNING { ProcessState::Running } else { ProcessState::Sleeping },
            cpu_ratio: Unit::Ratio.round(cpu_ratio),
            memory_bytes: role.memory_bytes.unwrap_or_else(|| of(|slot| &slot.memory) as u64),
            read_bytes_per_s: Unit::BytesPerS.round(of(|slot| &slot.read)),
            write_bytes_per_s: Unit::BytesPerS.round(of(|slot| &slot.write)),
            threads: (of(|slot| &slot.threads) as u32).max(1),
            user: Arc::clone(&role.user),
            command: role.command.clone(),
        }
    }
}

/// Names who holds a slot at a moment, for as long as it holds it and in no other part; `None` while nobody does.
fn guest_key(slot: &Slot, place: (u32, usize), now: Moment, wall_ms: u64) -> Option<ProcessKey> {
    let holder = slot.holder.at(now.second);
    if holder == 0.0 {
        return None;
    }
    let held =
        |back: usize| now.second.checked_sub(back).is_some_and(|second| slot.holder.at(second) == holder);
    let since = (1..=now.since).take_while(|back| held(*back)).count() as u64;
    let started_at_ms = (wall_ms / 1000 - since.min(wall_ms / 1000)) * 1000;
    let who =
        now.part.wrapping_mul(7919) + u64::from(place.0) * 1031 + place.1 as u64 * 127 + holder as u64 * 17;
    Some(((FIRST_GUEST_PID + who % GUEST_PIDS) as u32, started_at_ms))
}

/// What is asked of one process; of one that is not in the table only that it is gone.
pub(super) fn detail(key: ProcessKey, table: Option<&ProcessTable>, now_ms: u64) -> ProcessDetail {
    let found = table.and_then(|table| table.processes.iter().find(|process| process.key() == key));
    let executable = found.and_then(|process| process.command.shown(Commands::Programs));
    let executable = executable.filter(|path| !path.is_empty());
    ProcessDetail {
        pid: key.0,
        started_at_ms: key.1,
        sampled_at_ms: now_ms,
        gone: found.is_none(),
        open_files: found.map(|process| 8 + process.pid % 40),
        open_files_limit: found.map(|_| 1024),
        nice: found.map(|_| 0),
        cpu_time_ms: found
            .map(|process| (now_ms.saturating_sub(key.1) as f64 * process.cpu_ratio.unwrap_or(0.0)) as u64),
        cgroup: None,
        executable: executable.map(str::to_owned),
        working_directory: found.map(|_| "/".to_owned()),
        virtual_bytes: found.map(|process| process.memory_bytes * 4),
        swap_bytes: found.map(|_| 0),
    }
}
