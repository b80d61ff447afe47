//! The process table.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, System, UpdateKind, Users};
use wire::{CommandLine, FaultReason, Metric, Process, ProcessState, ProcessTable, Unit};

use crate::output::{Collector, Output, Tick};
use crate::rate::{Clock, Counter};
use crate::redact;
use crate::text::clean;

/// One scan of `sysinfo` when the table is wanted. Environments are never asked for.
#[derive(Debug, Default)]
pub(crate) struct Processes {
    system: Option<System>,
    users: Option<Users>,
    known: HashMap<u32, Known>,
    count: Option<usize>,
}

#[derive(Debug)]
struct Known {
    started_at_ms: u64,
    name: Arc<str>,
    user: Arc<str>,
    command: CommandLine,
    cpu_ms: Counter,
    read: Counter,
    written: Counter,
}

impl Processes {
    fn scan(&mut self, tick: &Tick<'_>) -> Option<ProcessTable> {
        if self.users.is_none() || tick.slow {
            self.users = Users::new_with_refreshed_list().ok();
        }
        if self.system.is_none() {
            self.system = System::new().ok();
        }
        let system = self.system.as_mut()?;
        system.refresh_processes_specifics(ProcessesToUpdate::All, true, refresh_kind());
        let clock = Clock { longest_gap: tick.clock.longest_gap.max(Duration::from_secs(60)), ..tick.clock };
        let mut known = HashMap::with_capacity(self.known.len());
        let mut processes = Vec::with_capacity(self.known.len());
        for process in system.processes().values() {
            let (pid, started_at_ms) = (process.pid().as_u32(), process.start_time() * 1000);
            let before = self.known.remove(&pid).filter(|known| known.started_at_ms == started_at_ms);
            let mut now = before.unwrap_or_else(|| Known::new(process, started_at_ms, self.users.as_ref()));
            let io = process.disk_usage();
            processes.push(Process {
                pid,
                started_at_ms,
                parent_pid: process.parent().map(Pid::as_u32).filter(|parent| *parent != 0),
                name: Arc::clone(&now.name),
                state: state(process.status()),
                cpu_ratio: now
                    .cpu_ms
                    .per_s(process.accumulated_cpu_time(), clock)
                    .and_then(|ms| Unit::Ratio.round(ms / 1000.0)),
                memory_bytes: process.memory(),
                read_bytes_per_s: now
                    .read
                    .per_s(io.total_read_bytes, clock)
                    .and_then(|rate| Unit::BytesPerS.round(rate)),
                write_bytes_per_s: now
                    .written
                    .per_s(io.total_written_bytes, clock)
                    .and_then(|rate| Unit::BytesPerS.round(rate)),
                // `sysinfo` counts no threads on these systems.
                threads: 0,
                user: Arc::clone(&now.user),
                command: now.command.clone(),
            });
            known.insert(pid, now);
        }
        self.known = known;
        self.count = Some(processes.len());
        processes.sort_unstable_by_key(|process| process.pid);
        Some(ProcessTable { sampled_at_ms: tick.now.wall_ms, processes })
    }
}

impl Collector for Processes {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        if tick.wanted.processes {
            match self.scan(tick) {
                Some(table) => *out.processes = Some(Arc::new(table)),
                None => out.faults.put("processes", FaultReason::NOT_ON_THIS_SYSTEM),
            }
        }
        out.readings.put_machine(Metric::Processes, self.count.map(|count| count as f64));
        let own = std::process::id();
        let table = out.processes.as_ref();
        let own = table.and_then(|table| table.processes.iter().find(|process| process.pid == own));
        out.readings.put_machine(Metric::SelfCpu, own.and_then(|own| own.cpu_ratio));
        out.readings.put_machine(Metric::SelfMemory, own.map(|own| own.memory_bytes as f64));
    }
}

impl Known {
    fn new(process: &sysinfo::Process, started_at_ms: u64, users: Option<&Users>) -> Self {
        let user = process.effective_user_id().or_else(|| process.user_id()).map(|uid| {
            let named = users.and_then(|users| users.get_user_by_id(uid));
            named.map_or_else(|| uid.to_string(), |user| clean(user.name().as_bytes()))
        });
        let mut arguments = Vec::new();
        for argument in process.cmd() {
            // One byte more says that there was more.
            if arguments.len() > redact::LONGEST_COMMAND {
                break;
            }
            arguments.extend_from_slice(argument.as_encoded_bytes());
            arguments.push(0);
        }
        let name = clean(process.name().as_encoded_bytes());
        Self {
            started_at_ms,
            user: user.unwrap_or_default().into(),
            command: redact::command_line(&arguments, &name),
            name: name.into(),
            cpu_ms: Counter::default(),
            read: Counter::default(),
            written: Counter::default(),
        }
    }
}

fn refresh_kind() -> ProcessRefreshKind {
    ProcessRefreshKind::nothing()
        .with_cpu()
        .with_memory()
        .with_disk_usage()
        .with_user(UpdateKind::OnlyIfNotSet)
        .with_cmd(UpdateKind::OnlyIfNotSet)
        .without_tasks()
}

fn state(status: ProcessStatus) -> ProcessState {
    match status {
        ProcessStatus::Run => ProcessState::Running,
        ProcessStatus::Sleep => ProcessState::Sleeping,
        ProcessStatus::Idle => ProcessState::Idle,
        ProcessStatus::Stop | ProcessStatus::Tracing => ProcessState::Stopped,
        ProcessStatus::Zombie | ProcessStatus::Dead => ProcessState::Zombie,
        ProcessStatus::UninterruptibleDiskSleep => ProcessState::Blocked,
        _ => ProcessState::Unknown,
    }
}

/// [`crate::process_started_at_ms`].
pub(crate) fn process_started_at_ms(pid: u32) -> Option<u64> {
    let pid = Pid::from_u32(pid);
    let mut system = System::new().ok()?;
    let wanted = ProcessRefreshKind::nothing().without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, wanted);
    Some(system.process(pid)?.start_time() * 1000)
}
