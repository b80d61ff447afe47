//! The chores of this repository: `cargo xtask run | test | types | bench`.
//!
//! Nothing here ships. In reading order:
//! - [`place`]: where things are.
//! - [`progress`]: a step, its line on the terminal, its log, and the totals of all steps.
//! - [`install`], [`node`], [`unpacked`]: what a chore needs from the system, from npm and from packages that are
//!   not installed, and how it gets there.
//! - [`python`], [`tools`]: Python environments, and programs that cargo does not bring along.
//! - [`selection`]: which packages cargo builds, so that no step rebuilds what another has built.
//! - [`run`]: from a clone to a window.
//! - [`test`], [`tally`], [`types`], [`gates`], [`circles`]: every check there is, and how its tests are counted.
//! - [`bench`]: hands on to the crate `bench`, which measures what Sightline costs.

// A terminal program: printing is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod circles;
mod gates;
mod install;
mod progress;
mod python;
mod run;
mod tally;
mod test;
mod tools;
mod types;
mod unpacked;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use xtask::{node, place, processes, selection};

/// The chores of Sightline.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Install what is missing, build, and open the window (without a display: run the agent).
    Run(run::Run),
    /// Install what the tests need and run every check; the last line is the totals.
    Test(test::Test),
    /// Write `ui/src/wire/wire.ts` from the Rust types.
    Types,
    /// Measure what Sightline costs.
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().chore {
        Chore::Run(run) => run.run(),
        Chore::Test(test) => test.run(),
        Chore::Types => types::write().map(|()| ExitCode::SUCCESS),
        Chore::Bench(bench) => bench.run(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
