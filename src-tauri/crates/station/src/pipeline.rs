//! What happens at a tick, in this order and on one thread: sample → store → evaluate → publish.
//!
//! History and alerts come before publishing, so they miss nothing, and a viewer that has a sample can query its past.
//! Nothing in here may wait for a disk or a viewer: see [`workers`](crate::workers) for what does.

use std::sync::Arc;

use sampling::{Now, Wanted};
use tokio::sync::watch;
use tracing::trace;
use wire::{Machine, Severity, Snapshot};

use crate::event_log::EventLog;
use crate::history::History;
use crate::notices::Notices;
use crate::source::Source;
use crate::tick::Tick;

/// The newest tick; `None` before the first.
pub(crate) type Ticks = watch::Sender<Option<Arc<Tick>>>;

/// From the machine to its viewers.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) source: Source,
    pub(crate) machine: Arc<Machine>,
    pub(crate) notices: Arc<Notices>,
    pub(crate) history: Arc<History>,
    pub(crate) event_log: Arc<EventLog>,
    pub(crate) ticks: Ticks,
}

/// The result of rules and events for a sample.
#[derive(Debug, Clone, Copy)]
struct Evaluation {
    /// Gravest event of the last hour.
    worst_alert: Option<Severity>,
}

impl Pipeline {
    /// One tick.
    pub(crate) fn run(&mut self, now: Now, wanted: &Wanted) {
        let snapshot = self.sample(now, wanted);
        self.history.store(&snapshot);
        let evaluation = self.evaluate(&snapshot);
        self.publish(snapshot, evaluation);
    }

    /// Reads what is due, and adds the notices of this program.
    fn sample(&mut self, now: Now, wanted: &Wanted) -> Snapshot {
        let mut snapshot = self.source.sample(now, wanted);
        self.notices.add_to(&mut snapshot);
        snapshot
    }

    /// Where alert rules are evaluated. There are none yet: only recorded events count.
    fn evaluate(&self, snapshot: &Snapshot) -> Evaluation {
        Evaluation { worst_alert: self.event_log.worst(snapshot.sampled_at_ms) }
    }

    /// Makes it the newest tick, which wakes all that deliver to viewers.
    fn publish(&self, snapshot: Snapshot, evaluation: Evaluation) {
        let last = self.ticks.borrow().clone();
        let tick =
            Tick::after(last.as_deref(), snapshot, &self.machine).with_worst_alert(evaluation.worst_alert);
        // Before, because sending wakes the first viewers at once.
        trace!(seq = tick.seq, "published");
        self.ticks.send_replace(Some(Arc::new(tick)));
    }
}
