//! Family C, alerts: `WS /api/ws/ws/alerts`, and `POST /api/ws/broadcast/alert`, which sends an alert to every listener.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use station::{NewAlert, Payload, SessionSlot};
use tracing::debug_span;
use utoipa::ToSchema;
use wire::{Carrier, Channel, Encoding, ErrorCode, Goodbye, Severity};

use super::alert_cursor::AlertCursor;
use super::feed::Listener;
use super::session::CompatSession;
use super::state::CompatState;
use crate::auth::guard::HttpViewer;
use crate::body::{NotRead, Posted};
use crate::error_response::{ErrorResponse, Failure};
use crate::ws::socket::SessionHandler;
use crate::ws::upgrade::Upgrade;

/// Largest body of a broadcast. Each of its texts is cut to 1024 characters.
const BODY_BYTES: usize = 64 * 1024;
/// The source of an alert, where its sender does not name one.
const SOURCE: &str = "broadcast";

/// Answers the upgrade of `/api/ws/ws/alerts` and serves the viewer.
pub(super) async fn upgrade(
    State(compat): State<Arc<CompatState>>,
    viewer: HttpViewer,
    upgrade: Upgrade,
) -> Result<Response, ErrorResponse> {
    let session = CompatSession::admit(&compat.server.station, &viewer, Carrier::MetricsDashboard)?;
    let span = debug_span!("metrics dashboard", peer = %viewer.link.address, id = session.slot.client_id());
    let listener = Alerted::begin(&compat, session);
    Ok(compat.server.serve(upgrade, span, |socket| socket.serve(listener)))
}

/// One viewer of `/api/ws/ws/alerts`. Its messages are ignored: the family defines none.
struct Alerted {
    session: CompatSession,
    unread: AlertCursor,
    heartbeats: Listener<Payload>,
    /// What is sent next.
    heartbeat: Option<Payload>,
}

impl Alerted {
    fn begin(compat: &Arc<CompatState>, session: CompatSession) -> Self {
        session.slot.subscribed([Channel::Alerts.name()]);
        let mut unread = AlertCursor::new(compat, "alert");
        unread.listen(true);
        Self { session, unread, heartbeats: compat.alerts.heartbeats(), heartbeat: None }
    }
}

impl SessionHandler for Alerted {
    fn slot(&self) -> &SessionSlot {
        &self.session.slot
    }

    fn on_open(&mut self, _: &mut Vec<Payload>) {}

    fn on_message(&mut self, _: Encoding, _: &[u8], _: &mut Vec<Payload>) -> Result<(), Goodbye> {
        Ok(())
    }

    async fn changed(&mut self) -> Result<(), Goodbye> {
        tokio::select! {
            biased;
            reason = self.session.closed() => return Err(reason),
            () = self.unread.rings() => {}
            heartbeat = self.heartbeats.next() => self.heartbeat = Some(heartbeat),
        }
        Ok(())
    }

    fn poll_outgoing(&mut self, out: &mut Vec<Payload>) {
        self.unread.poll_outgoing(out);
        out.extend(self.heartbeat.take());
    }

    fn final_message(&self, _: Goodbye) -> Option<Payload> {
        None
    }
}

/// Body of `POST /api/ws/broadcast/alert`.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Broadcast {
    /// `info`, `warning` or `critical`.
    #[schema(value_type = Severity)]
    severity: String,
    /// What happened, in a few words. Past 1024 characters texts are cut.
    #[schema(pattern = "\\S")]
    title: String,
    /// What exactly, and what to do.
    #[schema(pattern = "\\S")]
    message: String,
    /// `broadcast` where it is absent.
    #[schema(pattern = "\\S")]
    source: Option<String>,
}

/// Answer to it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Delivered {
    /// Viewers that listen to alerts just now: on the alert sockets of family C, those of family D that want them,
    /// and windows and native streams that are subscribed (of the first 500 sessions).
    delivered: usize,
}

/// Send an alert
///
/// From this computer, or with a token of scope `control`. The alert is added to the event log, and sent on every socket
/// that has alerts.
#[utoipa::path(
    post, path = "/api/ws/broadcast/alert", tag = "Compatible",
    request_body(content = Broadcast, example = json!({
        "severity": "warning", "title": "Backup late", "message": "The last one ended 26 hours ago.", "source": "cron",
    })),
    responses(
        (status = 200, description = "It was sent.", body = Delivered, example = json!({"delivered": 3})),
        (status = 400, description = "The body is not JSON.", body = Failure),
        (status = 408, description = "The body did not come in time.", body = Failure),
        (status = 413, description = "The body is longer than 64 KiB.", body = Failure),
        (status = 415, description = "The body is not sent as `application/json`.", body = Failure),
        (status = 422, description = "A field is missing, empty or of another kind.", body = Failure),
    ),
)]
pub(super) async fn broadcast(
    State(compat): State<Arc<CompatState>>,
    viewer: HttpViewer,
    body: Result<Posted<BODY_BYTES>, NotRead>,
) -> Result<Json<Delivered>, ErrorResponse> {
    if !viewer.is_owner_or_local() {
        let message =
            "only this computer, or a token of scope control over an encrypted link, can send alerts";
        return Err(ErrorResponse::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message));
    }
    let alert = new_alert(&body?.0)?;
    let delivered = compat.alerts.listening() + native_listeners(&compat);
    compat.server.station.emit_alert(alert);
    Ok(Json(Delivered { delivered }))
}

