//! The input of a tick: the time, and what is to be read beyond what every tick reads.

use std::time::Duration;

use wire::ProcessKey;

/// The tick's clock, read once by the caller.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    /// Unix milliseconds; may jump.
    pub wall_ms: u64,
    /// Time since any fixed origin; never goes back. All rates are over this.
    pub monotonic: Duration,
}

/// What viewers want beyond what every tick reads.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The process table.
    pub processes: bool,
    /// Single processes, in detail.
    pub details: Vec<ProcessKey>,
}
