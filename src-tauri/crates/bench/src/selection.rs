//! Which rows of a bench are measured, and whether the programs are built before: options that all of them have.

use clap::Args;

/// See the module.
#[derive(Debug, Args)]
pub(crate) struct Selection {
    /// Measure what was built before.
    #[arg(long)]
    pub(crate) no_build: bool,
    /// Only the rows whose names contain this.
    #[arg(long)]
    only: Option<String>,
}

impl Selection {
    /// Whether the row of this name is asked for.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }
}
