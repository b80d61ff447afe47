//! Family A, application managers: `WS /ws/metrics` and `GET /api/v1/metrics`.
//!
//! A viewer is subscribed to `metrics` from the beginning: it gets one at once, then one at each round of a timer that
//! all of them share. Its messages are `subscribe`, `unsubscribe` and `ping`; any other is answered by an error, and the
//! session goes on.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use station::{Payload, SessionSlot, clock};
use tracing::debug_span;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::codec::encode;
use wire::{Carrier, Encoding, Goodbye};

use super::feed::{Listener, Round};
use super::flags::switched_off;
use super::session::{CompatSession, first_sample, object};
use super::state::CompatState;
use super::system_metrics::SystemMetrics;
use super::times::Iso;
use crate::auth::guard::HttpViewer;
use crate::error_response::ErrorResponse;
use crate::ws::socket::SessionHandler;
use crate::ws::upgrade::Upgrade;

/// The one channel there is.
const METRICS: &str = "metrics";

/// The paths of this family.
pub(super) fn routes() -> OpenApiRouter<Arc<CompatState>> {
    OpenApiRouter::new().routes(routes!(metrics)).route("/ws/metrics", get(upgrade))
}

/// Application managers
///
/// What their socket `/ws/metrics` sends, for clients that poll.
#[utoipa::path(
    get, path = "/api/v1/metrics", tag = "Compatible", operation_id = "systemMetrics",
    responses((status = 200, description = "The newest sample.", body = SystemMetrics)),
)]
async fn metrics(
    State(compat): State<Arc<CompatState>>,
    viewer: HttpViewer,
) -> Result<impl IntoResponse, ErrorResponse> {
    let tick = first_sample(&compat.server.station).await?;
    Ok((
        [(CACHE_CONTROL, "no-store")],
        axum::Json(SystemMetrics::of(&tick, viewer.rights.commands())).into_response(),
    ))
}

/// `GET /ws/metrics`: answers the upgrade and serves the session that follows.
async fn upgrade(
    State(compat): State<Arc<CompatState>>,
    viewer: HttpViewer,
    upgrade: Result<Upgrade, Response>,
) -> Result<Response, Response> {
    if !compat.flags.ws_enabled {
        return Err(switched_off().into_response());
    }
    let upgrade = upgrade?;
    let session =
        CompatSession::admit_to_sample(&compat.server.station, &viewer, Carrier::ApplicationManager)
            .await
            .map_err(|refused| ErrorResponse::from(refused).into_response())?;
    let span = debug_span!("application manager", peer = %viewer.link.address, id = session.slot.client_id());
    let manager = Manager::new(session, Arc::clone(&compat));
    Ok(compat.server.serve(upgrade, span, |socket| socket.serve(manager)))
}

