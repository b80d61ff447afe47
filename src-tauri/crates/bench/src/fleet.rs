//! `cargo xtask bench fleet`: what it costs to watch all of one's machines, and how soon they are seen, as one table of
//! targets and verdicts.
//!
//! The rows: [`cost`] (CPU and memory of the window, and whether it stays smooth), [`find`] (asks all machines at once),
//! [`network`] (a machine comes back; one is added). What they stand on: [`replayed`] (machines that play a recording,
//! in a program of their own, so that they are not measured with the window) and [`page`] (the real window).

mod cost;
mod find;
mod network;
mod options;
mod page;
mod replayed;

use std::process::ExitCode;

use anyhow::{Result, bail};
use xtask::{node, place};

pub(crate) use self::options::Options;
use super::table::{Line, print_table};
use super::{building, machine};

/// Rows that are measured together, and how.
type Row = (&'static str, fn(&Options) -> Result<Vec<Line>>);

const ROWS: [Row; 5] = [
    ("12 machines", cost::twelve),
    ("200 machines", cost::two_hundred),
    ("find", find::lines),
    ("back", network::back),
    ("add", network::add),
];

/// Measures the rows that are asked for, and prints them.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let rows: Vec<Row> = ROWS.into_iter().filter(|(name, _)| options.selection.wants(name)).collect();
    if rows.is_empty() {
        bail!("no row is called so; there are: {}", ROWS.map(|(name, _)| name).join(", "));
    }
    node::require()?;
    if !options.selection.no_build {
        building::agent()?;
        if !building::window() {
            bail!("the window could not be built here");
        }
    }
    for program in ["sightline-agent", "sightline"] {
        let file = place::built("release", program);
        if !file.exists() {
            bail!("{} is not there; run without --no-build", file.display());
        }
    }
    println!("{}", machine::told([("WebKitWebDriver", "--version")])?);
    println!(
        "\nMedians of {} runs of {} s, or of {} times. CPU: user and system time of the window's whole process \
         tree, 100 % is one core; memory: its PSS; drawn by the CPU, 1400 by 900. The machines are replayed by \
         another program, which does not count. Load of this machine before: {}.\n",
        options.runs,
        options.seconds,
        options.times,
        load_average()
    );
    print_table(&rows, |lines| lines(options));
    Ok(ExitCode::SUCCESS)
}

/// What else this machine does, over the last minute: figures taken beside other work say little.
fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_ascii_whitespace().next().unwrap_or("unknown").to_owned()
}
