//! Family D, container dashboards: `WS /ws`, and `GET /api/containers/stats` for those whose socket fails. The data of a
//! round is in [`super::update`].

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use station::registry::SessionCounts;
use station::{Payload, SessionSlot, clock};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tracing::debug_span;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::{Carrier, Encoding, ErrorCode, Goodbye};

use super::alert_cursor::AlertCursor;
use super::container_stats::stats;
use super::feed::Listener;
use super::session::CompatSession;
use super::session::object;
use super::state::CompatState;
use super::times::Iso;
use super::update::{Message, Part, Parts, Rate, Update};
use crate::auth::guard::HttpViewer;
use crate::error_response::ErrorResponse;
use crate::ws::socket::SessionHandler;
use crate::ws::upgrade::Upgrade;

/// Least time between two messages about sessions that began or ended, so that a client that connects again and again
/// does not flood the others.
const EVENTS_APART: Duration = Duration::from_millis(100);
/// Longest part of a channel's name that is quoted in an error.
const NAME_CHARS: usize = 64;

/// The paths of this family.
pub(super) fn routes() -> OpenApiRouter<Arc<CompatState>> {
    OpenApiRouter::new().routes(routes!(answer)).route("/ws", get(upgrade))
}

/// Container dashboards
///
/// The containers of this machine, as their socket `/ws` sends them.
#[utoipa::path(
    get, path = "/api/containers/stats", tag = "Compatible", operation_id = "containersStats",
    responses((status = 200, description = "All containers, together and one by one.", body = Object)),
)]
async fn answer(_: HttpViewer) -> Result<Json<Value>, ErrorResponse> {
    Ok(Json(stats()?))
}

/// Answers the upgrade of `/ws` and serves the viewer.
async fn upgrade(
    State(compat): State<Arc<CompatState>>,
    viewer: HttpViewer,
    RawQuery(query): RawQuery,
    upgrade: Result<Upgrade, Response>,
) -> Result<Response, Response> {
    if !compat.flags.websocket_enabled {
        return Err(switched_off().into_response());
    }
    let upgrade = upgrade?;
    let legacy = query.is_some_and(|query| query.split('&').any(|part| part == "format=legacy"));
    let session = CompatSession::admit(&compat.server.station, &viewer, Carrier::ContainerDashboard)
        .map_err(|refused| ErrorResponse::from(refused).into_response())?;
    let span = debug_span!("container dashboard", peer = %viewer.link.address, id = session.slot.client_id());
    let board = Board::begin(&compat, session, legacy);
    Ok(compat.server.serve(upgrade, span, |socket| socket.serve(board)))
}

/// Not 503: asking again in a second is of no use.
fn switched_off() -> ErrorResponse {
    let message = "this WebSocket is switched off (WEBSOCKET_ENABLED=false); poll GET /api/metrics/current and \
                   GET /api/containers/stats";
    ErrorResponse::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message)
}

/// A message of the client.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Incoming {
    Subscribe { channels: Vec<String> },
    Unsubscribe { channels: Vec<String> },
}

#[derive(Debug, Serialize)]
struct Connected<'a> {
    client_id: &'a str,
}

#[derive(Debug, Serialize)]
struct Mistake<'a> {
    message: &'a str,
}

/// `session_event`: a session began or ended.
#[derive(Debug, Serialize)]
struct SessionEvent {
    #[serde(rename = "type")]
    kind: &'static str,
    event: &'static str,
    timestamp: Iso,
    data: ActiveCount,
}

#[derive(Debug, Serialize)]
struct ActiveCount {
    active_count: u64,
}

/// One viewer of `/ws`.
struct Board {
    session: CompatSession,
    compat: Arc<CompatState>,
    /// Asked for `?format=legacy`.
    legacy: bool,
    /// What it gets: all, until it first subscribes.
    parts: Parts,
    has_subscribed: bool,
    updates: Listener<Arc<Update>>,
    heartbeats: Listener<Payload>,
    unread: AlertCursor,
    session_counts: watch::Receiver<SessionCounts>,
    /// The counts that were sent last.
    sent_counts: SessionCounts,
    /// They are not sent again before.
    quiet_until: Instant,
    next: Next,
}

/// What is sent next.
#[derive(Default)]
struct Next {
    update: Option<Arc<Update>>,
    heartbeat: Option<Payload>,
    /// A session began or ended.
    session_counts: bool,
}

impl Board {
    fn begin(compat: &Arc<CompatState>, session: CompatSession, legacy: bool) -> Self {
        let (made_of, requests) = (Arc::clone(compat), compat.server.requests.load(Ordering::Relaxed));
        let rate = Rate::since(requests, Instant::now());
        let make = move || {
            let with_containers = made_of.flags.websocket_container_stats;
            Some(Arc::new(Update::make(&made_of.server, with_containers, &rate)))
        };
        let mut session_counts = compat.server.station.session_counts();
        // Its own session is not reported to it.
        let sent_counts = *session_counts.borrow_and_update();
        let mut board = Self {
            updates: compat.updates.listen(make),
            heartbeats: compat.alerts.heartbeats(),
            unread: AlertCursor::new(compat, "system_alert"),
            session_counts,
            sent_counts,
            quiet_until: Instant::now(),
            legacy,
            parts: Parts::ALL,
            has_subscribed: false,
            next: Next::default(),
            compat: Arc::clone(compat),
            session,
        };
        board.take(Parts::ALL);
        board
    }

