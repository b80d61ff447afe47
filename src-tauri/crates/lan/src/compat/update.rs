//! Family D, one round of its timer: the server's own figures, and which parts a viewer gets. Viewers of the same parts
//! get the same bytes.

use std::sync::atomic::Ordering;
use std::sync::{Mutex, OnceLock, PoisonError};

use serde::Serialize;
use serde_json::Value;
use station::registry::SessionCounts;
use station::{Payload, clock};
use tokio::time::Instant;
use wire::Snapshot;

use super::container_stats;
use super::figures::{cpu_percent, memory_percent, rounded};
use super::times::Iso;
use crate::state::ServerState;

/// What a viewer can subscribe to. The order is that of [`Parts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Metrics,
    Containers,
    Sessions,
    Alerts,
}

impl Part {
    pub(super) const ALL: [Part; 4] = [Part::Metrics, Part::Containers, Part::Sessions, Part::Alerts];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Part::Metrics => "metrics",
            Part::Containers => "containers",
            Part::Sessions => "sessions",
            Part::Alerts => "alerts",
        }
    }

    /// The part of this name, if there is one.
    pub(super) fn named(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// A set of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Parts([bool; 4]);

impl Parts {
    pub(super) const ALL: Parts = Parts([true; 4]);

    pub(super) const fn has(self, part: Part) -> bool {
        self.0[part as usize]
    }

    pub(super) const fn set(&mut self, part: Part, wanted: bool) {
        self.0[part as usize] = wanted;
    }

    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        Part::ALL.into_iter().filter(move |part| self.has(*part)).map(Part::name)
    }

    /// Which of the messages of one round it is: alerts are not in them.
    fn message(self) -> usize {
        let bit = |part: Part| usize::from(self.has(part)) << part as usize;
        bit(Part::Metrics) | bit(Part::Containers) | bit(Part::Sessions)
    }
}

/// What is known at one round. A part whose source failed is left out.
#[derive(Debug)]
pub(super) struct Update {
    at_ms: u64,
    metrics: Option<Metrics>,
    containers: Option<Value>,
    sessions: SessionsBlock,
    /// `realtime_update` by its parts, and `metrics_update`; each encoded when the first viewer takes it.
    messages: [OnceLock<Payload>; 8],
    legacy: OnceLock<Payload>,
}

/// This server's own figures, and how busy the machine is.
#[derive(Debug, Serialize)]
pub(super) struct Metrics {
    sessions: Sessions,
    requests: Requests,
    resources: Resources,
}

/// Viewers.
#[derive(Debug, Serialize)]
struct Sessions {
    active: u64,
    total: u64,
}

/// HTTP requests, refused ones and those that became sockets included.
#[derive(Debug, Clone, Copy, Serialize)]
struct Requests {
    total: u64,
    per_second: f64,
}

#[derive(Debug, Serialize)]
struct Resources {
    cpu_percent: f64,
    memory_percent: f64,
}

/// The same viewers by the names this part has for them.
#[derive(Debug, Clone, Copy, Serialize)]
struct SessionsBlock {
    active_count: u64,
    total_count: u64,
}

/// A message of the server to family D.
#[derive(Debug, Serialize)]
pub(super) struct Message<T> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) timestamp: Iso,
    pub(super) data: T,
}

#[derive(Debug, Serialize)]
struct RealtimeData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    metrics: Option<&'a Metrics>,
    #[serde(skip_serializing_if = "Option::is_none")]
    containers: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<SessionsBlock>,
}

impl Update {
    /// What is known now.
    pub(super) fn make(server: &ServerState, with_containers: bool, rate: &Rate) -> Self {
        let total = server.requests.load(Ordering::Relaxed);
        let requests = Requests { total, per_second: rate.per_second(total, Instant::now()) };
        let session_counts = *server.station.session_counts().borrow();
        let tick = server.station.latest();
        let containers = with_containers.then(|| container_stats::stats().ok()).flatten();
        let snapshot = tick.as_deref().map(|tick| &tick.snapshot);
        Self::of(clock::unix_ms(), session_counts, requests, snapshot, containers)
    }

