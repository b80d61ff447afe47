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
    use crate::bench::door::heading::{Channel, Encoding, Heading};

    fn arrival(sampled_at_ms: u64, at_us: i64, wire_bytes: u64) -> Arrival {
        let heading = Heading {
            encoding: Encoding::Json,
            channel: Channel::Overview,
            seq: 1,
            sampled_at_ms,
            key: false,
        };
        Arrival { viewer: 0, at_us, heading, payload_bytes: wire_bytes - 4, wire_bytes }
    }

    #[test]
    fn a_missed_tick_is_a_second_of_jitter() {
        let mut ticks = Ticks::default();
        for (sampled_at_ms, at_us) in [(5_000, 0), (6_003, 1), (6_003, 9), (6_003, 5), (7_001, 6), (9_001, 7)]
        {
            ticks.note(&arrival(sampled_at_ms, at_us, 2_000));
        }
        assert_eq!(ticks.jitter_ms(), [3.0, 2.0, 1000.0]);
        assert_eq!((ticks.len(), ticks.frames(), ticks.wire_bytes()), (4, 6, 2_000.0));
        assert_eq!(ticks.iter().nth(1).unwrap().last_us, 9);
    }
}
