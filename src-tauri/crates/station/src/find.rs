//! `find`: what of this machine matches a query. It looks at what the last tick knows, and never causes a read.
//!
//! A query is words and comparisons, and all of them have to hold. Of what? Of a process: its name, CPU, memory, owner
//! and id. Of a filesystem: how full it is, and the rest of the machine it belongs to. Of the machine itself: its name,
//! its CPU and the used share of its memory. `host:` is a condition for all three, and finds the machine alone.
//!
//! In reading order: [`query`] (text to terms, or what is wrong in words) → [`language`] (fields, operators, units) →
//! [`seen`] (what a viewer may see of a process; no more can be searched).

mod language;
mod query;
mod seen;

use std::cmp::Reverse;

use wire::fleet::{FindQuery, Findings};
use wire::limits::FINDINGS;
use wire::message::{ErrorBody, FullestDisk};
use wire::{ErrorCode, Scope};

use self::language::Wanted;
use self::query::{Query, Term};
use self::seen::Seen;
use crate::summary::Figures;
use crate::tick::{Tick, short_mount};

/// What of the machine matches, as `tick` knew it.
///
/// # Errors
/// `badParams` with a sentence for a query that cannot be understood; `forbidden` where it asks for what `scope` does
/// not show.
pub(crate) fn find(tick: &Tick, scope: Scope, asked: &FindQuery, now_ms: u64) -> Result<Findings, ErrorBody> {
    let query = Query::read(&asked.query).map_err(|why| ErrorBody::new(ErrorCode::BadParams, why))?;
    if scope < Scope::Processes && query.terms.iter().any(|term| matches!(term, Term::User(_))) {
        let message = "owners of processes need the scope \"processes\"; this viewer has \"view\"";
        return Err(ErrorBody::new(ErrorCode::Forbidden, message));
    }
    let table = tick.snapshot.processes.as_deref();
    let mut findings = Findings {
        table_age_ms: table.map(|table| now_ms.saturating_sub(table.sampled_at_ms)),
        ..Findings::default()
    };
    let here = |term: &Term| !matches!(term, Term::Host(host) if !host.is_in(&tick.machine.name));
    if !query.terms.iter().all(here) {
        return Ok(findings);
    }
    let machine = Machine { name: &tick.machine.name, figures: tick.figures() };
    findings.machine = query.terms.iter().all(|term| machine.holds(term));
    if query.asks_for_disks() {
        findings.disks = disks(tick, &machine, &query);
    }
    if let Some(table) = table.filter(|_| query.asks_for_processes()) {
        let total = tick.machine.memory_total_bytes;
        let processes = table.processes.iter().map(|process| Seen::of(process, scope));
        let mut found: Vec<Seen<'_>> =
            processes.filter(|seen| query.terms.iter().all(|term| seen.holds(term, total))).collect();
        found.sort_unstable_by(|a, b| a.heaviest_first(b));
        let named = asked.limit.min(FINDINGS).min(found.len());
        findings.more = u32::try_from(found.len() - named).unwrap_or(u32::MAX);
        findings.processes = found.into_iter().take(named).map(Seen::found).collect();
    }
    Ok(findings)
}

/// The machine itself.
struct Machine<'a> {
    name: &'a str,
    figures: Figures,
}

impl Machine<'_> {
    /// Whether `term` holds of the machine as a whole. Bytes do not: nearly every machine uses 2 GB.
    fn holds(&self, term: &Term) -> bool {
        match term {
            Term::Word(word) => word.is_in(self.name),
            Term::Cpu(cpu) => cpu.holds(self.figures.cpu_ratio, 1.0),
            Term::Memory(memory) if memory.is_share() => memory.holds(self.figures.memory_ratio, 1.0),
            Term::Host(_) => true,
            Term::Memory(_) | Term::Name(_) | Term::Disk(_) | Term::User(_) | Term::Pid(_) => false,
        }
    }
}

/// Filesystems that match, fullest first: where a term is not about disks, it has to hold of the machine.
fn disks(tick: &Tick, machine: &Machine<'_>, query: &Query) -> Vec<FullestDisk> {
    let in_mount = |word: &Wanted, mount: &str| word.is_in(mount) || word.is_in(machine.name);
    let filesystems = tick.snapshot.facts.filesystems.iter().zip(&machine.figures.filesystems);
    let mut found: Vec<FullestDisk> = filesystems
        .filter(|(filesystem, used_ratio)| {
            query.terms.iter().all(|term| match term {
                Term::Disk(disk) => disk.holds(**used_ratio, 1.0),
                Term::Word(word) => in_mount(word, &filesystem.mount),
                other => machine.holds(other),
            })
        })
        .map(|(filesystem, used_ratio)| FullestDisk {
            mount: short_mount(&filesystem.mount),
            used_ratio: *used_ratio,
        })
        .collect();
    // Ratios have four decimals: whole ten thousandths can be sorted.
    found.sort_by_key(|disk| Reverse(disk.used_ratio.map(|ratio| (ratio * 1e4) as u64)));
    found.truncate(FINDINGS);
    found
}

#[cfg(test)]
mod tests;
