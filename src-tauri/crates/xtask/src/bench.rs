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
        // The one that measures code of ours in itself has to hold it as it ships.
        let in_itself = self.arguments.first().is_some_and(|what| what == "redaction");
        let status = place::cargo()
            .args(["run", "--quiet", "--package", "sightline-bench"])
            .args(in_itself.then_some("--release"))
            .arg("--")
            .args(self.arguments)
            .status()
            .context("starting the bench")?;
        Ok(status.code().and_then(|code| u8::try_from(code).ok()).map_or(ExitCode::FAILURE, ExitCode::from))
    }
}
