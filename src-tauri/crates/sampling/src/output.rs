//! What a collector writes into: numbers, facts, faults, the process table and details.

use std::sync::Arc;

use wire::{Facts, Fault, FaultReason, ProcessDetail, ProcessTable};

use crate::input::{Now, Wanted};
use crate::rate::Clock;
use crate::series::SeriesBuilder;

/// Reads one subject. Rebuilt from nothing after it panicked.
pub(crate) trait Collector: Send {
    /// One tick: puts its series, always in the same order, and reports what it could not read.
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>);
}

/// A collector by name, and how to make it.
pub(crate) struct Part {
    pub(crate) name: &'static str,
    pub(crate) make: Box<dyn Fn() -> Box<dyn Collector> + Send>,
}

impl Part {
    pub(crate) fn new<C: Collector + 'static>(
        name: &'static str,
        make: impl Fn() -> C + Send + 'static,
    ) -> Self {
        Self { name, make: Box::new(move || Box::new(make())) }
    }
}

/// The tick, as a collector gets it.
#[derive(Debug)]
pub(crate) struct Tick<'a> {
    pub(crate) now: Now,
    /// For rates of everything that is read every tick.
    pub(crate) clock: Clock,
    /// The slow lane is due: names, limits, addresses and the like are looked up again.
    pub(crate) slow: bool,
    pub(crate) wanted: &'a Wanted,
}

/// Where a collector puts what it read.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    pub(crate) readings: &'a mut SeriesBuilder,
    pub(crate) facts: &'a mut FactsDraft,
    pub(crate) faults: &'a mut Faults,
    pub(crate) processes: &'a mut Option<Arc<ProcessTable>>,
    pub(crate) details: &'a mut Vec<ProcessDetail>,
}

/// Facts that are being collected. A new set is returned only when something in it changed.
#[derive(Debug, Default)]
pub(crate) struct FactsDraft {
    draft: Facts,
    told: Arc<Facts>,
    touched: bool,
}

impl FactsDraft {
    /// Changes the facts. Called when something may have changed, not every tick.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.draft);
        self.touched = true;
    }

    /// Device key of the disk that the kernel calls `name`, if it is shown.
    pub(crate) fn disk_named(&self, name: &str) -> Option<String> {
        self.draft.disks.iter().find(|disk| disk.name == name).map(|disk| disk.device.clone())
    }

    pub(crate) fn finish(&mut self) -> Arc<Facts> {
        if std::mem::take(&mut self.touched) && self.draft != *self.told {
            self.told = Arc::new(self.draft.clone());
        }
        Arc::clone(&self.told)
    }
}

/// Faults of one tick, compared with the last tick's so that the steady state allocates nothing.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    /// In the order in which they were put.
    put: Vec<Fault>,
    count: usize,
    changed: bool,
    told: Arc<[Fault]>,
}

impl Faults {
    /// Reports that `source` could not be read, and why.
    pub(crate) fn put(&mut self, source: &str, reason: FaultReason) {
        let at = self.count;
        self.count += 1;
        if self
            .put
            .get(at)
            .is_some_and(|fault| fault.source == source && fault.reason.as_deref() == Some(&reason))
        {
            return;
        }
        self.changed = true;
        self.put.truncate(at);
        self.put.push(Fault::new(source, reason));
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Removes what was put since the length was `len`.
    pub(crate) fn rewind(&mut self, len: usize) {
        self.count = len;
    }

    pub(crate) fn finish(&mut self) -> Arc<[Fault]> {
        if self.changed || self.count != self.put.len() {
            self.put.truncate(self.count);
            let mut sorted = self.put.clone();
            sorted.sort();
            sorted.dedup();
            self.told = sorted.into();
        }
        (self.count, self.changed) = (0, false);
        Arc::clone(&self.told)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_sorted_and_shared_until_they_change() {
        let mut faults = Faults::default();
        faults.put("pressure", FaultReason::ProcessesHidden);
        faults.put("disks", FaultReason::DiskUseHidden);
        let first = faults.finish();
        assert_eq!(first.iter().map(|f| f.source.as_str()).collect::<Vec<_>>(), ["disks", "pressure"]);
        faults.put("pressure", FaultReason::ProcessesHidden);
        faults.put("disks", FaultReason::DiskUseHidden);
        assert!(Arc::ptr_eq(&first, &faults.finish()));
        faults.put("pressure", FaultReason::ProcessesHidden);
        assert_eq!(faults.finish().len(), 1);
        assert!(faults.finish().is_empty());
    }

    #[test]
    fn facts_are_shared_until_they_change() {
        let mut facts = FactsDraft::default();
        facts.edit(|f| f.interval_ms = 1000);
        let first = facts.finish();
        facts.edit(|f| f.interval_ms = 1000);
        assert!(Arc::ptr_eq(&first, &facts.finish()));
        facts.edit(|f| f.interval_ms = 500);
        assert_eq!(facts.finish().interval_ms, 500);
    }
}