    fn of(
        at_ms: u64,
        session_counts: SessionCounts,
        requests: Requests,
        snapshot: Option<&Snapshot>,
        containers: Option<Value>,
    ) -> Self {
        let SessionCounts { active, total } = session_counts;
        let metrics = snapshot.map(|snapshot| Metrics {
            sessions: Sessions { active, total },
            requests,
            resources: Resources {
                cpu_percent: cpu_percent(snapshot),
                memory_percent: memory_percent(snapshot),
            },
        });
        Self {
            at_ms,
            metrics,
            containers,
            sessions: SessionsBlock { active_count: active, total_count: total },
            messages: Default::default(),
            legacy: OnceLock::new(),
        }
    }

    /// The round as `realtime_update` with these parts; `None` where none of them is in it.
    pub(super) fn message(&self, parts: Parts) -> Option<Payload> {
        let data = RealtimeData {
            metrics: self.metrics.as_ref().filter(|_| parts.has(Part::Metrics)),
            containers: self.containers.as_ref().filter(|_| parts.has(Part::Containers)),
            sessions: parts.has(Part::Sessions).then_some(self.sessions),
        };
        if data.metrics.is_none() && data.containers.is_none() && data.sessions.is_none() {
            return None;
        }
        let timestamp = Iso(self.at_ms);
        let message = || Payload::json(&Message { kind: "realtime_update", timestamp, data: &data });
        Some(self.messages[parts.message()].get_or_init(message).clone())
    }

    /// The round as `metrics_update`, for clients of the older format.
    pub(super) fn legacy(&self, parts: Parts) -> Option<Payload> {
        let data = self.metrics.as_ref().filter(|_| parts.has(Part::Metrics))?;
        let timestamp = Iso(self.at_ms);
        let message = || Payload::json(&Message { kind: "metrics_update", timestamp, data });
        Some(self.legacy.get_or_init(message).clone())
    }
}

#[cfg(test)]
impl Update {
    /// A round of the machine that was made up.
    pub(super) fn made_up(containers: Option<Value>) -> Self {
        let session_counts = SessionCounts { active: 3, total: 12 };
        let requests = Requests { total: 345, per_second: 1.33 };
        let snapshot = super::example::tick().snapshot;
        Self::of(snapshot.sampled_at_ms, session_counts, requests, Some(&snapshot), containers)
    }
}

/// How fast a count grows, from one round to the next.
#[derive(Debug)]
pub(super) struct Rate(Mutex<(Instant, u64)>);

impl Rate {
    pub(super) fn since(total: u64, now: Instant) -> Self {
        Self(Mutex::new((now, total)))
    }

    /// By how much a second `total` grew since the last time; 0 where no time went by.
    fn per_second(&self, total: u64, now: Instant) -> f64 {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (then, before) = std::mem::replace(&mut *last, (now, total));
        let seconds = now.duration_since(then).as_secs_f64();
        if seconds > 0.0 { rounded(total.saturating_sub(before) as f64 / seconds) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_rate_is_what_came_since_the_last_round() {
        let start = Instant::now();
        let rate = Rate::since(100, start);
        let cases = [(3, 106, 2.0), (6, 106, 0.0), (9, 107, 0.33), (9, 999, 0.0)];
        for (seconds, total, expected) in cases {
            assert_eq!(rate.per_second(total, start + Duration::from_secs(seconds)), expected, "{total}");
        }
    }

    #[test]
    fn a_part_whose_source_fails_is_left_out_and_the_rest_is_sent() {
        let counts = SessionCounts { active: 2, total: 7 };
        let requests = Requests { total: 40, per_second: 0.5 };
        let bare = Update::of(0, counts, requests, None, None);
        let data = |parts: Parts| bare.message(parts).map(|it| String::from_utf8(it.bytes.to_vec()).unwrap());
        let all = data(Parts::ALL).expect("the sessions are known");
        assert!(all.ends_with(r#""data":{"sessions":{"active_count":2,"total_count":7}}}"#), "{all}");
        let mut failed = Parts::default();
        failed.set(Part::Metrics, true);
        failed.set(Part::Containers, true);
        assert_eq!((data(failed), data(Parts::default())), (None, None));
        assert_eq!(bare.legacy(Parts::ALL), None);
    }
}
