//! How many messages a viewer may send: a token bucket. Past it the server reads slower, so that the limit delays a
//! viewer and never disconnects it.

use std::time::Duration;

use tokio::time::Instant;
use wire::limits::{MESSAGE_BURST, MESSAGES_PER_S};

/// One viewer's bucket.
#[derive(Debug)]
pub(crate) struct RateLimit {
    /// When the bucket will be full again. Each message moves it on by one message's share of a second.
    full_at: Instant,
}

impl RateLimit {
    pub(crate) fn new(now: Instant) -> Self {
        Self { full_at: now }
    }

    /// Counts one message; the moment from which the next one may be read.
    pub(crate) fn count(&mut self, now: Instant) -> Instant {
        let share = Duration::from_secs(1) / MESSAGES_PER_S;
        self.full_at = self.full_at.max(now) + share;
        self.full_at.checked_sub(share * MESSAGE_BURST).unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_what_follows_is_paced() {
        let start = Instant::now();
        let mut limit = RateLimit::new(start);
        for _ in 0..MESSAGE_BURST {
            assert_eq!(limit.count(start), start);
        }
        let wait = limit.count(start) - start;
        assert_eq!(wait, Duration::from_secs(1) / MESSAGES_PER_S);
        let later = start + Duration::from_secs(60);
        assert_eq!(limit.count(later), later, "the bucket refills");
    }
}
