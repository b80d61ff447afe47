//! What can be asked of `cargo xtask bench door`. Below the rows, which read it.

use clap::Args;

/// What viewers cost and how soon they see, as a table of targets and verdicts.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Ticks a figure is taken over; those of cost are shared among the runs.
    #[arg(long, default_value_t = 300)]
    pub(super) ticks: usize,
    /// Runs of the rows of cost, of the stopped viewer and of the restart.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) runs: u16,
    /// Measure what was built before.
    #[arg(long)]
    pub(super) no_build: bool,
    /// Only the rows whose names contain this: `1000 viewers`, `8000 viewers`, `delivered`, `painted`, `stopped`,
    /// `blocked`, `reconnecting`, `bytes`.
    #[arg(long)]
    pub(super) only: Option<String>,
}

impl Options {
    /// Whether the row of this name is asked for.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// How often the rows that are repeated are run.
    pub(super) fn runs(&self) -> usize {
        self.runs.into()
    }
}