/// The alert of the body; the station cuts texts that are too long.
fn new_alert(body: &[u8]) -> Result<NewAlert, ErrorResponse> {
    let body: Value = serde_json::from_slice(body).map_err(|err| {
        ErrorResponse::new(StatusCode::BAD_REQUEST, ErrorCode::BadMessage, format!("not JSON: {err}"))
    })?;
    let unfit =
        |message: String| ErrorResponse::new(StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::BadParams, message);
    if !body.is_object() {
        return Err(unfit("an alert is an object with severity, title and message".to_owned()));
    }
    let Broadcast { severity, title, message, source } =
        serde_json::from_value(body).map_err(|err| unfit(err.to_string()))?;
    let severity = match severity.as_str() {
        "info" => Severity::Info,
        "warning" => Severity::Warning,
        "critical" => Severity::Critical,
        _ => return Err(unfit("severity is info, warning or critical".to_owned())),
    };
    let source = source.unwrap_or_else(|| SOURCE.to_owned());
    for (name, text) in [("title", &title), ("message", &message), ("source", &source)] {
        if text.trim().is_empty() {
            return Err(unfit(format!("{name} is empty; say what happened")));
        }
    }
    Ok(NewAlert { severity, title, message, source })
}

/// Windows and native streams that are subscribed to alerts, by the list of sessions.
fn native_listeners(compat: &CompatState) -> usize {
    let native = |carrier| matches!(carrier, Carrier::Window | Carrier::Stream);
    let sessions = compat.server.station.report().sessions;
    let listens = |channels: &[String]| channels.iter().any(|name| name == Channel::Alerts.name());
    sessions.iter().filter(|session| native(session.carrier) && listens(&session.channels)).count()
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;
    use expect_test::expect_file;

    use bytes::Bytes;

    use super::*;
    use crate::compat::fixtures::{Exchange, Fixture, session};
    use wire::Scope;

    #[tokio::test(start_paused = true)]
    async fn alerts_come_as_they_happen_and_a_heartbeat_every_30_seconds() {
        let fixture = Fixture::new();
        let viewer = HttpViewer::here(Scope::View);
        let session = session(&fixture, Carrier::MetricsDashboard, Scope::View).await;
        let mut alerted = Alerted::begin(&fixture.compat, session);
        let (mut exchange, mut out) = (Exchange::default(), Vec::new());
        exchange.note("WS /api/ws/ws/alerts");
        alerted.on_open(&mut out);
        exchange.server(&mut out);
        let began = tokio::time::Instant::now();
        exchange.note("after 30 seconds");
        alerted.changed().await.unwrap();
        alerted.poll_outgoing(&mut out);
        exchange.server(&mut out);
        assert_eq!(began.elapsed().as_secs(), 30);
        let body = r#"{"severity":"critical","title":"Disk full","message":"/home has no space left","source":"backup"}"#;
        exchange.note("POST /api/ws/broadcast/alert");
        exchange.client(body);
        let request = broadcast(State(Arc::clone(&fixture.compat)), viewer, Ok(Posted(Bytes::from(body))));
        let Json(answer) = request.await.expect("it is told");
        exchange.server(&mut vec![Payload::json(&answer)]);
        alerted.changed().await.unwrap();
        alerted.poll_outgoing(&mut out);
        exchange.note("WS /api/ws/ws/alerts");
        exchange.server(&mut out);
        assert_eq!(began.elapsed().as_secs(), 30, "it did not wait for the next heartbeat");
        expect_file!["../../golden/dashboard-alerts.txt"].assert_eq(exchange.text());
    }

    #[test]
    fn what_is_no_alert_is_refused_with_the_fitting_status() {
        const GOOD: &str = r#"{"severity":"info","title":"Backup","message":"done"}"#;
        let cases = [
            (GOOD, 200),
            ("", 400),
            ("{", 400),
            ("{\"severity\":\"\u{0}", 400),
            (r#"["info","Backup","done"]"#, 422),
            (r#"{"severity":"grave","title":"Backup","message":"done"}"#, 422),
            (r#"{"severity":{"info":null},"title":"Backup","message":"done"}"#, 422),
            (r#"{"severity":"info","title":" ","message":"done"}"#, 422),
            (r#"{"severity":"info","title":"Backup","message":""}"#, 422),
            (r#"{"severity":"info","title":"Backup","message":"done","source":""}"#, 422),
            (r#"{"severity":"info","title":"Backup"}"#, 422),
            (r#"{"severity":"info","title":7,"message":"done"}"#, 422),
        ];
        for (body, expected) in cases {
            let status = match new_alert(body.as_bytes()) {
                Ok(_) => StatusCode::OK,
                Err(problem) => problem.into_response().status(),
            };
            assert_eq!(status, expected, "{body}");
        }
    }

    #[test]
    fn an_alert_without_a_source_is_a_broadcast() {
        let body =
            r#"{"severity":"critical","title":"Fire","message":"in the kitchen","source":null,"more":1}"#;
        let expected = NewAlert {
            severity: Severity::Critical,
            title: "Fire".to_owned(),
            message: "in the kitchen".to_owned(),
            source: "broadcast".to_owned(),
        };
        assert_eq!(new_alert(body.as_bytes()).ok(), Some(expected));
    }
}
