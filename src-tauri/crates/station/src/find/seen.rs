//! What a viewer may see of a process. The search knows no other process than this one: what a scope hides is not
//! here, so that it cannot be found out by looking for parts of it.

use std::cmp::Ordering;

use wire::fleet::FoundProcess;
use wire::{Process, Scope};

use super::query::Term;

/// A process, as far as the viewer's scope goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pid: u32,
    started_at_ms: u64,
    name: &'a str,
    cpu_ratio: Option<f64>,
    memory_bytes: u64,
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
    /// `process` as `scope` sees it.
    pub(super) fn of(process: &'a Process, scope: Scope) -> Self {
        Self {
            pid: process.pid,
            started_at_ms: process.started_at_ms,
            name: &process.name,
            cpu_ratio: process.cpu_ratio,
            memory_bytes: process.memory_bytes,
            more: (scope >= Scope::Processes)
                .then(|| More { user: &process.user, command: &process.command }),
        }
    }

    /// Whether `term` holds of it, on a machine with `total_bytes` of memory.
    pub(super) fn holds(&self, term: &Term, total_bytes: u64) -> bool {
        match term {
            Term::Word(word) => {
                word.is_in(self.name) || self.more.is_some_and(|more| word.is_in(more.command))
            }
            Term::Name(name) => name.is_in(self.name),
            Term::Cpu(cpu) => cpu.holds(self.cpu_ratio, 1.0),
            Term::Memory(memory) => memory.holds(Some(self.memory_bytes as f64), total_bytes as f64),
            Term::User(user) => self.more.is_some_and(|more| user.is_in(more.user)),
            Term::Pid(pid) => pid.holds(Some(self.pid.into()), 1.0),
            Term::Host(_) => true,
            Term::Disk(_) => false,
        }
    }

    /// Most CPU first, then most memory, then by id.
    pub(super) fn heaviest_first(&self, other: &Self) -> Ordering {
        let cpu = |seen: &Self| seen.cpu_ratio.unwrap_or(0.0);
        (cpu(other).total_cmp(&cpu(self)))
            .then_with(|| other.memory_bytes.cmp(&self.memory_bytes))
            .then_with(|| self.pid.cmp(&other.pid))
    }

    /// As it travels.
    pub(super) fn found(self) -> FoundProcess {
        FoundProcess {
            pid: self.pid,
            started_at_ms: self.started_at_ms,
            name: self.name.to_owned(),
            user: self.more.map(|more| more.user.to_owned()),
            cpu_ratio: self.cpu_ratio,
            memory_bytes: self.memory_bytes,
        }
    }
}
