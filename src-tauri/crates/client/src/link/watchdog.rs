//! Notices that a machine went silent: a link that was cut somewhere in between is not told to either end.

use std::time::Duration;

use tokio::time::Instant;
use wire::link::{MISSED_INTERVALS, PONG_WITHIN};

/// The interval of a session that is told of events only, of which there may be none: the server's own pings come
/// within twice as long.
pub(super) const QUIET: Duration = Duration::from_secs(10);

/// Watches one session.
#[derive(Debug)]
pub(super) struct Watchdog {
    patience: Duration,
    heard: Instant,
    asked: Option<Instant>,
}

/// What is to be done when the watchdog wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bark {
    /// Something came meanwhile.
    Nothing,
    /// The machine is to be asked whether it is there.
    Ask,
    /// It is not.
    Gone,
}

impl Watchdog {
    /// For a session in which something comes each `interval`.
    pub(super) fn new(interval: Duration) -> Self {
        Self { patience: interval * MISSED_INTERVALS, heard: Instant::now(), asked: None }
    }

    /// Something came at `at`.
    pub(super) fn heard(&mut self, at: Instant) {
        if at > self.heard {
            self.heard = at;
            self.asked = None;
        }
    }

    /// Asks at once: there is a reason to doubt the link.
    pub(super) fn doubt(&mut self) {
        if self.asked.is_none() {
            self.heard = Instant::now().checked_sub(self.patience).unwrap_or(self.heard);
        }
    }

    /// When to look next.
    pub(super) fn due(&self) -> Instant {
        self.asked.map_or(self.heard + self.patience, |asked| asked + PONG_WITHIN)
    }

    /// What is to be done now.
    pub(super) fn bark(&mut self) -> Bark {
        let now = Instant::now();
        if now < self.due() {
            return Bark::Nothing;
        }
        if self.asked.is_some() {
            return Bark::Gone;
        }
        self.asked = Some(now);
        Bark::Ask
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, sleep_until};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn three_silent_intervals_are_asked_about_and_five_seconds_later_it_is_gone() {
        let begun = Instant::now();
        let mut watchdog = Watchdog::new(SECOND);
        assert_eq!(watchdog.bark(), Bark::Nothing);
        sleep_until(watchdog.due()).await;
        assert_eq!((begun.elapsed(), watchdog.bark()), (3 * SECOND, Bark::Ask));
        assert_eq!(watchdog.bark(), Bark::Nothing, "it is asked once");
        sleep_until(watchdog.due()).await;
        assert_eq!((begun.elapsed(), watchdog.bark()), (8 * SECOND, Bark::Gone));
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_comes_calms_it() {
        let mut watchdog = Watchdog::new(SECOND);
        for _ in 0..10 {
            advance(2 * SECOND).await;
            watchdog.heard(Instant::now());
            assert_eq!(watchdog.bark(), Bark::Nothing);
        }
        advance(3 * SECOND).await;
        assert_eq!(watchdog.bark(), Bark::Ask);
        advance(4 * SECOND).await;
        watchdog.heard(Instant::now());
        advance(2 * SECOND).await;
        assert_eq!(watchdog.bark(), Bark::Nothing);
        watchdog.heard(Instant::now().checked_sub(SECOND * 5).unwrap());
        advance(SECOND).await;
        assert_eq!(watchdog.bark(), Bark::Ask, "what came before is not news");
    }

    #[tokio::test(start_paused = true)]
    async fn a_doubt_is_asked_about_at_once() {
        let mut watchdog = Watchdog::new(60 * SECOND);
        advance(200 * SECOND).await;
        watchdog.heard(Instant::now());
        watchdog.doubt();
        assert_eq!(watchdog.bark(), Bark::Ask);
        advance(SECOND).await;
        watchdog.doubt();
        assert_eq!(watchdog.bark(), Bark::Nothing, "it was asked already");
        advance(4 * SECOND).await;
        assert_eq!(watchdog.bark(), Bark::Gone);
    }
}
