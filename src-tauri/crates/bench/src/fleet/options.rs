//! What can be asked of `cargo xtask bench fleet`. Below the rows, which read it.

use clap::Args;

use crate::selection::Selection;

/// What it costs to watch many machines, and how soon they are seen, as a table of targets and verdicts.
#[derive(Debug, Args)]
#[command(after_help = "Rows: 12 machines, 200 machines, find, back, add")]
pub(crate) struct Options {
    /// Seconds of one run of cost.
    #[arg(long, default_value_t = 30)]
    pub(super) seconds: u64,
    /// Runs of the rows of cost; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) runs: u16,
    /// How often is searched, and how often a machine goes away and comes back.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) times: u16,
    #[command(flatten)]
    pub(super) selection: Selection,
}
