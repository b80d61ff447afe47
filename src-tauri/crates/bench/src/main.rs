//! `cargo xtask bench`: what Sightline costs. Linux only: it reads `/proc`.
//!
//! Four tables: [`footprint`] (CPU and memory, beside the tools people know), [`door`] (many viewers, and how soon
//! they see), [`fleet`] (many machines in one window) and [`redaction`] (command lines). For the first: [`subjects`] (what is measured and how it is
//! started), [`screen`] (a window without a monitor), [`client`] (who watches meanwhile), [`tree`] (what a process
//! costs). For the others: [`table`]. For all: [`building`], [`spawn`], [`crowd`], [`leash`], [`machine`], [`figures`].
//!
//! A crate of its own, so that the chores, which come first in every build, do not wait for it.

// A terminal program: printing is what it is for.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod building;
mod client;
mod crowd;
#[cfg(target_os = "linux")]
mod door;
mod figures;
#[cfg(target_os = "linux")]
mod fleet;
mod footprint;
mod leash;
mod machine;
#[cfg(target_os = "linux")]
mod redaction;
mod screen;
mod selection;
mod spawn;
mod subjects;
#[cfg(target_os = "linux")]
mod table;
mod tree;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Measure what Sightline costs.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// CPU and memory of agent and window, and of the peers that are installed, as a table.
    Footprint(footprint::Footprint),
    /// What viewers cost and how soon they see, as a table of targets and verdicts.
    #[cfg(target_os = "linux")]
    Door(door::Options),
    /// What it costs to watch many machines, and how soon they are seen, as a table of targets and verdicts.
    #[cfg(target_os = "linux")]
    Fleet(fleet::Options),
    /// How long the secrets of a command line take to hide, as a table of targets and verdicts.
    #[cfg(target_os = "linux")]
    Redaction(redaction::Options),
    /// A process of `door`.
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Floor(door::floor::Floor),
    /// A process of `door`.
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    StoppedViewer(door::stopped::StoppedViewer),
    /// What starts every process that must not outlive the bench.
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Leash(leash::Leash),
}

fn main() -> ExitCode {
    let outcome = match Bench::parse().what {
        What::Footprint(footprint) => footprint.run(),
        #[cfg(target_os = "linux")]
        What::Door(options) => door::run(&options),
        #[cfg(target_os = "linux")]
        What::Fleet(options) => fleet::run(&options),
        #[cfg(target_os = "linux")]
        What::Redaction(options) => redaction::run(&options),
        #[cfg(target_os = "linux")]
        What::Floor(floor) => floor.run(),
        #[cfg(target_os = "linux")]
        What::StoppedViewer(viewer) => viewer.run(),
        #[cfg(target_os = "linux")]
        What::Leash(leash) => leash.run(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}
