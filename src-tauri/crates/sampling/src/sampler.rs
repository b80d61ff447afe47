//! The tick: every collector in turn, each behind a guard, so that one that panics leaves the others ticking.

use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use wire::{FaultReason, Machine, ProcessTable, Snapshot};

use crate::input::{Now, Wanted};
use crate::output::{Collector, FactsDraft, Faults, Output, Part, Tick};
use crate::rate::Clock;
use crate::series::SeriesBuilder;
use crate::{Sources, system};

/// How often names, limits and addresses are looked up again.
const SLOW_LANE: Duration = Duration::from_secs(15);
/// A collector that panicked rests this long, twice as long each time it panics again …
const FIRST_REST: Duration = Duration::from_secs(2);
/// … but never longer than this.
const LONGEST_REST: Duration = Duration::from_secs(300);
/// A gap shorter than this is a late tick, not a suspend.
const SHORTEST_SUSPEND: Duration = Duration::from_secs(10);

/// Reads one machine, tick by tick.
pub struct Sampler {
    sources: Sources,
    interval: Duration,
    guards: Vec<Guard>,
    readings: SeriesBuilder,
    facts: FactsDraft,
    faults: Faults,
    processes: Option<Arc<ProcessTable>>,
    slow_at: Option<Duration>,
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampler").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl Sampler {
    /// A sampler that has read nothing yet; its first tick has no rates.
    #[must_use]
    pub fn new(sources: Sources, interval: Duration) -> Self {
        let parts = system::collectors(&sources);
        Self::with(parts, sources, interval)
    }

    pub(crate) fn with(parts: Vec<Part>, sources: Sources, interval: Duration) -> Self {
        let mut sampler = Self {
            sources,
            interval,
            guards: parts.into_iter().map(Guard::new).collect(),
            readings: SeriesBuilder::new(),
            facts: FactsDraft::default(),
            faults: Faults::default(),
            processes: None,
            slow_at: None,
        };
        sampler.set_interval(interval);
        sampler
    }

    /// What this machine is. `id` and `version` are left empty for the station to fill.
    #[must_use]
    pub fn machine(&self) -> Machine {
        system::machine(&self.sources)
    }

    /// The time between two ticks, as viewers get it.
    pub fn set_interval(&mut self, interval: Duration) {
        self.interval = interval;
        let interval_ms = u32::try_from(interval.as_millis()).unwrap_or(u32::MAX);
        self.facts.edit(|facts| facts.interval_ms = interval_ms);
    }

    /// One tick. Does not fail: what cannot be read is `None`, and reported in `faults`.
    pub fn sample(&mut self, now: Now, wanted: &Wanted) -> Snapshot {
        let slow = self.slow_at.is_none_or(|at| now.monotonic.saturating_sub(at) >= SLOW_LANE);
        if slow {
            self.slow_at = Some(now.monotonic);
        }
        let longest_gap = (self.interval * 5).max(SHORTEST_SUSPEND);
        let tick = Tick { now, clock: Clock { at: now.monotonic, longest_gap }, slow, wanted };
        let mut details = Vec::new();
        let mut out = Output {
            readings: &mut self.readings,
            facts: &mut self.facts,
            faults: &mut self.faults,
            processes: &mut self.processes,
            details: &mut details,
        };
        for guard in &mut self.guards {
            guard.collect(&tick, &mut out);
        }
        let (series, values, totals) = self.readings.finish();
        Snapshot {
            sampled_at_ms: now.wall_ms,
            series,
            values,
            totals,
            facts: self.facts.finish(),
            faults: self.faults.finish(),
            processes: self.processes.clone(),
            details,
        }
    }
}

/// Runs one collector; after a panic it rests, and is then made anew.
struct Guard {
    part: Part,
    collector: Option<Box<dyn Collector>>,
    panics: u32,
    rests_until: Duration,
    /// Where its series stood in the last tick's set.
    range: Range<usize>,
    /// How long it rests after it failed, in seconds.
    rest_s: u64,
}

