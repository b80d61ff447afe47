//! The only module that reads the time. All others are given it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sampling::Now;

/// Where the wall clock went this much further than the monotonic one, which stops while the machine sleeps, it slept, or
/// somebody set the clock. A session that is closed without need connects again; a shorter sleep needs no close.
const SHORTEST_SLEEP: Duration = Duration::from_secs(10);

/// Wall clock, Unix milliseconds. A clock before 1970 counts as 1970.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the place the lint points to")]
pub fn unix_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Both clocks, read together once a tick.
#[derive(Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock whose monotonic time starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { origin: Instant::now() }
    }

    /// Wall and monotonic time of this moment.
    #[must_use]
    pub fn now(&self) -> Now {
        Now { wall_ms: unix_ms(), monotonic: self.origin.elapsed() }
    }

    /// The moment that is `monotonic` after the origin, for waiting.
    #[must_use]
    pub fn until(&self, monotonic: Duration) -> Duration {
        monotonic.saturating_sub(self.origin.elapsed())
    }
}

/// Whether the machine slept between two ticks, as far as its clocks can tell: where the clock of the ticks goes on
/// during sleep, as on Windows, they cannot.
pub(crate) fn slept(before: Now, now: Now) -> bool {
    let wall = Duration::from_millis(now.wall_ms.saturating_sub(before.wall_ms));
    wall.saturating_sub(now.monotonic.saturating_sub(before.monotonic)) >= SHORTEST_SLEEP
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_told_from_late_ticks_and_small_corrections() {
        let at = |wall_ms, seconds| Now { wall_ms, monotonic: Duration::from_secs(seconds) };
        assert!(!slept(at(1_000, 1), at(2_000, 2)));
        assert!(!slept(at(1_000, 1), at(61_000, 61)), "a tick that is late by a minute");
        assert!(!slept(at(1_000, 1), at(6_000, 2)), "a clock that was corrected by 4 s");
        assert!(!slept(at(100_000, 1), at(1_000, 2)), "a clock that was set back");
        assert!(slept(at(1_000, 1), at(61_000, 2)), "a minute of which one second was lived");
    }
}
