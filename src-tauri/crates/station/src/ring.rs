//! The last 15 minutes of every series, in memory, at the pace of the tick.
//!
//! One column of `f32` a series, one slot a tick: 3.6 kB a series at 1 Hz. Charts are full the moment a
//! viewer opens, and a viewer that was away fetches what it missed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use wire::fleet::{SummaryHistory, SummaryQuery};
use wire::limits::QUERY_POINTS;
use wire::message::{History, HistoryColumn, HistoryQuery};
use wire::{Facts, SeriesSet, Snapshot, Unit};

use crate::summary::{Makeup, PAST, PAST_UNITS};

/// How far back the ring reaches.
pub const SPAN: Duration = wire::limits::HISTORY_SPAN;
/// Columns kept at most; a machine with more series keeps its first ones. At 1 Hz this is 15 MB.
const COLUMNS: usize = 4096;
/// Slots at most, whatever the interval.
const SLOTS: usize = 1800;

/// The last 15 minutes.
#[derive(Debug)]
pub struct Ring {
    interval_ms: u64,
    /// Time of each slot, Unix milliseconds; 0 where nothing was written yet.
    times: Box<[u64]>,
    /// Slot the next sample goes to.
    next: usize,
    columns: HashMap<String, Column>,
    /// The set whose values are coming in, and each one's column.
    current: Option<Arc<SeriesSet>>,
    /// What the machine's summary was, in the order of [`crate::summary::Figures::past`]. Summed up as it came in,
    /// because devices come and go.
    summary: [Column; PAST],
    /// What the summary is made of, and the facts that say so.
    makeup: Makeup,
    facts: Option<Arc<Facts>>,
}

#[derive(Debug)]
struct Column {
    unit: Unit,
    /// One value a slot; NaN for none.
    values: Box<[f32]>,
}

impl Ring {
    /// An empty ring for samples `interval` apart.
    #[must_use]
    pub fn new(interval: Duration) -> Self {
        let interval_ms = (interval.as_millis() as u64).max(1);
        let slots = ((SPAN.as_millis() as u64 / interval_ms) as usize).clamp(1, SLOTS);
        Self {
            interval_ms,
            times: vec![0; slots].into(),
            next: 0,
            columns: HashMap::new(),
            current: None,
            summary: PAST_UNITS.map(|unit| Column::empty(unit, slots)),
            makeup: Makeup::default(),
            facts: None,
        }
    }

    /// Takes in one sample. Cost: one store a series.
    pub fn push(&mut self, snapshot: &Snapshot) {
        let new_series = self.current.as_ref().is_none_or(|it| !Arc::ptr_eq(it, &snapshot.series));
        if new_series || self.facts.as_ref().is_none_or(|it| !Arc::ptr_eq(it, &snapshot.facts)) {
            self.makeup = Makeup::of(&snapshot.series, &snapshot.facts);
            self.facts = Some(Arc::clone(&snapshot.facts));
        }
        if new_series {
            self.adopt(&snapshot.series);
        }
        let slot = self.next;
        self.times[slot] = snapshot.sampled_at_ms;
        for column in self.columns.values_mut() {
            column.values[slot] = f32::NAN;
        }
        for (series, value) in snapshot.series.series.iter().zip(&snapshot.values) {
            if let (Some(column), Some(value)) = (self.columns.get_mut(&series.id), value) {
                column.values[slot] = *value as f32;
            }
        }
        let figures = self.makeup.figures(&snapshot.values).past();
        for (column, value) in self.summary.iter_mut().zip(figures) {
            column.values[slot] = value.map_or(f32::NAN, |value| value as f32);
        }
        self.next = (slot + 1) % self.times.len();
    }

    /// Makes room for the series of a new set, and drops columns that hold nothing any more.
    fn adopt(&mut self, set: &Arc<SeriesSet>) {
        self.columns.retain(|id, column| {
            set.position(id).is_some() || column.values.iter().any(|value| !value.is_nan())
        });
        for series in &set.series {
            if self.columns.len() >= COLUMNS {
                break;
            }
            let empty = || Column::empty(series.unit, self.times.len());
            self.columns.entry(series.id.clone()).or_insert_with(empty);
        }
        self.current = Some(Arc::clone(set));
    }

    /// The samples between two moments, thinned to `max_points`. Where samples are missing stands a `null`.
    #[must_use]
    pub fn query(&self, query: &HistoryQuery) -> History {
        let steps = self.steps(query.from_ms, query.to_ms, query.max_points);
        let columns: BTreeMap<_, _> = query
            .series
            .iter()
            .filter_map(|id| Some((id.clone(), self.columns.get(id)?.summarise(&steps.slots))))
            .collect();
        History { step_ms: steps.step_ms, t: steps.times, columns }
    }

