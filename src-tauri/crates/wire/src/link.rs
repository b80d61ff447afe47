//! Times and counts of a client's link to a machine. The client in the page and the client in Rust use the same ones.

use std::time::Duration;

use crate::constants::constants;

constants! {
    /// Longest that the first pause before another try may be; the real one is random, from 0 to this. Each further
    /// one may be twice as long.
    pub const BACKOFF_FIRST: Duration = Duration::from_millis(500);
    /// Longest that any pause may be.
    pub const BACKOFF_LONGEST: Duration = Duration::from_secs(30);
    /// A session that lasted this long makes the next pause the first one again.
    pub const BACKOFF_RESET_AFTER: Duration = Duration::from_secs(60);
    /// A link that heard nothing for this many intervals of its fastest subscription sends a ping.
    pub const MISSED_INTERVALS: u32 = 3;
    /// Time for the answer to that ping; then the link is lost.
    pub const PONG_WITHIN: Duration = Duration::from_secs(5);
    /// Upgrades that may fail in a row, while the machine answers HTTP, before it is polled instead.
    pub const FAILED_UPGRADES: u32 = 3;
    /// Time between two polls of a machine that cannot be reached by WebSocket.
    pub const POLL_EVERY: Duration = Duration::from_secs(5);
    /// Data older than this is shown as stale.
    pub const STALE_AFTER: Duration = Duration::from_secs(30);
}
