//! The event log: a bounded list of the last alerts, for `alerts.list` and for viewers that fell behind.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use wire::limits::{ALERT_TEXT_CHARS, ALERTS_KEPT};
use wire::text::harmless;
use wire::{AlertEvent, Severity};

/// How long an event counts for `worstAlert`, by which a machine is marked in a list of many.
const RECENT_MS: u64 = 3_600_000;

/// An alert that is to be recorded and sent to viewers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlert {
    /// Its severity.
    pub severity: Severity,
    /// What happened, in a few words.
    pub title: String,
    /// What exactly, and what to do.
    pub message: String,
    /// Which part of the program reports it.
    pub source: String,
}

/// The last events, oldest first.
#[derive(Debug, Default)]
pub(crate) struct EventLog {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    events: VecDeque<AlertEvent>,
    /// Id of the newest; 0 before the first.
    newest: u64,
}

/// What a viewer has not been sent yet.
#[derive(Debug, PartialEq, Eq)]
pub struct Unseen {
    /// Events that are no longer kept.
    pub missed: u64,
    /// Those that are, oldest first.
    pub events: Vec<AlertEvent>,
}

impl EventLog {
    /// Appends an event; its texts may come from any program, and are made harmless.
    pub(crate) fn push(&self, what: NewAlert, at_ms: u64) -> AlertEvent {
        let clean = |text: &str| harmless(text, ALERT_TEXT_CHARS).into_owned();
        let mut kept = self.lock();
        kept.newest += 1;
        let event = AlertEvent {
            id: kept.newest,
            at_ms,
            severity: what.severity,
            title: clean(&what.title),
            message: clean(&what.message),
            source: clean(&what.source),
        };
        if kept.events.len() == ALERTS_KEPT {
            kept.events.pop_front();
        }
        kept.events.push_back(event.clone());
        event
    }

    /// Id of the newest event; 0 before the first.
    pub(crate) fn newest(&self) -> u64 {
        self.lock().newest
    }

    /// What came after event `seen`.
    pub(crate) fn after(&self, seen: u64) -> Unseen {
        let kept = self.lock();
        let events: Vec<_> = kept.events.iter().filter(|event| event.id > seen).cloned().collect();
        Unseen { missed: (kept.newest - seen.min(kept.newest)) - events.len() as u64, events }
    }

    /// The gravest of the last hour.
    pub(crate) fn worst(&self, now_ms: u64) -> Option<Severity> {
        let recent = |event: &&AlertEvent| event.at_ms + RECENT_MS > now_ms;
        self.lock().events.iter().filter(recent).map(|event| event.severity).max()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(alerts: &EventLog, severity: Severity, at_ms: u64) {
        let text = || format!("\u{1b}[2J{}", "x".repeat(ALERT_TEXT_CHARS + 9));
        alerts.push(NewAlert { severity, title: text(), message: text(), source: text() }, at_ms);
    }

    #[test]
    fn a_slow_viewer_is_told_how_much_it_missed() {
        let alerts = EventLog::default();
        for at in 0..ALERTS_KEPT as u64 + 3 {
            push(&alerts, Severity::Info, at);
        }
        let unseen = alerts.after(1);
        assert_eq!((unseen.missed, unseen.events.len()), (2, ALERTS_KEPT));
        assert_eq!(unseen.events[0].id, 4);
        assert_eq!(alerts.after(alerts.newest()), Unseen { missed: 0, events: Vec::new() });
        let title = &unseen.events[0].title;
        assert_eq!((title.chars().count(), title.starts_with("[2Jxx")), (ALERT_TEXT_CHARS, true), "{title}");
    }

    #[test]
    fn the_gravest_of_the_last_hour_stands_out() {
        let alerts = EventLog::default();
        assert_eq!(alerts.worst(0), None);
        push(&alerts, Severity::Critical, 1000);
        push(&alerts, Severity::Warning, 2000);
        assert_eq!(alerts.worst(2000), Some(Severity::Critical));
        assert_eq!(alerts.worst(1500 + RECENT_MS), Some(Severity::Warning));
        assert_eq!(alerts.worst(2000 + RECENT_MS), None);
    }
}