    /// The summaries between two moments, thinned to `max_points` by their mean.
    #[must_use]
    pub fn summaries(&self, query: &SummaryQuery) -> SummaryHistory {
        let steps = self.steps(query.from_ms, query.to_ms, query.max_points);
        let [cpu_ratio, memory_ratio, disk_ratio, disk_bytes_per_s, net_bytes_per_s, temperature_celsius] =
            self.summary.each_ref().map(|column| column.summarise(&steps.slots).avg);
        SummaryHistory {
            step_ms: steps.step_ms,
            t: steps.times,
            cpu_ratio,
            memory_ratio,
            disk_ratio,
            disk_bytes_per_s,
            net_bytes_per_s,
            temperature_celsius,
        }
    }

    /// The points of an answer about the samples between two moments.
    fn steps(&self, from_ms: u64, to_ms: u64, max_points: usize) -> Steps {
        let points = max_points.clamp(1, QUERY_POINTS);
        let mut slots: Vec<(u64, usize)> = (0..self.times.len())
            .map(|slot| (self.times[slot], slot))
            .filter(|(at, _)| *at != 0 && (from_ms..=to_ms).contains(at))
            .collect();
        slots.sort_unstable();
        if slots.len() <= points { self.each_sample(&slots) } else { self.buckets(&slots, points) }
    }

    /// One point a sample, and one empty point where samples are missing.
    fn each_sample(&self, slots: &[(u64, usize)]) -> Steps {
        let mut steps = Steps { step_ms: self.interval_ms, times: Vec::new(), slots: Vec::new() };
        let mut previous = None;
        for &(at, slot) in slots {
            // Half an interval of lateness is an ordinary tick on a loaded machine; more than one missed is a gap.
            if previous.is_some_and(|before| at - before > self.interval_ms * 5 / 2) {
                steps.push(previous.map_or(at, |before| before + self.interval_ms), Vec::new());
            }
            steps.push(at, vec![slot]);
            previous = Some(at);
        }
        steps
    }

    /// Equal steps over the whole stretch, each a whole number of intervals.
    fn buckets(&self, slots: &[(u64, usize)], points: usize) -> Steps {
        let (first, last) = (slots[0].0, slots[slots.len() - 1].0);
        let step_ms = ((last - first) / points as u64 + 1).next_multiple_of(self.interval_ms);
        let count = (last - first) / step_ms + 1;
        let mut steps = Steps { step_ms, times: Vec::new(), slots: Vec::new() };
        for bucket in 0..count {
            steps.push(first + bucket * step_ms, Vec::new());
        }
        for &(at, slot) in slots {
            steps.slots[((at - first) / step_ms) as usize].push(slot);
        }
        steps
    }
}

/// The points of an answer: when each begins, and the slots that fall into it.
struct Steps {
    step_ms: u64,
    times: Vec<u64>,
    slots: Vec<Vec<usize>>,
}

impl Steps {
    fn push(&mut self, at: u64, slots: Vec<usize>) {
        self.times.push(at);
        self.slots.push(slots);
    }
}

impl Column {
    fn empty(unit: Unit, slots: usize) -> Self {
        Self { unit, values: vec![f32::NAN; slots].into() }
    }

