//! `cargo xtask bench door`: what the network door costs, and how fast it is, as one table of targets and verdicts.
//!
//! The rows: [`many`] (CPU and memory of many viewers against a [`floor`]), [`delivery`] and [`painted`] (from
//! publishing to the viewer), [`stall`] (one viewer stops), [`blocked`] (the disk hangs), [`costly`]
//! (some flood), [`storm`] (all come back at once), [`sizes`] (bytes), [`proofs`] (what a proof costs).
//! What they stand on: [`agent`] (what is measured), [`load`] (many [`viewer`]s in one thread, who take [`frames`]
//! apart and read their [`heading`]), [`asking`] (who asks for what costs most), [`ticks`], [`spread`], [`cost`], [`socket`], [`moment`].

mod agent;
mod asking;
mod backoff;
mod blocked;
mod cost;
mod costly;
mod delivery;
pub(crate) mod floor;
mod frames;
mod heading;
mod load;
mod many;
mod moment;
mod options;
mod painted;
mod proofs;
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

use self::many::Targets;
pub(crate) use self::options::Options;
use super::table::{Line, print_table};
use super::{building, machine};

/// Rows that are measured together, and how.
type Row = (&'static str, fn(&Options) -> Result<Vec<Line>>);

const ROWS: [Row; 10] = [
    ("1000 viewers", |options| {
        many::lines(options, 1000, Targets { floors: 1.5, memory_bytes: Some(12_000.0), jitter_ms: None })
    }),
    ("8000 viewers", |options| {
        many::lines(options, 8000, Targets { floors: 1.6, memory_bytes: None, jitter_ms: Some(50.0) })
    }),
    ("delivered", delivery::lines),
    ("painted", painted::lines),
    ("stopped", stall::lines),
    ("blocked", blocked::lines),
    ("costly", costly::lines),
    ("reconnecting", storm::lines),
    ("bytes", sizes::lines),
    ("proof", proofs::lines),
];

/// Measures the rows that are asked for, and prints them.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let rows: Vec<Row> = ROWS.into_iter().filter(|(name, _)| options.selection.wants(name)).collect();
    if rows.is_empty() {
        bail!("no row is called so; there are: {}", ROWS.map(|(name, _)| name).join(", "));
    }
    if !options.selection.no_build {
        building::agent()?;
    }
    println!("{}", machine::told([("chromium", "--version")])?);
    println!(
        "\n{} ticks of 1 s, {} runs. CPU: nanoseconds of all threads (schedstat); a ratio is the median of its \
         runs, each beside its own floor. Memory: PSS. Times: the machine's realtime clock. Bytes a frame: its \
         payload.\n",
        options.ticks, options.runs
    );
    print_table(&rows, |lines| lines(options));
    Ok(ExitCode::SUCCESS)
}
