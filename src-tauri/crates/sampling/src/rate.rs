//! Counters become rates. Unknown is better than wrong: whatever looks like an implausible wrap, a
//! reset, a suspend or a lying driver gives `None` once, and the next reading starts afresh.

use std::time::Duration;

use wire::Total;

/// No device we read moves more than this in a second (10 TB); a driver that says so lies.
const MOST_PER_S: f64 = 1e13;
/// Counters at or above this are a driver's -1.
const LEAST_LIE: u64 = 1 << 63;
/// A wrap of a counter is plausible if it moved less than this, or not much more than the tick before.
const SMALL_STEP: u64 = 1 << 16;
/// Where the counters of 32-bit kernels and of some drivers wrap.
const WRAP: u64 = 1 << 32;

/// The tick's monotonic time, and the longest gap over which a mean still says something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) at: Duration,
    pub(crate) longest_gap: Duration,
}

impl Clock {
    /// Seconds since `earlier`; `None` when none passed, or so many that we were stopped or suspended.
    pub(crate) fn seconds_since(self, earlier: Duration) -> Option<f64> {
        let gap = self.at.checked_sub(earlier)?;
        (!gap.is_zero() && gap <= self.longest_gap).then_some(gap.as_secs_f64())
    }
}

/// A counter's last reading. It keeps its own time, so a reading that failed once does no harm.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counter {
    last: Option<(u64, Duration)>,
    last_step: u64,
    /// What went by in believed wraps: the total goes on where the counter began anew.
    wrapped: u64,
}

/// One reading of a counter: how fast it moves, and how far it has come.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Counted {
    pub(crate) rate: Option<f64>,
    pub(crate) total: Option<Total>,
}

impl Counted {
    /// Milliseconds of a state, a second, as a share of time; in all, as seconds.
    pub(crate) fn share_of_time(self) -> Self {
        let seconds = |total: Total| Total { count: total.count / 1000.0, ..total };
        Self { rate: self.rate.map(|ms_per_s| (ms_per_s / 1000.0).min(1.0)), total: self.total.map(seconds) }
    }
}

impl Counter {
    /// How fast the counter moved since its last reading; `None` at the first.
    pub(crate) fn per_s(&mut self, value: u64, clock: Clock) -> Option<f64> {
        let (step, seconds) = self.step(value, clock)?;
        let rate = step as f64 / seconds;
        (rate <= MOST_PER_S).then_some(rate)
    }

    /// Rate and total at this reading; nothing of either where it could not be read.
    pub(crate) fn counted(&mut self, value: Option<u64>, clock: Clock) -> Counted {
        let rate = value.and_then(|value| self.per_s(value, clock));
        let last = value.and(self.last).map(|(value, _)| (value + self.wrapped) as f64);
        Counted { rate, total: last.map(|count| Total { count, whole: None }) }
    }

    /// How far the counter moved since its last reading, and the seconds that took.
    pub(crate) fn step(&mut self, value: u64, clock: Clock) -> Option<(u64, f64)> {
        if value >= LEAST_LIE {
            self.last = None;
            return None;
        }
        let (before, read_at) = self.last.replace((value, clock.at))?;
        let step = moved(before, value, self.last_step);
        self.last_step = step.unwrap_or(0);
        if value < before {
            self.wrapped = step.map_or(0, |_| self.wrapped.saturating_add(WRAP));
        }
        Some((step?, clock.seconds_since(read_at)?))
    }
}

