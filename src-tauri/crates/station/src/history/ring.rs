//! The last 15 minutes of every series, in memory, at the pace of the tick.
//!
//! One column of `f32` a series, one slot a tick: 3.6 kB a series at 1 Hz. A chart is complete when a
//! viewer opens it, and a viewer that was away loads what it missed.
//!
//! Each slot says how long it stands for, so samples of different intervals stand beside each other. The ring holds as
//! many as stand for 15 minutes together: times at which nothing was sampled cost nothing.

use std::collections::{BTreeSet, HashMap};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use wire::limits::HISTORY_SPAN as SPAN;
use wire::{Facts, SeriesSet, Snapshot, Unit};

use super::past::{Past, Sample, Values};
use crate::summary::{Makeup, PAST, PAST_UNITS};

/// Columns kept at most; a machine with more series keeps its first ones. At 1 Hz this is 15 MB.
pub(super) const COLUMNS: usize = 4096;
/// Slots at most, whatever the interval: the span at the shortest one, 0.5 s.
pub(super) const SLOTS: usize = 1800;

/// The last 15 minutes.
#[derive(Debug)]
pub(super) struct Ring {
    interval_ms: u64,
    /// The ring buffer of sample times.
    slots: Box<[Sample]>,
    /// Slot of the oldest sample.
    first: usize,
    /// How many there are.
    len: usize,
    /// How long they stand for together.
    covered_ms: u64,
    columns: HashMap<String, Column>,
    /// The set whose values are coming in, and each one's column.
    current: Option<Arc<SeriesSet>>,
    /// What the machine's summary was, in the order of [`crate::summary::Figures::past`]. Summed up as it came in,
    /// because devices come and go.
    summary: [Column; PAST],
    /// What the summary is made of, and the facts that determine it.
    makeup: Makeup,
    facts: Option<Arc<Facts>>,
}

#[derive(Debug)]
struct Column {
    unit: Unit,
    /// One value a slot; NaN for none.
    values: Box<[f32]>,
}

/// A slot without a sample.
const NOTHING: Sample = Sample { at_ms: 0, spacing_ms: 0 };

impl Ring {
    /// An empty ring for samples `interval` apart.
    pub(super) fn new(interval: Duration) -> Self {
        let interval_ms = (interval.as_millis() as u64).max(1);
        let slots = slots_of(interval_ms);
        Self {
            interval_ms,
            slots: vec![NOTHING; slots].into(),
            first: 0,
            len: 0,
            covered_ms: 0,
            columns: HashMap::new(),
            current: None,
            summary: PAST_UNITS.map(|unit| Column::empty(unit, slots)),
            makeup: Makeup::default(),
            facts: None,
        }
    }

    /// From now on samples are `interval` apart. Those that are here stay as they are.
    pub(super) fn set_interval(&mut self, interval: Duration) {
        self.interval_ms = (interval.as_millis() as u64).max(1);
        // Those that are here, and the new ones until all together cover the span; from then on old ones go as new
        // ones come, and in the end there are new ones only.
        let left_ms = (SPAN.as_millis() as u64).saturating_sub(self.covered_ms);
        let with_old = self.len + left_ms.div_ceil(self.interval_ms) as usize;
        self.resize((slots_of(self.interval_ms).max(with_old) + 1).min(SLOTS));
    }

    /// Stores one sample. Cost: one store a series.
    pub(super) fn push(&mut self, snapshot: &Snapshot) {
        let new_series = self.current.as_ref().is_none_or(|it| !Arc::ptr_eq(it, &snapshot.series));
        if new_series || self.facts.as_ref().is_none_or(|it| !Arc::ptr_eq(it, &snapshot.facts)) {
            self.makeup = Makeup::of(&snapshot.series, &snapshot.facts);
            self.facts = Some(Arc::clone(&snapshot.facts));
        }
        if new_series {
            self.adopt(&snapshot.series);
        }
        let slot = self.next_slot(snapshot.sampled_at_ms);
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
    }

    /// The samples between two moments, and the values of those series that are known, each once.
    pub(super) fn series(
        &self,
        ids: &[String],
        between: RangeInclusive<u64>,
    ) -> (Past, Vec<(String, Values)>) {
        let (past, slots) = self.between(between);
        // What is named again costs nothing more.
        let named: BTreeSet<&String> = ids.iter().collect();
        let known = named.into_iter().filter_map(|id| Some((id.clone(), self.columns.get(id)?.copy(&slots))));
        (past, known.collect())
    }

