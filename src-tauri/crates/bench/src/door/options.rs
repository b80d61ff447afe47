//! What can be asked of `cargo xtask bench door`. Below the rows, which read it.

use clap::Args;

use crate::selection::Selection;

/// What viewers cost and how soon they see, as a table of targets and verdicts.
#[derive(Debug, Args)]
#[command(
    after_help = "Rows: 1000 viewers, 8000 viewers, delivered, painted, stopped, blocked, costly, reconnecting, bytes"
)]
pub(crate) struct Options {
    /// Ticks a figure is taken over; those of cost are shared among the runs.
    #[arg(long, default_value_t = 300)]
    pub(super) ticks: usize,
    /// Runs of the rows of cost, of the stopped viewer and of the restart.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) runs: u16,
    #[command(flatten)]
    pub(super) selection: Selection,
}

impl Options {
    /// How often the rows that are repeated are run.
    pub(super) fn runs(&self) -> usize {
        self.runs.into()
    }
}
