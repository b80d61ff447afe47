//! `find`: what of this machine matches a query. It searches the last tick, and never causes a read.
//!
//! The language is [`wire::query`]. A query is evaluated on three kinds of things: the machine itself (its name, its CPU,
//! the used share of its memory, …), its processes, and, where it compares `disk`, its filesystems. Processes and
//! filesystems are listed for what is true of them: a query that is true of the machine itself finds the machine alone.
//!
//! In reading order: [`machine`] (the machine and its filesystems as a query sees them) → [`seen`] (what a viewer may see
//! of a process; no more can be searched).

mod machine;
mod seen;

use std::cmp::Reverse;

use wire::fleet::{FindQuery, Findings};
use wire::limits::FINDINGS;
use wire::message::{ErrorBody, FullestDisk};
use wire::query::{Context, Field, Query, QueryError, QueryProblem};
use wire::{Commands, ErrorCode};

use self::machine::{Disk, Machine, Surroundings};
use self::seen::Seen;
use crate::tick::{Tick, short_mount};

/// What of the machine matches, at `tick`.
///
/// # Errors
/// `badParams` for a query that cannot be read; `forbidden` where it asks for what `commands` does not show. What and where
/// is in [`ErrorBody::query`].
pub(crate) fn find(
    tick: &Tick,
    commands: Commands,
    asked: &FindQuery,
    now_ms: u64,
) -> Result<Findings, ErrorBody> {
    let query = read(&asked.query, commands)?;
    let table = tick.snapshot.processes.as_deref();
    let machine = Machine {
        name: &tick.machine.name,
        os: &tick.machine.os,
        family: &tick.machine.family,
        memory_total_bytes: tick.machine.memory_total_bytes,
        sampled_at_ms: table.map_or(tick.snapshot.sampled_at_ms, |table| table.sampled_at_ms),
        figures: tick.figures(),
    };
    let mut findings = Findings {
        machine: query.holds(&machine),
        table_age_ms: table.map(|table| now_ms.saturating_sub(table.sampled_at_ms)),
        ..Findings::default()
    };
    if query.compares(Field::Disk) {
        findings.disks = disks(tick, &machine, &query);
    }
    if let Some(table) = table {
        let around = Surroundings(&machine);
        let processes = table.processes.iter().map(|process| Seen::of(process, commands, &machine));
        let mut found: Vec<Seen<'_>> =
            processes.filter(|process| query.holds_beyond(process, &around)).collect();
        found.sort_unstable_by(|a, b| a.heaviest_first(b));
        let named = asked.limit.min(FINDINGS).min(found.len());
        findings.more = u32::try_from(found.len() - named).unwrap_or(u32::MAX);
        findings.processes = found.into_iter().take(named).map(Seen::found).collect();
    }
    Ok(findings)
}

fn read(text: &str, commands: Commands) -> Result<Query, ErrorBody> {
    let end = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    let whole = |problem| QueryError { problem, from: 0, to: end, unfinished: false };
    let query = Query::read(text, Context::Find).map_err(|error| refused(ErrorCode::BadParams, error))?;
    if query.is_empty() {
        return Err(refused(ErrorCode::BadParams, whole(QueryProblem::Empty)));
    }
    let hidden = [Field::User, Field::Command].into_iter().find(|field| query.compares(*field));
    match hidden.filter(|_| commands == Commands::Hidden) {
        Some(field) => Err(refused(ErrorCode::Forbidden, whole(QueryProblem::Hidden { field }))),
        None => Ok(query),
    }
}

fn refused(code: ErrorCode, error: QueryError) -> ErrorBody {
    ErrorBody { query: Some(Box::new(error.clone())), ..ErrorBody::new(code, error.to_string()) }
}

/// Filesystems that match, fullest first.
fn disks(tick: &Tick, machine: &Machine<'_>, query: &Query) -> Vec<FullestDisk> {
    let filesystems = tick.snapshot.facts.filesystems.iter().zip(&machine.figures.filesystems);
    let mut found: Vec<FullestDisk> = filesystems
        .map(|(filesystem, used_ratio)| Disk { mount: &filesystem.mount, used_ratio: *used_ratio, machine })
        .filter(|disk| query.holds_beyond(disk, machine))
        .map(|disk| FullestDisk { mount: short_mount(disk.mount), used_ratio: disk.used_ratio })
        .collect();
    // Ratios have four decimals: whole ten thousandths can be sorted.
    found.sort_by_key(|disk| Reverse(disk.used_ratio.map(|ratio| (ratio * 1e4) as u64)));
    found.truncate(FINDINGS);
    found
}

#[cfg(test)]
mod tests;
