//! `cargo xtask bench`: what Sightline costs, beside the tools people know. Linux only: it reads `/proc`.
//!
//! In reading order: [`footprint`] (the rows and the table), [`subjects`] (what is measured and how it is started),
//! [`screen`] (a window without a monitor), [`client`] (who watches meanwhile), [`tree`] (what a process costs).

mod client;
mod footprint;
mod screen;
mod subjects;
pub(crate) mod tree;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand};

/// Measure what Sightline costs.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// CPU and memory of agent and window, and of the peers that are installed, as a table.
    Footprint(footprint::Footprint),
}

impl Bench {
    pub(crate) fn run(self) -> Result<ExitCode> {
        match self.what {
            What::Footprint(footprint) => footprint.run(),
        }
    }
}
