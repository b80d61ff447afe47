//! Family B, device dashboards: `WS /api/v1/devices/{uuid}/ws`.
//!
//! A viewer subscribes to channels; each sends the present state at once, then at each round of a timer that all its
//! listeners share. Any other message of a viewer is ignored, as these clients expect.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use station::{Handle, Payload, SessionSlot, clock};
use tracing::debug_span;
use utoipa_axum::router::OpenApiRouter;
use wire::codec::encode;
use wire::{Carrier, Commands, Encoding, ErrorCode, Goodbye};

use super::device_channel::Channel;
use super::feed::{Listener, Round};
use super::flags::switched_off;
use super::history::Past;
use super::session::{CompatSession, object};
use super::state::CompatState;
use super::system_metrics::{self, NetworkInterface, SystemMetrics, TopProcess};
use super::times::Iso;
use crate::auth::guard::HttpViewer;
use crate::error_response::ErrorResponse;
use crate::ws::socket::SessionHandler;
use crate::ws::upgrade::Upgrade;

/// The path of this family.
pub(super) fn routes() -> OpenApiRouter<Arc<CompatState>> {
    OpenApiRouter::new().route("/api/v1/devices/{uuid}/ws", get(upgrade))
}

/// Answers the upgrade and serves the session that follows.
async fn upgrade(
    State(compat): State<Arc<CompatState>>,
    viewer: HttpViewer,
    uuid: Result<Path<String>, PathRejection>,
    upgrade: Result<Upgrade, Response>,
) -> Result<Response, Response> {
    // A uuid that is not UTF-8 is another one too.
    let own = |uuid: Path<String>| uuid.eq_ignore_ascii_case(&compat.server.station.machine().id);
    if !uuid.is_ok_and(own) {
        return Err(unknown_device().into_response());
    }
    if !compat.flags.ws_enabled {
        return Err(switched_off().into_response());
    }
    let upgrade = upgrade?;
    let session = CompatSession::admit_to_sample(&compat.server.station, &viewer, Carrier::DeviceDashboard)
        .await
        .map_err(|refused| ErrorResponse::from(refused).into_response())?;
    let span = debug_span!("device dashboard", peer = %viewer.link.address, id = session.slot.client_id());
    let dashboard = Dashboard::new(session, Arc::clone(&compat));
    Ok(compat.server.serve(upgrade, span, |socket| socket.serve(dashboard)))
}

fn unknown_device() -> ErrorResponse {
    let message = "this machine has another uuid; GET /api/v1/devices tells it";
    ErrorResponse::new(StatusCode::NOT_FOUND, ErrorCode::NotFound, message)
}

/// A message of the server.
#[derive(Debug, Serialize)]
#[serde(tag = "type", content = "data", rename_all = "kebab-case")]
enum Outgoing<'a> {
    #[serde(rename_all = "camelCase")]
    Connected {
        device_uuid: &'a str,
        timestamp: Iso,
    },
    Pong {
        timestamp: Iso,
    },
    #[serde(rename_all = "camelCase")]
    SystemInfo {
        os: &'a str,
        architecture: &'a str,
        uptime: u64,
        hostname: &'a str,
        ip_address: &'a str,
        mac_address: &'a str,
    },
    Processes {
        top_processes: Vec<TopProcess<'a>>,
    },
    History(Past),
    NetworkInterfaces {
        interfaces: Vec<NetworkInterface<'a>>,
    },
    Metrics(SystemMetrics<'a>),
}

/// The message of `channel`, as a viewer gets it who is shown `commands`.
fn message(channel: Channel, round: &Round, station: &Handle, commands: Commands) -> Vec<u8> {
    let tick = &*round.tick;
    encode(&match channel {
        Channel::SystemInfo => {
            let (ip_address, mac_address) = system_metrics::own_address(tick);
            Outgoing::SystemInfo {
                os: &tick.machine.os,
                architecture: &tick.machine.arch,
                uptime: system_metrics::uptime_seconds(tick),
                hostname: &tick.machine.name,
                ip_address,
                mac_address,
            }
        }
        Channel::Processes => {
            Outgoing::Processes { top_processes: system_metrics::top_processes(tick, commands) }
        }
        Channel::History => Outgoing::History(Past::until(tick, station, &TimeZone::system())),
        Channel::NetworkInterfaces => {
            Outgoing::NetworkInterfaces { interfaces: system_metrics::network_interfaces(tick) }
        }
        Channel::Metrics => Outgoing::Metrics(SystemMetrics::of(tick, commands)),
    })
}

/// A message of the client.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Incoming {
    Subscribe { channels: Vec<String> },
    Unsubscribe { channels: Vec<String> },
    Ping,
}

/// Which of our channels are among `names`, each once; unknown ones are ignored.
fn known(names: &[String]) -> impl Iterator<Item = Channel> {
    Channel::ALL.into_iter().filter(|channel| names.iter().any(|name| name == channel.name()))
}