impl Guard {
    fn new(part: Part) -> Self {
        Self { part, collector: None, panics: 0, rests_until: Duration::ZERO, range: 0..0, rest_s: 0 }
    }

    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        let start = out.readings.len();
        let faults = out.faults.len();
        if !self.attempt(tick, out) {
            out.readings.rewind(start);
            out.faults.rewind(faults);
            out.readings.repeat_unknown(self.range.clone());
            out.faults.put(self.part.name, FaultReason::Failed { again_s: self.rest_s });
        }
        self.range = start..out.readings.len();
    }

    /// Whether the collector ran to its end.
    fn attempt(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) -> bool {
        let at = tick.now.monotonic;
        if self.collector.is_none() && at < self.rests_until {
            return false;
        }
        let (make, slot) = (&self.part.make, &mut self.collector);
        // The collector is thrown away after a panic and the output is rewound, so nothing half-done is seen.
        let run = catch_unwind(AssertUnwindSafe(|| slot.get_or_insert_with(|| make()).collect(tick, out)));
        if run.is_ok() {
            if self.panics > 0 && at > self.rests_until + LONGEST_REST {
                self.panics = 0;
            }
            return true;
        }
        self.collector = None;
        let rest = FIRST_REST.saturating_mul(1 << self.panics.min(16)).min(LONGEST_REST);
        self.panics += 1;
        self.rests_until = at + rest;
        self.rest_s = rest.as_secs();
        false
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use wire::Metric;

    use super::*;

    struct Steady;
    impl Collector for Steady {
        fn collect(&mut self, _: &Tick<'_>, out: &mut Output<'_>) {
            out.readings.put_machine(Metric::Uptime, Some(1.0));
        }
    }

    /// Panics on every tick on which `bad` is not 0.
    struct Moody {
        bad: Arc<AtomicU32>,
    }
    impl Collector for Moody {
        fn collect(&mut self, _: &Tick<'_>, out: &mut Output<'_>) {
            out.readings.put(Metric::DiskRead, "a", "sda", Some(1.0));
            assert_eq!(self.bad.load(Ordering::Relaxed), 0, "fail point of the test");
            out.readings.put(Metric::DiskWrite, "a", "sda", Some(2.0));
        }
    }

    #[test]
    fn a_sampler_can_move_to_the_thread_that_ticks() {
        fn check<T: Send>() {}
        check::<Sampler>();
    }

    #[test]
    fn a_panic_in_one_collector_is_a_gap_and_a_fault_and_leaves_the_others_ticking() {
        let bad = Arc::new(AtomicU32::new(0));
        let seen = Arc::clone(&bad);
        let parts = vec![
            Part::new("disks", move || Moody { bad: Arc::clone(&seen) }),
            Part::new("uptime", || Steady),
        ];
        let mut sampler = Sampler::with(parts, Sources::live(), Duration::from_secs(1));
        let mut tick = |s: u64| {
            let now = Now { wall_ms: s * 1000, monotonic: Duration::from_secs(s) };
            let snapshot = sampler.sample(now, &Wanted::default());
            (snapshot.series.generation, snapshot.values, snapshot.faults.len())
        };
        assert_eq!(tick(0), (1, vec![Some(1.0), Some(2.0), Some(1.0)], 0));
        bad.store(1, Ordering::Relaxed);
        assert_eq!(tick(1), (1, vec![None, None, Some(1.0)], 1));
        bad.store(0, Ordering::Relaxed);
        assert_eq!(tick(2), (1, vec![None, None, Some(1.0)], 1), "rests for 2 s");
        assert_eq!(tick(3), (1, vec![Some(1.0), Some(2.0), Some(1.0)], 0), "back");
        bad.store(1, Ordering::Relaxed);
        tick(4);
        bad.store(0, Ordering::Relaxed);
        assert_eq!(tick(7).2, 1, "rests longer the second time");
        assert_eq!(tick(8).2, 0);
    }
}