    fn summarise(&self, steps: &[Vec<usize>]) -> HistoryColumn {
        let mut out = HistoryColumn::default();
        for slots in steps {
            let known = || slots.iter().map(|slot| f64::from(self.values[*slot])).filter(|v| !v.is_nan());
            let (count, sum) = known().fold((0, 0.0), |(count, sum), v| (count + 1, sum + v));
            if count == 0 {
                for column in [&mut out.min, &mut out.avg, &mut out.max] {
                    column.push(None);
                }
                continue;
            }
            out.min.push(self.unit.round(known().fold(f64::INFINITY, f64::min)));
            out.avg.push(self.unit.round(sum / f64::from(count)));
            out.max.push(self.unit.round(known().fold(f64::NEG_INFINITY, f64::max)));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wire::{Facts, Series};

    use super::*;

    fn set(generation: u32, ids: &[&str]) -> Arc<SeriesSet> {
        let series = |id: &&str| Series {
            id: (*id).to_owned(),
            metric: (*id).to_owned(),
            device: String::new(),
            label: String::new(),
            unit: Unit::Count,
        };
        Arc::new(SeriesSet { generation, series: ids.iter().map(series).collect() })
    }

    fn snapshot(at: u64, set: &Arc<SeriesSet>, values: &[Option<f64>]) -> Snapshot {
        Snapshot {
            sampled_at_ms: at,
            series: Arc::clone(set),
            values: values.to_vec(),
            totals: vec![None; values.len()],
            facts: Arc::new(Facts::default()),
            faults: [].into(),
            processes: None,
            details: Vec::new(),
        }
    }

    fn ask(ring: &Ring, ids: &[&str], from_ms: u64, to_ms: u64, max_points: usize) -> History {
        let series = ids.iter().map(|id| (*id).to_owned()).collect();
        ring.query(&HistoryQuery { series, from_ms, to_ms, max_points })
    }

    #[test]
    fn a_gap_is_a_null_and_unknown_series_are_absent() {
        let (mut ring, set) = (Ring::new(Duration::from_secs(1)), set(0, &["a"]));
        for at in [1000, 2010, 2990, 60_000, 61_000] {
            ring.push(&snapshot(at, &set, &[Some(at as f64 / 1000.0)]));
        }
        let history = ask(&ring, &["a", "no such series"], 0, 100_000, 100);
        assert_eq!(history.t, [1000, 2010, 2990, 3990, 60_000, 61_000]);
        let column = &history.columns["a"];
        assert_eq!(column.avg, [Some(1.0), Some(2.0), Some(3.0), None, Some(60.0), Some(61.0)]);
        assert_eq!(history.columns.len(), 1);
    }

    #[test]
    fn a_series_that_vanished_keeps_its_past_and_one_that_came_has_none() {
        let mut ring = Ring::new(Duration::from_secs(1));
        let (before, after) = (set(0, &["a", "b"]), set(1, &["b", "c"]));
        ring.push(&snapshot(1000, &before, &[Some(1.0), Some(2.0)]));
        ring.push(&snapshot(2000, &after, &[Some(3.0), Some(4.0)]));
        let history = ask(&ring, &["a", "b", "c"], 0, 9000, 100);
        assert_eq!(history.columns["a"].avg, [Some(1.0), None]);
        assert_eq!(history.columns["b"].avg, [Some(2.0), Some(3.0)]);
        assert_eq!(history.columns["c"].avg, [None, Some(4.0)]);
    }

    #[test]
    fn after_the_span_the_oldest_go_and_empty_columns_are_dropped() {
        let mut ring = Ring::new(Duration::from_secs(60));
        let (old, new) = (set(0, &["old"]), set(1, &["new"]));
        ring.push(&snapshot(60_000, &old, &[Some(1.0)]));
        for minute in 2..=20 {
            ring.push(&snapshot(minute * 60_000, &new, &[Some(minute as f64)]));
        }
        assert_eq!(ask(&ring, &["new"], 0, u64::MAX, 100).t.len(), 15);
        ring.push(&snapshot(21 * 60_000, &set(2, &["new"]), &[Some(21.0)]));
        assert!(!ring.columns.contains_key("old"));
    }

    #[test]
    fn a_clock_that_was_set_back_gives_rising_times() {
        let (mut ring, set) = (Ring::new(Duration::from_secs(1)), set(0, &["a"]));
        for at in [10_000, 11_000, 5_000, 6_000] {
            ring.push(&snapshot(at, &set, &[Some(at as f64)]));
        }
        let history = ask(&ring, &["a"], 0, u64::MAX, 100);
        assert!(history.t.is_sorted(), "{:?}", history.t);
    }

    proptest! {
        #[test]
        fn thinning_keeps_every_extreme_and_the_bound(
            values in proptest::collection::vec(proptest::option::of(0u32..1000), 1..900),
            points in 1usize..200,
        ) {
            let (mut ring, set) = (Ring::new(Duration::from_secs(1)), set(0, &["a"]));
            for (second, value) in values.iter().enumerate() {
                ring.push(&snapshot((second as u64 + 1) * 1000, &set, &[value.map(f64::from)]));
            }
            let history = ask(&ring, &["a"], 0, u64::MAX, points);
            let column = &history.columns["a"];
            prop_assert!(history.t.len() <= points);
            prop_assert!(history.t.is_sorted());
            prop_assert_eq!(column.avg.len(), history.t.len());
            let known = || values.iter().flatten().map(|v| f64::from(*v));
            prop_assert_eq!(column.max.iter().flatten().copied().reduce(f64::max), known().reduce(f64::max));
            prop_assert_eq!(column.min.iter().flatten().copied().reduce(f64::min), known().reduce(f64::min));
        }
    }
}
