//! What the next tick has to read for its viewers. A subscription adds to what is read at a tick; it never causes a read
//! of its own, so the cost does not grow with the number of viewers.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wire::{Channel, ProcessKey};

/// Details of single processes one tick reads at most: each costs half a dozen reads.
const DETAILS_PER_TICK: usize = 32;

/// What all sessions together subscribe to and ask for.
#[derive(Debug, Default)]
pub(crate) struct Demand {
    table: AtomicUsize,
    top: AtomicUsize,
    details: Mutex<BTreeSet<ProcessKey>>,
}

/// How closely the process table is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    /// A session is subscribed to the whole table.
    Table,
    /// A session is subscribed to the heaviest processes only.
    Top,
    /// No session is subscribed to either.
    Nobody,
}

impl Demand {
    /// Counts a subscription to `channel`, until the guard is dropped.
    pub(crate) fn register(self: &Arc<Self>, channel: Channel) -> DemandGuard {
        if let Some(count) = self.count(channel) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        DemandGuard { demand: Arc::clone(self), channel }
    }

    /// Asks the next tick for details of one process; false when that tick is full.
    pub(crate) fn request_detail(&self, key: ProcessKey) -> bool {
        let mut details = self.details.lock().unwrap_or_else(PoisonError::into_inner);
        if details.len() >= DETAILS_PER_TICK && !details.contains(&key) {
            return false;
        }
        details.insert(key);
        true
    }

    /// How closely the process table is watched now.
    pub(crate) fn watched(&self) -> Watched {
        if self.table.load(Ordering::Relaxed) > 0 {
            Watched::Table
        } else if self.top.load(Ordering::Relaxed) > 0 {
            Watched::Top
        } else {
            Watched::Nobody
        }
    }

    /// The details this tick shall read.
    pub(crate) fn take_details(&self) -> Vec<ProcessKey> {
        let mut details = self.details.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *details).into_iter().collect()
    }

    fn count(&self, channel: Channel) -> Option<&AtomicUsize> {
        match channel {
            Channel::Processes => Some(&self.table),
            Channel::Top => Some(&self.top),
            Channel::Overview
            | Channel::SystemInfo
            | Channel::NetworkInterfaces
            | Channel::Summary
            | Channel::Alerts
            | Channel::Sessions
            | Channel::Sharing => None,
        }
    }
}

/// One session's subscription to one channel. Dropping it ends the count.
#[derive(Debug)]
pub(crate) struct DemandGuard {
    demand: Arc<Demand>,
    channel: Channel,
}

impl Drop for DemandGuard {
    fn drop(&mut self) {
        if let Some(count) = self.demand.count(self.channel) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_at_every_tick_until_its_last_viewer_is_gone() {
        let demand = Arc::new(Demand::default());
        let (first, second) = (demand.register(Channel::Processes), demand.register(Channel::Processes));
        let top = demand.register(Channel::Top);
        drop(first);
        assert_eq!(demand.watched(), Watched::Table);
        drop(second);
        assert_eq!(demand.watched(), Watched::Top);
        drop(top);
        assert_eq!(demand.watched(), Watched::Nobody);
    }

    #[test]
    fn details_are_bounded_and_taken_once() {
        let demand = Demand::default();
        for pid in 0..DETAILS_PER_TICK as u32 {
            assert!(demand.request_detail((pid, 1)));
        }
        assert!(demand.request_detail((0, 1)), "what is asked for already costs nothing more");
        assert!(!demand.request_detail((99, 1)));
        assert_eq!(demand.take_details().len(), DETAILS_PER_TICK);
        assert_eq!(demand.take_details(), []);
    }
}
