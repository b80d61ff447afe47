//! How long a client waits before it tries again: full jitter, `rand(0, min(30 s, 0.5 s · 2^n))`.

use std::time::{Duration, Instant};

const BASE: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);
/// A connection that held this long makes the next wait a first one.
const HEALTHY: Duration = Duration::from_secs(60);

/// One client's waits.
#[derive(Debug)]
pub(crate) struct Backoff {
    attempt: u32,
    connected: Option<Instant>,
    random: u64,
}

impl Backoff {
    /// `seed` tells clients apart, and makes every run wait the same.
    pub(crate) fn new(seed: u64) -> Self {
        Self { attempt: 0, connected: None, random: seed }
    }

    /// The client is connected now.
    pub(crate) fn connected(&mut self) {
        self.connected = Some(Instant::now());
    }

    /// It lost its connection, or an attempt failed: how long it waits.
    pub(crate) fn wait(&mut self) -> Duration {
        if self.connected.take().is_some_and(|since| since.elapsed() >= HEALTHY) {
            self.attempt = 0;
        }
        let ceiling = BASE.saturating_mul(1 << self.attempt.min(16)).min(LONGEST);
        self.attempt += 1;
        ceiling.mul_f64(self.next_ratio())
    }

    /// Evenly between 0 and 1: SplitMix64, of which the upper 53 bits fill a float's.
    fn next_ratio(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_their_ceiling_and_spread_below_it() {
        let mut means = Vec::new();
        for attempt in 0..8 {
            let waits: Vec<f64> = (0..1000)
                .map(|seed| {
                    let mut backoff = Backoff { attempt, connected: None, random: seed };
                    backoff.wait().as_secs_f64()
                })
                .collect();
            let ceiling = (0.5 * f64::from(1 << attempt)).min(30.0);
            assert!(waits.iter().all(|wait| (0.0..ceiling).contains(wait)), "attempt {attempt}");
            means.push(waits.iter().sum::<f64>() / 1000.0 / ceiling);
        }
        assert!(means.iter().all(|mean| (0.45..0.55).contains(mean)), "{means:?}");
    }
}
