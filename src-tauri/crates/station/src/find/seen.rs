//! What a viewer may see of a process. The search knows no other process than this one: what a scope hides is not
//! here, so that it cannot be found out by searching for parts of it.

use std::cmp::Ordering;

use wire::fleet::FoundProcess;
use wire::query::{Field, Measure, Subject};
use wire::{Commands, Process, ProcessState};

use super::machine::Machine;

/// A process, as far as the viewer's scope goes, on its machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    process: &'a Process,
    machine: &'a Machine<'a>,
    /// `None` below scope `processes`.
    more: Option<More<'a>>,
}

/// What scope `processes` adds.
#[derive(Debug, Clone, Copy)]
struct More<'a> {
    user: &'a str,
    command: &'a str,
}

impl<'a> Seen<'a> {
    /// `process` as those see it who are shown `commands`.
    pub(super) fn of(process: &'a Process, commands: Commands, machine: &'a Machine<'a>) -> Self {
        let more = process.command.shown(commands).map(|command| More { user: &process.user, command });
        Self { process, machine, more }
    }

    /// Most CPU first, then most memory, then by id.
    pub(super) fn heaviest_first(&self, other: &Self) -> Ordering {
        let cpu = |seen: &Self| seen.process.cpu_ratio.unwrap_or(0.0);
        (cpu(other).total_cmp(&cpu(self)))
            .then_with(|| other.process.memory_bytes.cmp(&self.process.memory_bytes))
            .then_with(|| self.process.pid.cmp(&other.process.pid))
    }

    /// As it is sent.
    pub(super) fn found(self) -> FoundProcess {
        FoundProcess {
            pid: self.process.pid,
            started_at_ms: self.process.started_at_ms,
            name: self.process.name.as_ref().to_owned(),
            user: self.more.map(|more| more.user.to_owned()),
            cpu_ratio: self.process.cpu_ratio,
            memory_bytes: self.process.memory_bytes,
        }
    }
}

impl Subject for Seen<'_> {
    fn number(&self, measure: Measure) -> Option<f64> {
        let Process { read_bytes_per_s, write_bytes_per_s, .. } = *self.process;
        let bytes = self.process.memory_bytes as f64;
        match measure {
            Measure::CpuRatio => self.process.cpu_ratio,
            Measure::MemoryBytes => Some(bytes),
            Measure::MemoryRatio => {
                let total = self.machine.memory_total_bytes;
                (total > 0).then(|| bytes / total as f64)
            }
            Measure::ReadBytesPerS => read_bytes_per_s,
            Measure::WriteBytesPerS => write_bytes_per_s,
            Measure::IoBytesPerS => match (read_bytes_per_s, write_bytes_per_s) {
                (None, None) => None,
                (read, write) => Some(read.unwrap_or(0.0) + write.unwrap_or(0.0)),
            },
            Measure::AgeMs => {
                Some(self.machine.sampled_at_ms.saturating_sub(self.process.started_at_ms) as f64)
            }
            Measure::Pid => Some(self.process.pid.into()),
            Measure::ParentPid => self.process.parent_pid.map(f64::from),
            Measure::Threads => Some(self.process.threads.into()),
            Measure::DiskRatio | Measure::NetBytesPerS | Measure::TemperatureCelsius => None,
        }
    }

    fn any_text(&self, field: Field, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        match field {
            Field::Name => Some(test(&self.process.name)),
            Field::State => Some(test(state(self.process.state))),
            Field::User => self.more.map(|more| test(more.user)),
            Field::Command => self.more.map(|more| test(more.command)),
            other => self.machine.any_text(other, test),
        }
    }

    fn any_word(&self, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        let more = || self.more.is_some_and(|more| test(more.command) || test(more.user));
        Some(test(&self.process.name) || more())
    }
}

/// The word for a state.
fn state(state: ProcessState) -> &'static str {
    match state {
        ProcessState::Running => "running",
        ProcessState::Sleeping => "sleeping",
        ProcessState::Blocked => "blocked",
        ProcessState::Stopped => "stopped",
        ProcessState::Zombie => "zombie",
        ProcessState::Idle => "idle",
        ProcessState::Unknown => "unknown",
    }
}