/// One session.
#[derive(Debug)]
struct Dashboard {
    session: CompatSession,
    compat: Arc<CompatState>,
    subscribed: BTreeMap<Channel, Listener<Arc<Round>>>,
    /// The last round, until it is sent.
    round: Option<(Channel, Arc<Round>)>,
}

impl Dashboard {
    fn new(session: CompatSession, compat: Arc<CompatState>) -> Self {
        Self { session, compat, subscribed: BTreeMap::new(), round: None }
    }

    /// Sends the present state, at each call; the timer starts at the first.
    fn subscribe(&mut self, channel: Channel, out: &mut Vec<Payload>) {
        let newest = Round::newest(self.compat.server.station.clone());
        out.extend(newest().map(|round| self.message(channel, &round)));
        let feeds = &self.compat.channels;
        self.subscribed.entry(channel).or_insert_with(|| feeds[channel as usize].listen(newest));
    }

    fn message(&self, channel: Channel, round: &Round) -> Payload {
        let commands = self.session.commands();
        round.message_for(commands, || message(channel, round, &self.compat.server.station, commands))
    }

    fn list_channels(&self) {
        self.session.slot.subscribed(self.subscribed.keys().map(|channel| channel.name()));
    }
}

/// The next round of any of these channels. May be dropped and called again.
async fn next(subscribed: &mut BTreeMap<Channel, Listener<Arc<Round>>>) -> (Channel, Arc<Round>) {
    let rounds = subscribed.iter_mut().map(|(channel, listener)| async { (*channel, listener.next().await) });
    let mut rounds: FuturesUnordered<_> = rounds.collect();
    match rounds.next().await {
        Some(first) => first,
        // Subscribed to nothing.
        None => std::future::pending().await,
    }
}

fn payload(message: &Outgoing<'_>) -> Payload {
    Payload::json(message)
}

impl SessionHandler for Dashboard {
    fn slot(&self) -> &SessionSlot {
        &self.session.slot
    }

    fn on_open(&mut self, out: &mut Vec<Payload>) {
        let machine = self.compat.server.station.machine();
        out.push(payload(&Outgoing::Connected {
            device_uuid: &machine.id,
            timestamp: Iso(clock::unix_ms()),
        }));
    }

    fn on_message(
        &mut self,
        encoding: Encoding,
        bytes: &[u8],
        out: &mut Vec<Payload>,
    ) -> Result<(), Goodbye> {
        let text = Some(bytes).filter(|_| encoding == Encoding::Json);
        match text.and_then(object).and_then(|object| Incoming::deserialize(object).ok()) {
            Some(Incoming::Subscribe { channels }) => {
                for channel in known(&channels) {
                    self.subscribe(channel, out);
                }
                self.list_channels();
            }
            Some(Incoming::Unsubscribe { channels }) => {
                for channel in known(&channels) {
                    self.subscribed.remove(&channel);
                    self.round.take_if(|(told, _)| *told == channel);
                }
                self.list_channels();
            }
            Some(Incoming::Ping) => out.push(payload(&Outgoing::Pong { timestamp: Iso(clock::unix_ms()) })),
            None => {}
        }
        Ok(())
    }

    async fn changed(&mut self) -> Result<(), Goodbye> {
        tokio::select! {
            biased;
            reason = self.session.closed() => Err(reason),
            news = next(&mut self.subscribed) => {
                self.round = Some(news);
                Ok(())
            }
        }
    }

    fn poll_outgoing(&mut self, out: &mut Vec<Payload>) {
        let Some((channel, round)) = self.round.take() else { return };
        let missed = self.subscribed.get_mut(&channel).map_or(0, Listener::take_missed);
        self.session.slot.skipped(missed);
        out.push(self.message(channel, &round));
    }

    /// None: the close frame with its code is all that these clients know.
    fn final_message(&self, _: Goodbye) -> Option<Payload> {
        None
    }
}

#[cfg(test)]
mod tests {
    use wire::Scope;

    use std::time::Duration;

    use expect_test::expect_file;
    use serde_json::Value;

    use super::*;
    use crate::compat::example;
    use crate::compat::fixtures::{Exchange, Fixture, received, session};

    async fn dashboard(fixture: &Fixture) -> (Dashboard, Vec<Payload>) {
        let session = session(fixture, Carrier::DeviceDashboard, Scope::View).await;
        let mut dashboard = Dashboard::new(session, Arc::clone(&fixture.compat));
        let mut out = Vec::new();
        dashboard.on_open(&mut out);
        assert_eq!(received(&mut out)[0]["type"], "connected");
        (dashboard, out)
    }

    fn say(dashboard: &mut Dashboard, text: &str) -> Vec<Value> {
        let mut out = Vec::new();
        dashboard.on_message(Encoding::Json, text.as_bytes(), &mut out).unwrap();
        received(&mut out)
    }

    fn types(messages: &[Value]) -> Vec<&str> {
        messages.iter().map(|message| message["type"].as_str().unwrap()).collect()
    }

