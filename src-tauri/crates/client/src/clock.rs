//! The wall clock, for stored dates. Timers use tokio's own clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Unix milliseconds. A clock before 1970 counts as 1970.
#[expect(clippy::disallowed_methods, reason = "the one place of this crate that asks the time")]
pub(crate) fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
