//! One reading of one machine.

use std::sync::Arc;

use crate::{Facts, Fault, ProcessDetail, ProcessTable, SeriesSet};

/// Everything one tick read. Parts that did not change since the last tick are shared with it.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// When the tick read its clock, Unix milliseconds.
    pub sampled_at_ms: u64,
    /// The series whose values follow.
    pub series: Arc<SeriesSet>,
    /// One value a series, in its order, rounded for the wire; `None` where there is none at this tick.
    pub values: Vec<Option<f64>>,
    /// The running totals behind the rates and shares among the values, in the order of the series; `None` where
    /// a series has none. For those who compute rates of their own: the native stream does not carry them.
    pub totals: Vec<Option<Total>>,
    /// Names, kinds and limits that go with the numbers.
    pub facts: Arc<Facts>,
    /// What could not be read, and why. Sorted by source.
    pub faults: Arc<[Fault]>,
    /// The last process table that was read; `None` before the first. It carries its own time.
    pub processes: Option<Arc<ProcessTable>>,
    /// What was asked about single processes since the last tick.
    pub details: Vec<ProcessDetail>,
}

impl Snapshot {
    /// Value of the series `id` at this tick.
    #[must_use]
    pub fn value(&self, id: &str) -> Option<f64> {
        self.values.get(self.series.position(id)?).copied().flatten()
    }

    /// Running total behind the series `id` at this tick.
    #[must_use]
    pub fn total(&self, id: &str) -> Option<f64> {
        Some(self.totals.get(self.series.position(id)?).copied().flatten()?.count)
    }
}

/// A running total, as the system tells it and not rounded. It only grows while the machine is up and the device
/// is there; where it fell, the device or its counter began anew.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// Bytes or events behind a rate; behind a share, that part of `whole`: seconds busy, periods throttled.
    pub count: f64,
    /// What a share is a share of: seconds of all kinds, all periods. `None` behind a rate.
    pub whole: Option<f64>,
}
