//! The ticks that viewers saw: when each was sampled, how many frames came of it and when the last one did.

use std::collections::BTreeMap;

use super::viewer::Arrival;

/// Ticks by the moment they were sampled, which rises over a restart too.
#[derive(Debug, Default)]
pub(crate) struct Ticks(BTreeMap<u64, Tick>);

/// One tick as viewers saw it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tick {
    pub(crate) seq: u64,
    pub(crate) frames: usize,
    /// Of all its frames together, with WebSocket's headers.
    pub(crate) wire_bytes: u64,
    /// When the last byte of the last frame was read.
    pub(crate) last_us: i64,
}

impl Ticks {
    pub(crate) fn note(&mut self, arrival: &Arrival) {
        let seq = arrival.heading.seq;
        let tick = self.0.entry(arrival.heading.sampled_at_ms);
        let tick = tick.or_insert(Tick { seq, frames: 0, wire_bytes: 0, last_us: arrival.at_us });
        tick.frames += 1;
        tick.wire_bytes += arrival.wire_bytes;
        tick.last_us = tick.last_us.max(arrival.at_us);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Ticks that did not reach each of `viewers`, of those between the first and the last.
    pub(crate) fn incomplete(&self, viewers: usize) -> usize {
        let seqs = || self.iter().map(|tick| tick.seq);
        let (Some(first), Some(last)) = (seqs().min(), seqs().max()) else { return 0 };
        let complete = self.iter().filter(|tick| tick.frames >= viewers).count();
        (last - first + 1) as usize - complete
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Tick> {
        self.0.values()
    }

    pub(crate) fn frames(&self) -> usize {
        self.iter().map(|tick| tick.frames).sum()
    }

    /// Mean size of a frame.
    pub(crate) fn wire_bytes(&self) -> f64 {
        self.iter().map(|tick| tick.wire_bytes).sum::<u64>() as f64 / self.frames() as f64
    }

    /// How far, in milliseconds, the time between each two ticks was from a second.
    pub(crate) fn jitter_ms(&self) -> Vec<f64> {
        let sampled: Vec<u64> = self.0.keys().copied().collect();
        sampled.windows(2).map(|pair| (pair[1] - pair[0]).abs_diff(1000) as f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::heading::{Channel, Encoding, Heading};

    fn arrival(seq: u64, sampled_at_ms: u64, at_us: i64) -> Arrival {
        let (encoding, channel) = (Encoding::Json, Channel::Overview);
        let heading = Heading { encoding, channel, seq, sampled_at_ms, key: false };
        Arrival { viewer: 0, at_us, heading, payload_bytes: 1_996, wire_bytes: 2_000 }
    }

    fn ticks(arrivals: &[(u64, u64, i64)]) -> Ticks {
        let mut ticks = Ticks::default();
        for (seq, sampled_at_ms, at_us) in arrivals {
            ticks.note(&arrival(*seq, *sampled_at_ms, *at_us));
        }
        ticks
    }

    #[test]
    fn a_tick_is_delivered_with_its_last_frame() {
        let seen = ticks(&[(1, 6_003, 1), (1, 6_003, 9), (1, 6_003, 5), (2, 7_001, 6)]);
        assert_eq!((seen.len(), seen.frames(), seen.wire_bytes()), (2, 4, 2_000.0));
        assert_eq!(seen.iter().map(|tick| tick.last_us).collect::<Vec<_>>(), [9, 6]);
    }

    #[test]
    fn a_missed_tick_is_a_second_of_jitter() {
        let seen = ticks(&[(1, 5_000, 0), (2, 6_003, 1), (3, 7_001, 2), (4, 9_001, 3)]);
        assert_eq!(seen.jitter_ms(), [3.0, 2.0, 1000.0]);
    }

    #[test]
    fn a_tick_that_one_or_all_did_not_get_is_incomplete() {
        let seen = ticks(&[(4, 4_000, 0), (4, 4_000, 1), (5, 5_000, 2), (7, 7_000, 3), (7, 7_000, 4)]);
        assert_eq!((seen.incomplete(1), seen.incomplete(2)), (1, 2));
        assert_eq!(Ticks::default().incomplete(2), 0);
    }
}
