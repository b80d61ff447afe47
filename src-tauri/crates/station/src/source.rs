//! What a station ticks with: this machine, or one that plays a recording.

use std::time::Duration;

use sampling::{Now, Sampler, Sources, Wanted};
use wire::{Machine, Snapshot};

use crate::history::SPAN;
use crate::replay::Replay;

/// Gives a snapshot each tick.
#[derive(Debug)]
pub(crate) enum Source {
    Live(Box<Sampler>),
    Replay(Box<Replay>),
}

impl Source {
    pub(crate) fn live(sources: Sources, interval: Duration) -> Self {
        Self::Live(Box::new(Sampler::new(sources, interval)))
    }

    pub(crate) fn replay(mut replay: Replay, interval: Duration) -> Self {
        replay.set_interval(interval);
        Self::Replay(Box::new(replay))
    }

    /// What the machine is. `id` and `version` are left empty.
    pub(crate) fn machine(&self) -> Machine {
        match self {
            Self::Live(sampler) => sampler.machine(),
            Self::Replay(replay) => replay.machine(),
        }
    }

    pub(crate) fn set_interval(&mut self, interval: Duration) {
        match self {
            Self::Live(sampler) => sampler.set_interval(interval),
            Self::Replay(replay) => replay.set_interval(interval),
        }
    }

    pub(crate) fn sample(&mut self, now: Now, wanted: &Wanted) -> Snapshot {
        match self {
            Self::Live(sampler) => sampler.sample(now, wanted),
            Self::Replay(replay) => replay.sample(now, wanted),
        }
    }

    /// Puts what it knows of the time before `now`, oldest first, as far back as the history reaches. Of a live machine
    /// that is nothing.
    pub(crate) fn past(&mut self, now: Now, interval: Duration, put: &mut dyn FnMut(Snapshot)) {
        let Self::Replay(replay) = self else { return };
        let interval_ms = (interval.as_millis() as u64).max(1);
        for back in (1..=SPAN.as_millis() as u64 / interval_ms).rev() {
            let then = Now { wall_ms: now.wall_ms.saturating_sub(back * interval_ms), ..now };
            put(replay.sample(then, &Wanted::default()));
        }
    }
}