    #[tokio::test]
    async fn an_exchange_in_the_words_of_the_family() {
        let fixture = Fixture::new();
        let (mut dashboard, mut out) = dashboard(&fixture).await;
        dashboard.on_open(&mut out);
        let mut exchange = Exchange::default();
        exchange.note("connects");
        exchange.server(&mut out);
        // The past has a file of its own.
        let channels = Channel::ALL.into_iter().filter(|channel| *channel != Channel::History);
        for channel in channels {
            let said = format!(r#"{{"type":"subscribe","channels":["{}"]}}"#, channel.name());
            assert_eq!(say(&mut dashboard, &said).len(), 1);
            // In place of this computer's own numbers.
            dashboard.round = Some((channel, Round::of(Arc::new(example::tick()))));
            dashboard.poll_outgoing(&mut out);
            exchange.client(&said);
            exchange.server(&mut out);
        }
        for said in [
            r#"{"type":"unsubscribe","channels":["metrics"]}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"reboot"}"#,
            "not JSON",
        ] {
            dashboard.on_message(Encoding::Json, said.as_bytes(), &mut out).unwrap();
            exchange.client(said);
            exchange.server(&mut out);
        }
        dashboard.on_message(Encoding::Msgpack, &[0], &mut out).unwrap();
        exchange.note("a binary message");
        exchange.server(&mut out);
        expect_file!["../../golden/devices.txt"].assert_eq(exchange.text());
    }

    #[tokio::test(start_paused = true)]
    async fn a_channel_is_told_at_once_then_by_its_own_timer() {
        let fixture = Fixture::new();
        let (mut dashboard, mut out) = dashboard(&fixture).await;
        let told =
            say(&mut dashboard, r#"{"type":"subscribe","channels":["processes","metrics","kitchen"]}"#);
        assert_eq!(types(&told), ["processes", "metrics"]);
        let began = tokio::time::Instant::now();
        let mut heard_at = Vec::new();
        while began.elapsed() < Duration::from_secs(60) {
            dashboard.changed().await.unwrap();
            dashboard.poll_outgoing(&mut out);
            for message in received(&mut out) {
                heard_at.push((message["type"].as_str().unwrap().to_owned(), began.elapsed().as_secs()));
            }
        }
        let metrics: Vec<_> = heard_at.iter().filter(|(kind, _)| kind == "metrics").collect();
        assert!(metrics.iter().zip(1..).all(|((_, at), n)| *at == 5 * n), "{metrics:?}");
        assert!(metrics.len() >= 11);
        assert!(heard_at.iter().all(|(kind, at)| kind == "metrics" || *at == 60), "{heard_at:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn dashboards_share_the_timer_of_a_channel_which_ends_with_the_last() {
        let fixture = Fixture::new();
        let ((mut one, mut out_one), (mut other, mut out_other)) =
            (dashboard(&fixture).await, dashboard(&fixture).await);
        let running = |channel: Channel| fixture.compat.channels[channel as usize].is_running();
        for dashboard in [&mut one, &mut other] {
            say(dashboard, r#"{"type":"subscribe","channels":["metrics","system-info"]}"#);
        }
        let (first, second) = tokio::join!(one.changed(), other.changed());
        assert_eq!((first, second), (Ok(()), Ok(())));
        one.poll_outgoing(&mut out_one);
        other.poll_outgoing(&mut out_other);
        assert_eq!(out_one[0].bytes.as_ptr(), out_other[0].bytes.as_ptr(), "encoded once for both");
        say(&mut one, r#"{"type":"unsubscribe","channels":["metrics"]}"#);
        assert!(running(Channel::Metrics) && running(Channel::SystemInfo) && !running(Channel::History));
        drop(other);
        assert!(!running(Channel::Metrics) && running(Channel::SystemInfo));
        drop(one);
        assert!(!running(Channel::SystemInfo));
    }

    #[tokio::test]
    async fn what_is_not_known_is_passed_over() {
        let fixture = Fixture::new();
        let (mut dashboard, mut out) = dashboard(&fixture).await;
        let cases = [
            "",
            "not JSON",
            "null",
            r#"["ping"]"#,
            r#"{"type":"reboot"}"#,
            r#"{"type":"subscribe"}"#,
            r#"{"type":"subscribe","channels":"metrics"}"#,
            r#"{"type":"subscribe","channels":["kitchen",""]}"#,
            r#"{"type":"unsubscribe","channels":["kitchen"]}"#,
        ];
        for text in cases {
            assert!(say(&mut dashboard, text).is_empty(), "{text}");
        }
        dashboard.on_message(Encoding::Msgpack, br#"{"type":"ping"}"#, &mut out).unwrap();
        assert_eq!(received(&mut out).len(), 0, "binary is none of theirs");
        let many =
            format!(r#"{{"type":"subscribe","channels":[{}"metrics"]}}"#, r#""metrics","#.repeat(1000));
        assert_eq!(say(&mut dashboard, &many).len(), 1, "a channel named often is told once");
        assert_eq!(types(&say(&mut dashboard, r#"{"type":"ping"}"#)), ["pong"]);
    }
}
