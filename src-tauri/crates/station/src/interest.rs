//! Who wants what. A viewer can widen what the next tick reads; it can never cause a read.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wire::{Channel, ProcessKey};

/// Details of single processes one tick reads at most: each costs half a dozen reads.
const DETAILS_PER_TICK: usize = 32;

/// What all sessions together want.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    table: AtomicUsize,
    top: AtomicUsize,
    details: Mutex<BTreeSet<ProcessKey>>,
}

/// How closely the process table is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    /// Somebody looks at the whole table.
    Table,
    /// Somebody looks at the heaviest ones.
    Top,
    /// Nobody looks.
    Nobody,
}

impl Interest {
    /// Notes that a session wants `channel`, until the guard is dropped.
    pub(crate) fn want(self: &Arc<Self>, channel: Channel) -> Want {
        if let Some(count) = self.count(channel) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        Want { interest: Arc::clone(self), channel }
    }

    /// Asks the next tick for details of one process; false when that tick is full.
    pub(crate) fn want_detail(&self, key: ProcessKey) -> bool {
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

/// One session's wish for one channel. Dropping it takes the wish back.
#[derive(Debug)]
pub(crate) struct Want {
    interest: Arc<Interest>,
    channel: Channel,
}

impl Drop for Want {
    fn drop(&mut self) {
        if let Some(count) = self.interest.count(self.channel) {
            count.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_viewer_of_the_table_takes_the_wish_along() {
        let interest = Arc::new(Interest::default());
        let (first, second) = (interest.want(Channel::Processes), interest.want(Channel::Processes));
        let top = interest.want(Channel::Top);
        drop(first);
        assert_eq!(interest.watched(), Watched::Table);
        drop(second);
        assert_eq!(interest.watched(), Watched::Top);
        drop(top);
        assert_eq!(interest.watched(), Watched::Nobody);
    }

    #[test]
    fn details_are_bounded_and_taken_once() {
        let interest = Interest::default();
        for pid in 0..DETAILS_PER_TICK as u32 {
            assert!(interest.want_detail((pid, 1)));
        }
        assert!(interest.want_detail((0, 1)), "what is asked for already costs nothing more");
        assert!(!interest.want_detail((99, 1)));
        assert_eq!(interest.take_details().len(), DETAILS_PER_TICK);
        assert_eq!(interest.take_details(), []);
    }
}