    /// From now on it gets these parts.
    fn take(&mut self, parts: Parts) {
        if parts.has(Part::Sessions) && !self.parts.has(Part::Sessions) {
            // What was before it subscribed is not reported.
            self.sent_counts = *self.session_counts.borrow_and_update();
        }
        self.parts = parts;
        self.unread.listen(parts.has(Part::Alerts) && self.compat.flags.websocket_system_alerts);
        self.session.slot.subscribed(parts.names());
    }

    fn wants_events(&self) -> bool {
        self.parts.has(Part::Sessions) && self.compat.flags.websocket_session_events
    }

    /// Unknown names are quoted in an error; the others count all the same.
    fn subscribe(&mut self, channels: &[String], wanted: bool, out: &mut Vec<Payload>) {
        let known: Vec<Part> = channels.iter().filter_map(|name| Part::named(name)).collect();
        if let Some(unknown) = channels.iter().find(|name| Part::named(name).is_none()) {
            let name: String = unknown.chars().take(NAME_CHARS).collect();
            let message =
                format!("there is no channel {name:?}; there are metrics, containers, sessions, alerts");
            out.push(mistake(&message));
            if known.is_empty() {
                return;
            }
        }
        let mut parts = if wanted && !self.has_subscribed { Parts::default() } else { self.parts };
        self.has_subscribed |= wanted;
        for part in known {
            parts.set(part, wanted);
        }
        self.take(parts);
    }

    /// How sessions changed since it was sent last: one message for those that began and one for those that ended.
    fn push_session_events(&mut self, out: &mut Vec<Payload>) {
        let (now, before) = (*self.session_counts.borrow_and_update(), self.sent_counts);
        let began = now.total - before.total;
        let ended = before.active + began - now.active;
        for (event, count) in [("created", began), ("destroyed", ended)] {
            if count > 0 {
                let data = ActiveCount { active_count: now.active };
                out.push(Payload::json(&SessionEvent {
                    kind: "session_event",
                    event,
                    timestamp: this_moment(),
                    data,
                }));
            }
        }
        self.sent_counts = now;
        self.quiet_until = Instant::now() + EVENTS_APART;
    }
}

fn mistake(message: &str) -> Payload {
    Payload::json(&Message { kind: "error", timestamp: this_moment(), data: Mistake { message } })
}

fn this_moment() -> Iso {
    Iso(clock::unix_ms())
}

impl SessionHandler for Board {
    fn slot(&self) -> &SessionSlot {
        &self.session.slot
    }

    fn on_open(&mut self, out: &mut Vec<Payload>) {
        let data = Connected { client_id: self.session.slot.client_id() };
        out.push(Payload::json(&Message { kind: "connected", timestamp: this_moment(), data }));
    }

    fn on_message(
        &mut self,
        encoding: Encoding,
        bytes: &[u8],
        out: &mut Vec<Payload>,
    ) -> Result<(), Goodbye> {
        let text = (encoding == Encoding::Json).then_some(bytes);
        match text.and_then(object).and_then(|message| serde_json::from_value(message).ok()) {
            Some(Incoming::Subscribe { channels }) => self.subscribe(&channels, true, out),
            Some(Incoming::Unsubscribe { channels }) => self.subscribe(&channels, false, out),
            None => out.push(mistake(
                "expected text: {\"type\": \"subscribe\" | \"unsubscribe\", \"channels\": […]}",
            )),
        }
        Ok(())
    }

    async fn changed(&mut self) -> Result<(), Goodbye> {
        let wants_events = self.wants_events();
        tokio::select! {
            biased;
            reason = self.session.closed() => return Err(reason),
            () = self.unread.rings() => {}
            () = changed(&mut self.session_counts, self.quiet_until), if wants_events => self.next.session_counts = true,
            update = self.updates.next() => self.next.update = Some(update),
            heartbeat = self.heartbeats.next() => self.next.heartbeat = Some(heartbeat),
        }
        self.session.slot.skipped(self.updates.take_missed());
        Ok(())
    }

    fn poll_outgoing(&mut self, out: &mut Vec<Payload>) {
        let next = std::mem::take(&mut self.next);
        self.unread.poll_outgoing(out);
        if next.session_counts {
            self.push_session_events(out);
        }
        out.extend(next.update.and_then(|update| match self.legacy {
            true => update.legacy(self.parts),
            false => update.message(self.parts),
        }));
        out.extend(next.heartbeat);
    }

    fn final_message(&self, _: Goodbye) -> Option<Payload> {
        None
    }
}

/// Completes when a session began or ended, but not before `from`. May be dropped and called again.
async fn changed(session_counts: &mut watch::Receiver<SessionCounts>, from: Instant) {
    sleep_until(from).await;
    if session_counts.changed().await.is_err() {
        // The registry lives as long as the station's handle, which the server holds.
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests;