/// A message of the server.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Outgoing<'a> {
    Connected { data: Connected<'a>, timestamp: Iso },
    Metrics { data: SystemMetrics<'a>, timestamp: Iso },
    Pong { timestamp: Iso },
    Error { message: &'a str, timestamp: Iso },
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Connected<'a> {
    client_id: &'a str,
    subscribed_channels: [&'static str; 1],
}

/// A message of the client.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Incoming {
    Subscribe { channel: String },
    Unsubscribe { channel: String },
    Ping,
}

/// The message in `bytes`, or the error to answer where it is none of this family.
fn understood(encoding: Encoding, bytes: &[u8]) -> Result<Incoming, String> {
    if encoding != Encoding::Json {
        return Err("messages are text; this one was binary".to_owned());
    }
    let said = object(bytes).and_then(|object| Incoming::deserialize(object).ok()).ok_or_else(|| {
        let known =
            "{\"type\":\"subscribe\"|\"unsubscribe\",\"channel\":\"metrics\"} and {\"type\":\"ping\"}";
        format!("this message is not known here; there are {known}")
    })?;
    match &said {
        Incoming::Subscribe { channel } | Incoming::Unsubscribe { channel } if channel != METRICS => {
            let name: String = channel.chars().take(40).collect();
            Err(format!("there is no channel \"{name}\"; there is \"{METRICS}\""))
        }
        _ => Ok(said),
    }
}

/// One session.
#[derive(Debug)]
struct Manager {
    session: CompatSession,
    compat: Arc<CompatState>,
    /// While it is subscribed.
    metrics: Option<Listener<Arc<Round>>>,
    /// The last round, until it is sent.
    round: Option<Arc<Round>>,
}

impl Manager {
    fn new(session: CompatSession, compat: Arc<CompatState>) -> Self {
        Self { session, compat, metrics: None, round: None }
    }

    /// Sends the present state, and from now on at each round. No effect where it is subscribed.
    fn subscribe(&mut self, out: &mut Vec<Payload>) {
        if self.metrics.is_some() {
            return;
        }
        let newest = Round::newest(self.compat.server.station.clone());
        out.extend(newest().map(|round| self.metrics(&round)));
        self.metrics = Some(self.compat.metrics.listen(newest));
        self.session.slot.subscribed([METRICS]);
    }

    fn metrics(&self, round: &Round) -> Payload {
        let commands = self.session.commands();
        let say = || {
            let data = SystemMetrics::of(&round.tick, commands);
            encode(&Outgoing::Metrics { data, timestamp: Iso(round.at_ms) })
        };
        round.message_for(commands, say)
    }
}

fn payload(message: &Outgoing<'_>) -> Payload {
    Payload::json(message)
}

impl SessionHandler for Manager {
    fn slot(&self) -> &SessionSlot {
        &self.session.slot
    }

    fn on_open(&mut self, out: &mut Vec<Payload>) {
        let data = Connected { client_id: self.session.slot.client_id(), subscribed_channels: [METRICS] };
        out.push(payload(&Outgoing::Connected { data, timestamp: Iso(clock::unix_ms()) }));
        self.subscribe(out);
    }

    fn on_message(
        &mut self,
        encoding: Encoding,
        bytes: &[u8],
        out: &mut Vec<Payload>,
    ) -> Result<(), Goodbye> {
        let timestamp = Iso(clock::unix_ms());
        match understood(encoding, bytes) {
            Ok(Incoming::Subscribe { .. }) => self.subscribe(out),
            Ok(Incoming::Unsubscribe { .. }) => {
                (self.metrics, self.round) = (None, None);
                self.session.slot.subscribed([]);
            }
            Ok(Incoming::Ping) => out.push(payload(&Outgoing::Pong { timestamp })),
            Err(message) => out.push(payload(&Outgoing::Error { message: &message, timestamp })),
        }
        Ok(())
    }

    async fn changed(&mut self) -> Result<(), Goodbye> {
        let round = async {
            match &mut self.metrics {
                Some(metrics) => metrics.next().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            reason = self.session.closed() => Err(reason),
            round = round => {
                self.round = Some(round);
                Ok(())
            }
        }
    }

    fn poll_outgoing(&mut self, out: &mut Vec<Payload>) {
        let missed = self.metrics.as_mut().map_or(0, Listener::take_missed);
        self.session.slot.skipped(missed);
        out.extend(self.round.take().map(|round| self.metrics(&round)));
    }

    /// None: the close frame with its code is all that these clients know.
    fn final_message(&self, _: Goodbye) -> Option<Payload> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use expect_test::expect_file;
    use wire::Scope;

    use super::*;
    use crate::compat::example;
    use crate::compat::fixtures::{Exchange, Fixture, received, session};

    async fn manager(fixture: &Fixture) -> (Manager, Vec<Payload>) {
        let session = session(fixture, Carrier::ApplicationManager, Scope::View).await;
        let mut manager = Manager::new(session, Arc::clone(&fixture.compat));
        let mut out = Vec::new();
        manager.on_open(&mut out);
        (manager, out)
    }

    #[tokio::test]
    async fn an_exchange_in_the_words_of_the_family() {
        let fixture = Fixture::new();
        let (mut manager, mut out) = manager(&fixture).await;
        let mut exchange = Exchange::default();
        // In place of this computer's own numbers.
        let made_up = |manager: &mut Manager, out: &mut Vec<Payload>| {
            out.pop();
            manager.round = Some(Round::of(Arc::new(example::tick())));
            manager.poll_outgoing(out);
        };
        made_up(&mut manager, &mut out);
        exchange.note("connects");
        exchange.server(&mut out);
        for said in [
            r#"{"type":"ping"}"#,
            r#"{"type":"unsubscribe","channel":"metrics"}"#,
            r#"{"type":"subscribe","channel":"metrics"}"#,
            r#"{"type":"subscribe","channel":"kitchen"}"#,
            r#"{"type":"reboot"}"#,
            "not JSON",
        ] {
            manager.on_message(Encoding::Json, said.as_bytes(), &mut out).unwrap();
            if said.contains(r#""subscribe","channel":"metrics""#) {
                made_up(&mut manager, &mut out);
            }
            exchange.client(said);
            exchange.server(&mut out);
        }
        manager.on_message(Encoding::Msgpack, &[0], &mut out).unwrap();
        exchange.note("a binary message");
        exchange.server(&mut out);
        expect_file!["../../golden/applications.txt"].assert_eq(exchange.text());
    }

    #[tokio::test(start_paused = true)]
    async fn managers_share_one_timer_and_its_bytes_and_it_ends_with_the_last() {
        let fixture = Fixture::new();
        let ((mut one, mut out_one), (mut other, mut out_other)) =
            (manager(&fixture).await, manager(&fixture).await);
        let greeting: Vec<_> = received(&mut out_one).iter().map(|message| message["type"].clone()).collect();
        assert_eq!(greeting, ["connected", "metrics"], "subscribed by itself, and told at once");
        out_other.clear();
        for _ in 0..3 {
            let began = tokio::time::Instant::now();
            let (first, second) = tokio::join!(one.changed(), other.changed());
            assert_eq!((first, second), (Ok(()), Ok(())));
            assert_eq!(began.elapsed().as_secs(), 5, "the interval that nobody changed");
            one.poll_outgoing(&mut out_one);
            other.poll_outgoing(&mut out_other);
            assert_eq!(out_one[0].bytes.as_ptr(), out_other[0].bytes.as_ptr(), "encoded once for both");
            assert_eq!(received(&mut out_one)[0]["type"], "metrics");
            out_other.clear();
        }
        drop(one);
        assert!(fixture.compat.metrics.is_running());
        drop(other);
        assert!(!fixture.compat.metrics.is_running());
    }

    #[tokio::test(start_paused = true)]
    async fn who_unsubscribes_hears_nothing_until_it_subscribes_again() {
        let fixture = Fixture::new();
        let (mut manager, mut out) = manager(&fixture).await;
        out.clear();
        let mut say = |manager: &mut Manager, kind: &str| {
            let message = format!(r#"{{"type":"{kind}","channel":"metrics"}}"#);
            manager.on_message(Encoding::Json, message.as_bytes(), &mut out).unwrap();
            received(&mut out)
        };
        assert_eq!(say(&mut manager, "subscribe").len(), 0, "it is subscribed already");
        assert_eq!(say(&mut manager, "unsubscribe").len(), 0);
        let silence = tokio::time::timeout(Duration::from_secs(60), manager.changed()).await;
        assert!(silence.is_err(), "{silence:?}");
        assert!(!fixture.compat.metrics.is_running());
        assert_eq!(say(&mut manager, "subscribe")[0]["type"], "metrics");
        assert_eq!(manager.changed().await, Ok(()));
    }

    #[tokio::test]
    async fn the_stations_end_ends_the_session() {
        let fixture = Fixture::new();
        let (mut manager, _) = manager(&fixture).await;
        fixture.station.close_all_sessions(Goodbye::Update);
        assert_eq!(manager.changed().await, Err(Goodbye::Update));
        assert_eq!(manager.final_message(Goodbye::Update), None);
    }

    #[test]
    fn what_is_not_known_is_answered_with_what_is() {
        let metrics = || METRICS.to_owned();
        let cases: [(&str, Result<Incoming, &str>); 12] = [
            (r#"{"type":"subscribe","channel":"metrics"}"#, Ok(Incoming::Subscribe { channel: metrics() })),
            (
                r#"{"type":"unsubscribe","channel":"metrics"}"#,
                Ok(Incoming::Unsubscribe { channel: metrics() }),
            ),
            (r#"{"type":"ping"}"#, Ok(Incoming::Ping)),
            (r#"{"type":"ping","id":7,"more":{}}"#, Ok(Incoming::Ping)),
            (r#"{"type":"subscribe","channel":"kitchen"}"#, Err("there is no channel \"kitchen\"")),
            (r#"{"type":"subscribe"}"#, Err("not known here")),
            (r#"{"type":"subscribe","channel":["metrics"]}"#, Err("not known here")),
            (r#"{"type":"reboot"}"#, Err("not known here")),
            (r#"["ping"]"#, Err("not known here")),
            ("null", Err("not known here")),
            ("", Err("not known here")),
            ("not JSON", Err("not known here")),
        ];
        for (text, expected) in cases {
            match (understood(Encoding::Json, text.as_bytes()), expected) {
                (Ok(said), Ok(expected)) => assert_eq!(said, expected, "{text}"),
                (Err(said), Err(expected)) => assert!(said.contains(expected), "{text}: {said}"),
                (said, _) => panic!("{text}: {said:?}"),
            }
        }
        let binary = understood(Encoding::Msgpack, br#"{"type":"ping"}"#);
        assert!(binary.is_err_and(|said| said.contains("binary")));
    }
}
