//! What listeners to alerts share, in families C and D: heartbeats, and how many listeners there are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Serialize;
use station::{Payload, clock};

use super::feed::{Feed, Listener};
use super::times::Iso;

/// Time between two heartbeats.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(30);

/// What listeners to alerts of both families share.
#[derive(Debug)]
pub(super) struct Alerts {
    heartbeats: Feed<Payload>,
    /// Viewers of families C and D that take alerts just now.
    pub(super) listening: AtomicUsize,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { heartbeats: Feed::new(HEARTBEAT_EVERY), listening: AtomicUsize::new(0) }
    }
}

impl Alerts {
    /// The heartbeats of both families: a message every 30 s that contains the time only.
    pub(super) fn heartbeats(&self) -> Listener<Payload> {
        self.heartbeats.listen(|| {
            Some(Payload::json(&Heartbeat { kind: "heartbeat", timestamp: Iso(clock::unix_ms()) }))
        })
    }

    /// How many viewers of families C and D take alerts just now.
    pub(super) fn listening(&self) -> usize {
        self.listening.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Serialize)]
struct Heartbeat {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Iso,
}
