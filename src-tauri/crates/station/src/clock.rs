//! The only place that asks the time. Everything else is told it.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use sampling::Now;

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
