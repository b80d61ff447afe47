//! `cargo xtask bench`: builds the crate `bench` and becomes it. What it measures and which words it takes is told there.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;

use crate::place;

/// Measure what Sightline costs.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Bench {
    /// Handed on as they are; `--help` tells them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<OsString>,
}

impl Bench {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let status = place::cargo()
            .args(["run", "--quiet", "--package", "sightline-bench", "--"])
            .args(self.arguments)
            .status()
            .context("starting the bench")?;
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
