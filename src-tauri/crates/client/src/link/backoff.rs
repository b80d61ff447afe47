//! When a machine that was lost is tried again: after a random time that may grow with each failure, so that a
//! hundred viewers of one machine do not come back in the same moment.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use wire::link::{BACKOFF_FIRST, BACKOFF_LONGEST, BACKOFF_RESET_AFTER};

/// How often it failed.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

/// A wait before the next attempt.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pause {
    /// When it is over by itself.
    until: Instant,
    /// The machine asked to be left alone until then; nothing ends the wait before.
    not_before: Option<Instant>,
}

impl Backoff {
    /// The next wait: `fraction`, a random number from 0 to 1, of the longest it may be; longer where the machine
    /// asked for it.
    pub(super) fn pause(&mut self, fraction: f64, retry_after: Option<Duration>) -> Pause {
        let most = BACKOFF_FIRST.saturating_mul(1 << self.failures.min(16)).min(BACKOFF_LONGEST);
        self.failures = self.failures.saturating_add(1);
        let now = Instant::now();
        let not_before = retry_after.map(|wait| now + wait);
        let until = now + most.mul_f64(fraction.clamp(0.0, 1.0));
        Pause { until: not_before.map_or(until, |not_before| until.max(not_before)), not_before }
    }

    /// A session ended that lasted for `lasted`.
    pub(super) fn after_session(&mut self, lasted: Duration) {
        if lasted >= BACKOFF_RESET_AFTER {
            self.failures = 0;
        }
    }
}

impl Pause {
    /// How much of it is left.
    pub(super) fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// Completes when it is over, or when somebody is in a hurry and the machine does not mind. Can be dropped and
    /// called again.
    pub(super) async fn over<T>(&self, hurry: &mut watch::Receiver<T>) {
        let hurried = async {
            // Without anybody who could hurry, it lasts as long as it lasts.
            if hurry.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
            sleep_until(self.not_before.unwrap_or_else(Instant::now)).await;
        };
        tokio::select! {
            () = sleep_until(self.until) => {}
            () = hurried => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long a wait takes, by the clock that tests turn.
    async fn took(pause: Pause, hurry: &mut watch::Receiver<()>) -> Duration {
        let begun = Instant::now();
        pause.over(hurry).await;
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn waits_may_grow_up_to_half_a_minute_and_may_always_be_short() {
        let (_sender, mut hurry) = watch::channel(());
        let mut backoff = Backoff::default();
        let mut longest = Vec::new();
        for _ in 0..9 {
            let pause = backoff.pause(1.0, None);
            assert!(pause.left() > Duration::ZERO);
            longest.push(took(pause, &mut hurry).await.as_millis());
        }
        assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(took(backoff.pause(0.0, None), &mut hurry).await, Duration::ZERO);
        assert_eq!(took(backoff.pause(0.5, None), &mut hurry).await, Duration::from_secs(15));
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_of_health_begins_anew_and_less_does_not() {
        let mut backoff = Backoff::default();
        for _ in 0..5 {
            backoff.pause(1.0, None);
        }
        backoff.after_session(BACKOFF_RESET_AFTER - Duration::from_millis(1));
        assert_eq!(backoff.pause(1.0, None).left(), Duration::from_secs(16));
        backoff.after_session(BACKOFF_RESET_AFTER);
        assert_eq!(backoff.pause(1.0, None).left(), BACKOFF_FIRST);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_in_a_hurry_waits_no_longer_but_as_long_as_the_machine_asked_for() {
        let (sender, mut hurry) = watch::channel(());
        let mut backoff = Backoff { failures: 10 };
        let pause = backoff.pause(1.0, None);
        let (took_first, ()) = tokio::join!(took(pause, &mut hurry), async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            sender.send_replace(());
        });
        assert_eq!(took_first, Duration::from_secs(3));
        let asked = Duration::from_secs(40);
        let pause = backoff.pause(0.1, Some(asked));
        assert_eq!(pause.left(), asked);
        sender.send_replace(());
        assert_eq!(took(pause, &mut hurry).await, asked);
        drop(sender);
        assert_eq!(took(backoff.pause(0.1, None), &mut hurry).await, Duration::from_secs(3));
    }
}