    /// The same of the summary.
    pub(super) fn summary(&self, between: RangeInclusive<u64>) -> (Past, [Values; PAST]) {
        let (past, slots) = self.between(between);
        (past, self.summary.each_ref().map(|column| column.copy(&slots)))
    }

    /// The samples between two moments by their times, and the slot of each. A clock that was set back has later ones
    /// stand before earlier ones.
    fn between(&self, moments: RangeInclusive<u64>) -> (Past, Vec<usize>) {
        let mut slots: Vec<usize> =
            self.slots_in_use().filter(|slot| moments.contains(&self.slots[*slot].at_ms)).collect();
        slots.sort_by_key(|slot| self.slots[*slot].at_ms);
        let samples = slots.iter().map(|slot| self.slots[*slot]).collect();
        (Past::new(samples, self.interval_ms), slots)
    }

    /// Oldest first.
    fn slots_in_use(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, slots) = (self.first, self.slots.len());
        (0..self.len).map(move |at| (first + at) % slots)
    }

    /// Makes room for a sample of this moment; what stands for more than the span goes.
    fn next_slot(&mut self, at_ms: u64) -> usize {
        let slots = slots_of(self.interval_ms);
        let finer = |slot: usize| self.slots[slot].spacing_ms < self.interval_ms;
        if self.slots.len() > slots && self.len <= slots && !self.slots_in_use().any(finer) {
            // The last of a finer interval is gone.
            self.resize(slots);
        }
        if self.len == self.slots.len() {
            self.forget_oldest();
        }
        let slot = (self.first + self.len) % self.slots.len();
        self.slots[slot] = Sample { at_ms, spacing_ms: self.interval_ms };
        self.len += 1;
        self.covered_ms += self.interval_ms;
        while self.covered_ms - self.slots[self.first].spacing_ms >= SPAN.as_millis() as u64 {
            self.forget_oldest();
        }
        slot
    }

    fn forget_oldest(&mut self) {
        self.covered_ms -= self.slots[self.first].spacing_ms;
        self.first = (self.first + 1) % self.slots.len();
        self.len -= 1;
    }

    /// The same samples in as many slots; no fewer than there are samples.
    fn resize(&mut self, slots: usize) {
        let order: Vec<usize> = self.slots_in_use().collect();
        let mut moved = vec![NOTHING; slots.max(self.len)];
        for (to, from) in moved.iter_mut().zip(&order) {
            *to = self.slots[*from];
        }
        for column in self.columns.values_mut().chain(&mut self.summary) {
            let mut values = vec![f32::NAN; moved.len()];
            for (to, from) in values.iter_mut().zip(&order) {
                *to = column.values[*from];
            }
            column.values = values.into();
        }
        self.slots = moved.into();
        self.first = 0;
    }

    /// Makes room for the series of a new set, and drops columns that hold nothing any more.
    fn adopt(&mut self, set: &Arc<SeriesSet>) {
        let slots: Vec<usize> = self.slots_in_use().collect();
        self.columns.retain(|id, column| {
            set.position(id).is_some() || slots.iter().any(|slot| !column.values[*slot].is_nan())
        });
        for series in &set.series {
            if self.columns.len() >= COLUMNS {
                break;
            }
            let empty = || Column::empty(series.unit, self.slots.len());
            self.columns.entry(series.id.clone()).or_insert_with(empty);
        }
        self.current = Some(Arc::clone(set));
    }

    /// Whether anything is kept of this series, and how many slots there are.
    #[cfg(test)]
    pub(super) fn holds(&self, id: &str) -> bool {
        self.columns.contains_key(id)
    }

    #[cfg(test)]
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }
}

/// Slots for the whole span at this interval.
fn slots_of(interval_ms: u64) -> usize {
    (SPAN.as_millis() as u64).div_ceil(interval_ms).clamp(1, SLOTS as u64) as usize
}

impl Column {
    fn empty(unit: Unit, slots: usize) -> Self {
        Self { unit, values: vec![f32::NAN; slots].into() }
    }

    fn copy(&self, slots: &[usize]) -> Values {
        Values { unit: self.unit, values: slots.iter().map(|slot| self.values[*slot]).collect() }
    }
}