/// How far a counter went from `before` to `after`. A counter that fell either wrapped at 2^32 (32-bit kernels
/// and some drivers) or was reset. Only a wrap whose step resembles the last one is believed.
fn moved(before: u64, after: u64, last_step: u64) -> Option<u64> {
    if after >= before {
        return Some(after - before);
    }
    let wrapped = WRAP.checked_sub(before)? + after;
    (wrapped <= last_step.saturating_mul(16).max(SMALL_STEP)).then_some(wrapped)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn clock(ms: u64) -> Clock {
        Clock { at: Duration::from_millis(ms), longest_gap: Duration::from_secs(10) }
    }

    #[test]
    fn a_steady_counter_gives_its_rate_from_the_second_reading_on() {
        let mut counter = Counter::default();
        assert_eq!(counter.per_s(1000, clock(0)), None);
        assert_eq!(counter.per_s(3000, clock(2000)), Some(1000.0));
        assert_eq!(counter.per_s(3000, clock(3000)), Some(0.0));
    }

    #[test]
    fn a_wrap_at_two_to_the_32_goes_on_as_before() {
        let mut counter = Counter::default();
        counter.per_s(4_294_000_000, clock(0));
        assert_eq!(counter.per_s(4_294_900_000, clock(1000)), Some(900_000.0));
        assert_eq!(counter.per_s(832_704, clock(2000)), Some(900_000.0));
    }

    #[test]
    fn a_reset_is_a_gap_and_not_a_spike() {
        let mut counter = Counter::default();
        counter.per_s(3_000_000_000, clock(0));
        counter.per_s(3_000_001_000, clock(1000));
        assert_eq!(counter.per_s(500, clock(2000)), None);
        assert_eq!(counter.per_s(600, clock(3000)), Some(100.0));
        counter.per_s(1 << 40, clock(4000));
        assert_eq!(counter.per_s(0, clock(5000)), None);
    }

    #[test]
    fn a_suspend_a_standing_clock_and_a_clock_that_went_back_are_gaps() {
        let mut counter = Counter::default();
        counter.per_s(0, clock(0));
        assert_eq!(counter.per_s(1 << 30, clock(8 * 3600 * 1000)), None);
        assert_eq!(counter.per_s((1 << 30) + 5, clock(8 * 3600 * 1000 + 1000)), Some(5.0));
        assert_eq!(counter.per_s((1 << 30) + 9, clock(8 * 3600 * 1000 + 1000)), None);
        assert_eq!(counter.per_s((1 << 30) + 9, clock(1000)), None);
    }

    #[test]
    fn a_driver_that_says_minus_one_is_not_believed() {
        let mut counter = Counter::default();
        counter.per_s(7, clock(0));
        assert_eq!(counter.per_s(u64::MAX, clock(1000)), None);
        assert_eq!(counter.per_s(7, clock(2000)), None);
        assert_eq!(counter.per_s(8, clock(3000)), Some(1.0));
    }

    #[test]
    fn a_total_goes_on_through_a_wrap_begins_anew_after_a_reset_and_is_not_kept_where_a_reading_failed() {
        let mut counter = Counter::default();
        let mut total = |value, ms| counter.counted(value, clock(ms)).total.map(|total| total.count);
        assert_eq!(total(Some(4_294_000_000), 0), Some(4_294_000_000.0), "known before there is a rate");
        assert_eq!(total(Some(4_294_900_000), 1000), Some(4_294_900_000.0));
        assert_eq!(total(Some(832_704), 2000), Some(4_295_800_000.0));
        assert_eq!(total(None, 3000), None);
        assert_eq!(total(Some(832_705), 4000), Some(4_295_800_001.0));
        assert_eq!(total(Some(u64::MAX), 5000), None);
        assert_eq!(total(Some(2_000_000_000), 6000), Some(6_294_967_296.0));
        assert_eq!(total(Some(5), 7000), Some(5.0));
    }

    proptest! {
        #[test]
        fn no_history_of_values_and_times_gives_a_negative_infinite_or_absurd_rate(
            readings in prop::collection::vec((any::<u64>(), 0u64..100_000_000), 1..50),
        ) {
            let mut counter = Counter::default();
            for (value, ms) in readings {
                if let Some(rate) = counter.per_s(value, clock(ms)) {
                    prop_assert!(rate.is_finite() && (0.0..=MOST_PER_S).contains(&rate));
                }
            }
        }

        #[test]
        fn steps_of_a_counter_that_only_grows_add_up(
            start in 0u64..1 << 40,
            steps in prop::collection::vec(0u64..1 << 30, 1..50),
        ) {
            let mut counter = Counter::default();
            let (mut value, mut ms, mut sum) = (start, 0, 0.0);
            counter.per_s(value, clock(ms));
            for step in &steps {
                value += step;
                ms += 1000;
                sum += counter.per_s(value, clock(ms)).expect("a growing counter has a rate");
            }
            prop_assert!((sum - (value - start) as f64).abs() < 1.0);
        }

        #[test]
        fn a_32_bit_counter_gives_the_same_rates_as_a_64_bit_one(
            start in any::<u32>(),
            steps in prop::collection::vec(0u64..60_000, 2..200),
        ) {
            let (mut narrow, mut wide) = (Counter::default(), Counter::default());
            let mut value = u64::from(start);
            let mut ms = 0;
            for step in steps {
                value += step;
                ms += 1000;
                let told = narrow.per_s(value & u64::from(u32::MAX), clock(ms));
                prop_assert_eq!(told, wide.per_s(value, clock(ms)));
            }
        }
    }
}
