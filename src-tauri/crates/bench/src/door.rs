//! `cargo xtask bench door`: what the network door costs, and how fast it is, as one table of targets and verdicts.
//!
//! The rows: [`many`] (CPU and memory of many viewers against a [`floor`]), [`delivery`] and [`painted`] (from
//! publishing to the viewer), [`stall`] (one viewer stops), [`blocked`] (the disk hangs), [`storm`] (all come back at once), [`sizes`] (bytes).
//! What they stand on: [`agent`] (what is measured), [`load`] (many [`viewer`]s in one thread, who take [`frames`]
//! apart and read their [`heading`]), [`ticks`], [`spread`], [`cost`], [`socket`], [`moment`].

mod agent;
mod backoff;
mod blocked;
mod cost;
mod delivery;
pub(crate) mod floor;
mod frames;
mod heading;
mod load;
mod many;
mod moment;
mod painted;
mod sizes;
mod socket;
mod spread;
mod stall;
pub(crate) mod stopped;
mod storm;
mod ticks;
mod viewer;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;

use super::{building, machine};
use many::Targets;

/// What viewers cost and how soon they see, as a table of targets and verdicts.
#[derive(Debug, Args)]
pub(crate) struct Door {
    /// Ticks a figure is taken over; those of cost are shared among the runs.
    #[arg(long, default_value_t = 300)]
    ticks: usize,
    /// Runs of the rows of cost, of the stopped viewer and of the restart.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Measure what was built before.
    #[arg(long)]
    no_build: bool,
    /// Only the rows whose names contain this: `1000 viewers`, `8000 viewers`, `delivered`, `painted`, `stopped`,
    /// `blocked`, `reconnecting`, `bytes`.
    #[arg(long)]
    only: Option<String>,
}

/// A line of the table.
#[derive(Debug)]
pub(crate) struct Line {
    what: String,
    measured: String,
    target: String,
    verdict: &'static str,
}

impl Line {
    /// One with a target, which `kept` says is kept.
    pub(crate) fn judged(what: String, measured: String, target: String, kept: bool) -> Self {
        let verdict = if kept { "kept" } else { "**missed**" };
        Self { what, measured, target, verdict }
    }

    /// One that may have a target, with whether it is kept.
    pub(crate) fn judged_where(what: String, measured: String, target: Option<(String, bool)>) -> Self {
        match target {
            Some((target, kept)) => Self::judged(what, measured, target, kept),
            None => Self { what, measured, target: String::new(), verdict: "" },
        }
    }

    /// One that has no figure, and why.
    pub(crate) fn unmeasured(what: String, why: impl std::fmt::Display) -> Self {
        Self { what, measured: format!("– not measured: {why}"), target: String::new(), verdict: "–" }
    }
}

impl std::fmt::Display for Line {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { what, measured, target, verdict } = self;
        // What others said may hold what ends a cell.
        write!(out, "| {what} | {} | {target} | {verdict} |", measured.replace('|', "/").replace('\n', " "))
    }
}

/// Rows that are measured together, and how.
type Row = (&'static str, fn(&Door) -> Result<Vec<Line>>);

const ROWS: [Row; 8] = [
    ("1000 viewers", |door| {
        many::lines(door, 1000, Targets { floors: 1.5, memory_bytes: Some(12_000.0), jitter_ms: None })
    }),
    ("8000 viewers", |door| {
        many::lines(door, 8000, Targets { floors: 1.6, memory_bytes: None, jitter_ms: Some(50.0) })
    }),
    ("delivered", delivery::lines),
    ("painted", painted::lines),
    ("stopped", stall::lines),
    ("blocked", blocked::lines),
    ("reconnecting", storm::lines),
    ("bytes", sizes::lines),
];

impl Door {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let rows: Vec<Row> = ROWS.into_iter().filter(|(name, _)| self.wants(name)).collect();
        if rows.is_empty() {
            bail!("no row is called so; there are: {}", ROWS.map(|(name, _)| name).join(", "));
        }
        if !self.no_build {
            building::agent()?;
        }
        println!("{}", machine::told([("chromium", "--version")])?);
        println!(
            "\n{} ticks of 1 s, {} runs. CPU: nanoseconds of all threads (schedstat); a ratio is the median of its \
             runs, each beside its own floor. Memory: PSS. Times: the machine's realtime clock. Bytes a frame: its \
             payload.\n",
            self.ticks, self.runs
        );
        print_table(&rows, |lines| lines(&self));
        Ok(ExitCode::SUCCESS)
    }

    fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    fn runs(&self) -> usize {
        self.runs.into()
    }
}

/// Measures row after row, and prints the table of them; a row that fails says why in its place.
pub(crate) fn print_table<M>(rows: &[(&str, M)], measure: impl Fn(&M) -> Result<Vec<Line>>) {
    println!("| | measured | target | verdict |");
    println!("|---|---|---|---|");
    for (name, row) in rows {
        match measure(row) {
            Ok(lines) => lines.iter().for_each(|line| println!("{line}")),
            Err(error) => println!("{}", Line::unmeasured((*name).to_owned(), format!("{error:#}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_cells_and_says_what_it_is() {
        let line = Line::judged("CPU".to_owned(), "2 ms".to_owned(), "≤ 1 ms".to_owned(), false);
        assert_eq!(line.to_string(), "| CPU | 2 ms | ≤ 1 ms | **missed** |");
        let free = Line::judged_where("jitter".to_owned(), "3 ms".to_owned(), None);
        assert_eq!(free.to_string(), "| jitter | 3 ms |  |  |");
        let unmeasured = Line::unmeasured("bytes".to_owned(), "a|b\nc");
        assert_eq!(unmeasured.to_string(), "| bytes | – not measured: a/b c |  | – |");
    }
}
