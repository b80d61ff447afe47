//! What happens at a tick, in this order and on one thread: sample → store → evaluate → publish.
//!
//! History and alerts stand before publishing, so they miss nothing, and whoever sees a sample can ask for its past.
//! Nothing in here may wait for a disk or a viewer: see [`workers`](crate::workers) for what does.

use std::sync::Arc;

use sampling::{Now, Wanted};
use tokio::sync::watch;
use tracing::trace;
use wire::{Machine, Severity, Snapshot};

use crate::alerts::Alerts;
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
    pub(crate) alerts: Arc<Alerts>,
    pub(crate) ticks: Ticks,
}

/// What the rules and events say of a sample.
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

    /// Reads what is due, and adds what this program has to say of itself.
    fn sample(&mut self, now: Now, wanted: &Wanted) -> Snapshot {
        let mut snapshot = self.source.sample(now, wanted);
        self.notices.add_to(&mut snapshot);
        snapshot
    }

    /// Where alert rules are looked at. There are none yet: only events that were announced count.
    fn evaluate(&self, snapshot: &Snapshot) -> Evaluation {
        Evaluation { worst_alert: self.alerts.worst(snapshot.sampled_at_ms) }
    }

    /// Has all viewers have it.
    fn publish(&self, snapshot: Snapshot, evaluation: Evaluation) {
        let last = self.ticks.borrow().clone();
        let tick =
            Tick::after(last.as_deref(), snapshot, &self.machine).with_worst_alert(evaluation.worst_alert);
        // Before, because sending wakes the first viewers at once.
        trace!(seq = tick.seq, "published");
        self.ticks.send_replace(Some(Arc::new(tick)));
    }
}
