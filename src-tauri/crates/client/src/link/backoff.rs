//! When a machine that was lost is tried again: after a random time that may grow with each failure, so that a
//! hundred viewers of one machine do not come back in the same moment.

use wire::link::{BACKOFF_FIRST, BACKOFF_LONGEST, BACKOFF_RESET_AFTER};

/// A session that lasted this long was a good one: the next failure is the first again. Milliseconds.
pub(super) const HEALTHY_AFTER_MS: u64 = BACKOFF_RESET_AFTER.as_millis() as u64;

/// How long to wait after `waits` of them in a row; `random` is from 0 to 1.
pub(super) fn backoff_ms(waits: u32, random: f64) -> u64 {
    let most = BACKOFF_FIRST.saturating_mul(1 << waits.min(16)).min(BACKOFF_LONGEST);
    (most.as_millis() as f64 * random.clamp(0.0, 1.0)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_may_grow_up_to_half_a_minute_and_may_always_be_short() {
        let longest: Vec<_> = (0..9).map(|waits| backoff_ms(waits, 1.0)).collect();
        assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!((backoff_ms(9, 0.0), backoff_ms(9, 0.5), backoff_ms(u32::MAX, 1.0)), (0, 15_000, 30_000));
    }
}
