//! `cargo xtask bench`: what Sightline costs, beside the tools people know.

pub(crate) mod tree;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

/// Measure what Sightline costs.
#[derive(Debug, Args)]
pub(crate) struct Bench {}

impl Bench {
    pub(crate) fn run(self) -> Result<ExitCode> {
        Ok(ExitCode::SUCCESS)
    }
}
