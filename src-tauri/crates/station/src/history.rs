//! The past of this machine: what the tick stores, and what viewers ask for.
//!
//! One interface, whatever stores it: today the last 15 minutes in memory (`ring`), and the store on disk
//! comes beside it here, behind the same three calls. Storing happens on the thread that ticks, so it never waits for
//! a reader: a query copies what it needs while it holds the lock, and works on the copy (`past`) without it.

mod past;
mod ring;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wire::Snapshot;
use wire::fleet::{SummaryHistory, SummaryQuery};
use wire::limits::QUERY_CELLS;
use wire::message::{self, HistoryQuery};

use self::ring::Ring;

/// How far back it reaches.
pub const SPAN: Duration = wire::limits::HISTORY_SPAN;

/// What is kept of the past.
#[derive(Debug)]
pub(crate) struct History {
    ring: Mutex<Ring>,
}

impl History {
    /// Nothing yet, of samples `interval` apart.
    pub(crate) fn new(interval: Duration) -> Self {
        Self { ring: Mutex::new(Ring::new(interval)) }
    }

    /// Stores one sample.
    pub(crate) fn store(&self, snapshot: &Snapshot) {
        self.ring().push(snapshot);
    }

    /// From now on samples are `interval` apart. What is kept stays.
    pub(crate) fn set_interval(&self, interval: Duration) {
        self.ring().set_interval(interval);
    }

    /// The samples between two moments, thinned to `max_points`, and further where that is much for all series together.
    /// Where samples are missing stands a `null`. A series that is named more than once is looked up once.
    pub(crate) fn query(&self, query: &HistoryQuery) -> message::History {
        let (past, columns) = self.ring().series(&query.series, query.from_ms..=query.to_ms);
        past.history(&columns, query.max_points.min(QUERY_CELLS / columns.len().max(1)))
    }

    /// The summaries between two moments, thinned to `max_points` by their mean.
    pub(crate) fn summaries(&self, query: &SummaryQuery) -> SummaryHistory {
        let (past, columns) = self.ring().summary(query.from_ms..=query.to_ms);
        past.summaries(&columns, query.max_points)
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
