//! How fast a machine is listened to: one that floods costs its viewer no more than [`SERVER_MESSAGES_PER_S`]. What it
//! sends beyond that waits in the network, and in the end with itself.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use wire::limits::{CLIENT_MESSAGE_BYTES, SERVER_MESSAGE_BURST, SERVER_MESSAGES_PER_S};

/// One message at the permitted rate.
const EACH: Duration = Duration::from_secs(1).checked_div(SERVER_MESSAGES_PER_S).expect("a rate is not 0");

/// The messages of one session so far.
#[derive(Debug)]
pub(super) struct Pace {
    /// When all of them would have come, at the permitted rate.
    due: Instant,
}

impl Pace {
    pub(super) fn new() -> Self {
        Self { due: Instant::now() }
    }

    /// Until the next message may be read. Can be dropped and called again.
    pub(super) async fn wait(&self) {
        // Without a burst to pay for there is nothing to wait for, and no timer is set.
        if let Some(until) = self.due.checked_sub(EACH * SERVER_MESSAGE_BURST)
            && until > Instant::now()
        {
            sleep_until(until).await;
        }
    }

    /// A message of `bytes` has come.
    pub(super) fn count(&mut self, now: Instant, bytes: usize) {
        let messages = bytes.div_ceil(CLIENT_MESSAGE_BYTES).max(1) as u32;
        self.due = self.due.max(now) + EACH * messages;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_read_at_the_permitted_rate_and_what_comes_as_it_should_at_once() {
        let begun = Instant::now();
        let mut pace = Pace::new();
        let mut read = 0;
        while begun.elapsed() < Duration::from_secs(10) {
            pace.wait().await;
            pace.count(Instant::now(), 300);
            read += 1;
        }
        let most = SERVER_MESSAGE_BURST + 10 * SERVER_MESSAGES_PER_S;
        assert!((most..=most + 2).contains(&read), "{read}");

        let mut pace = Pace::new();
        for _ in 0..100 {
            let asked = Instant::now();
            pace.wait().await;
            assert_eq!(asked, Instant::now(), "nothing to wait for");
            // A process table each second.
            pace.count(asked, 20 * CLIENT_MESSAGE_BYTES);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn long_messages_count_for_more() {
        let begun = Instant::now();
        let mut pace = Pace::new();
        for _ in 0..40 {
            pace.wait().await;
            pace.count(Instant::now(), 4 * 1024 * 1024);
        }
        assert!(begun.elapsed() > Duration::from_secs(20), "{:?}", begun.elapsed());
    }
}
