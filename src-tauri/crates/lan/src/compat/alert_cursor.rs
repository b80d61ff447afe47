//! Alerts in the format of families C and D, and the position of a viewer in the event log.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::Serialize;
use station::{Payload, clock};
use tokio::sync::watch;
use wire::Severity;

use super::state::CompatState;
use super::times::Iso;

/// The source of an alert of our own.
const OURS: &str = "sightline";

/// An alert in the format of both families; they name its type differently.
#[derive(Debug, Serialize)]
struct Told<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Iso,
    data: Data<'a>,
}

#[derive(Debug, Serialize)]
struct Data<'a> {
    severity: Severity,
    title: &'a str,
    message: &'a str,
    source: &'a str,
}

/// The position of one viewer in the event log. Nothing is queued here: the station keeps the last events, and a viewer
/// that was too slow even for those gets an alert with how many it missed.
#[derive(Debug)]
pub(super) struct AlertCursor {
    compat: Arc<CompatState>,
    /// Changes with each alert.
    wakes: watch::Receiver<()>,
    /// The type of the message of an alert.
    kind: &'static str,
    /// The last event that was sent; `None` while the viewer takes no alerts.
    sent: Option<u64>,
}

impl AlertCursor {
    /// For a viewer that takes no alerts yet.
    pub(super) fn new(compat: &Arc<CompatState>, kind: &'static str) -> Self {
        Self { compat: Arc::clone(compat), wakes: compat.server.station.wakes(), kind, sent: None }
    }

    /// Whether it takes alerts: those from now on.
    pub(super) fn listen(&mut self, wanted: bool) {
        let listening = &self.compat.alerts.listening;
        match (wanted, self.sent) {
            (true, None) => {
                self.sent = Some(self.compat.server.station.newest_alert());
                listening.fetch_add(1, Ordering::Relaxed);
            }
            (false, Some(_)) => {
                self.sent = None;
                listening.fetch_sub(1, Ordering::Relaxed);
            }
            _ => {}
        }
    }

    /// Completes when there is something to send. May be dropped and called again.
    pub(super) async fn rings(&mut self) {
        loop {
            if self.sent.is_some_and(|sent| self.compat.server.station.newest_alert() > sent) {
                return;
            }
            if self.wakes.changed().await.is_err() {
                // The station lives as long as its handle, which the server holds.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Pushes what was not sent yet.
    pub(super) fn poll_outgoing(&mut self, out: &mut Vec<Payload>) {
        let Some(sent) = &mut self.sent else { return };
        let unseen = self.compat.server.station.alerts_after(*sent);
        if unseen.missed > 0 {
            let message = format!("{} alerts came faster than this connection took them", unseen.missed);
            let data =
                Data { severity: Severity::Warning, title: "Missed alerts", message: &message, source: OURS };
            out.push(Payload::json(&Told { kind: self.kind, timestamp: Iso(clock::unix_ms()), data }));
        }
        for event in &unseen.events {
            let (title, message, source) = (&event.title, &event.message, &event.source);
            let data = Data { severity: event.severity, title, message, source };
            out.push(Payload::json(&Told { kind: self.kind, timestamp: Iso(event.at_ms), data }));
            *sent = event.id;
        }
    }
}

impl Drop for AlertCursor {
    fn drop(&mut self) {
        self.listen(false);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;
    use station::NewAlert;
    use wire::limits::ALERTS_KEPT;

    use super::*;
    use crate::compat::fixtures::Fixture;

    fn emit(compat: &CompatState, count: usize) {
        for number in 0..count {
            compat.server.station.emit_alert(NewAlert {
                severity: Severity::Info,
                title: format!("Number {number}"),
                message: "counted".to_owned(),
                source: "test".to_owned(),
            });
        }
    }

    fn alerts(unread: &mut AlertCursor) -> Vec<Value> {
        let mut out = Vec::new();
        unread.poll_outgoing(&mut out);
        out.iter().map(|payload| serde_json::from_slice(&payload.bytes).unwrap()).collect()
    }

    #[tokio::test]
    async fn each_alert_is_told_once_to_those_who_listen_then() {
        let fixture = Fixture::new();
        let listening = || fixture.compat.alerts.listening();
        let mut unread = AlertCursor::new(&fixture.compat, "alert");
        emit(&fixture.compat, 1);
        assert_eq!((alerts(&mut unread).len(), listening()), (0, 0), "it does not listen yet");
        unread.listen(true);
        unread.listen(true);
        assert_eq!((alerts(&mut unread).len(), listening()), (0, 1), "what was before is no news");
        emit(&fixture.compat, 3);
        let titles: Vec<_> = alerts(&mut unread).iter().map(|alert| alert["data"]["title"].clone()).collect();
        assert_eq!(titles, ["Number 0", "Number 1", "Number 2"]);
        assert_eq!(alerts(&mut unread).len(), 0);
        unread.listen(false);
        emit(&fixture.compat, 1);
        assert_eq!((alerts(&mut unread).len(), listening()), (0, 0));
        unread.listen(true);
        assert_eq!(listening(), 1);
        drop(unread);
        assert_eq!(listening(), 0, "who is gone does not listen");
    }

    #[tokio::test]
    async fn a_viewer_that_was_too_slow_is_told_by_an_alert_how_many_it_missed() {
        let fixture = Fixture::new();
        let mut unread = AlertCursor::new(&fixture.compat, "alert");
        unread.listen(true);
        emit(&fixture.compat, ALERTS_KEPT + 44);
        let alerts = alerts(&mut unread);
        assert_eq!(alerts.len(), ALERTS_KEPT + 1);
        assert_eq!(
            (&alerts[0]["type"], &alerts[0]["data"]["severity"]),
            (&"alert".into(), &"warning".into())
        );
        let message = alerts[0]["data"]["message"].as_str().unwrap();
        assert!(message.starts_with("44 alerts"), "{message}");
        assert_eq!(alerts[1]["data"]["title"], "Number 44");
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_waits_is_woken_by_an_alert_and_by_nothing_else() {
        let fixture = Fixture::new();
        let mut unread = AlertCursor::new(&fixture.compat, "alert");
        unread.listen(true);
        let waited = tokio::time::timeout(Duration::from_secs(3600), unread.rings()).await;
        assert!(waited.is_err(), "nothing happened");
        emit(&fixture.compat, 1);
        unread.rings().await;
        assert_eq!(alerts(&mut unread).len(), 1);
    }
}
