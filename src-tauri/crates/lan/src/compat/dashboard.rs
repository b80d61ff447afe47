//! Family C, metrics dashboards: the socket of numbers, and the same by HTTP. Its alerts are in [`super::alerts`], its
//! last minutes in [`super::minutes`].

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use station::{Payload, Seat};
use tracing::debug_span;
use utoipa::ToSchema;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;
use wire::message::ErrorBody;
use wire::{Carrier, Encoding, ErrorCode, Goodbye, Metric, Snapshot};

use super::feed::{Feed, Listener};
use super::figures::{
    GIB, MIB, cpu_percent, main_filesystem, memory_percent, outward, percent, rounded, sum,
};
use super::guest::Guest;
use super::times::Iso;
use super::unread::json;
use super::{alerts, minutes};
use crate::door::Shared;
use crate::guard::Viewer;
use crate::problem::Problem;
use crate::socket::Dialogue;
use crate::upgrade::Upgrade;

/// Time between two messages with numbers.
const NUMBERS_EVERY: Duration = Duration::from_secs(5);

/// What the viewers of this family share.
#[derive(Debug)]
pub(super) struct Dashboards {
    numbers: Feed<Payload>,
}

impl Default for Dashboards {
    fn default() -> Self {
        Self { numbers: Feed::new(NUMBERS_EVERY) }
    }
}

/// The paths of this family. `GET /health` is everybody's.
pub(super) fn routes() -> OpenApiRouter<Arc<Shared>> {
    let broadcast = routes!(alerts::broadcast).layer(DefaultBodyLimit::max(alerts::BODY_BYTES));
    OpenApiRouter::new()
        .routes(routes!(current))
        .routes(routes!(minutes::minutes))
        .routes(broadcast)
        .route("/api/ws/ws", get(upgrade))
        .route("/api/ws/ws/alerts", get(alerts::upgrade))
        .route("/docs", get(|| async { Redirect::permanent("/api/docs") }))
}

/// What such a dashboard shows. `null` where this machine does not tell.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentMetrics)]
struct Current {
    timestamp: Iso,
    cpu_percent: Option<f64>,
    memory_percent: Option<f64>,
    memory_used_mb: Option<f64>,
    memory_total_mb: Option<f64>,
    disk_percent: Option<f64>,
    disk_used_gb: Option<f64>,
    disk_total_gb: Option<f64>,
    network: Network,
}

/// All interfaces but loopback. Totals in bytes as the system counts them, since the machine was started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentNetwork)]
struct Network {
    bytes_sent: Option<u64>,
    bytes_recv: Option<u64>,
    sent_per_sec: Option<f64>,
    recv_per_sec: Option<f64>,
}

impl Current {
    fn of(snapshot: &Snapshot) -> Self {
        let memory = |metric: Metric| snapshot.value(&metric.id(""));
        let disk = |metric: Metric| snapshot.value(&metric.id(&main_filesystem(snapshot)?.device));
        let bytes_in = |bytes: Option<f64>, unit: f64| bytes.map(|bytes| rounded(bytes / unit));
        Self {
            timestamp: Iso(snapshot.sampled_at_ms),
            cpu_percent: cpu_percent(snapshot),
            memory_percent: memory_percent(snapshot),
            memory_used_mb: bytes_in(memory(Metric::MemoryUsed), MIB),
            memory_total_mb: bytes_in(memory(Metric::MemoryTotal), MIB),
            disk_percent: percent(disk(Metric::FsUsed), disk(Metric::FsTotal)),
            disk_used_gb: bytes_in(disk(Metric::FsUsed), GIB),
            disk_total_gb: bytes_in(disk(Metric::FsTotal), GIB),
            network: Network::of(snapshot),
        }
    }
}

impl Network {
    fn of(snapshot: &Snapshot) -> Self {
        let total = |metric: Metric| {
            let bytes = sum(outward(snapshot).map(|device| snapshot.total(&metric.id(device))));
            bytes.map(|bytes| bytes as u64)
        };
        let rate = |metric: Metric| {
            sum(outward(snapshot).map(|device| snapshot.value(&metric.id(device)))).map(rounded)
        };
        Self {
            bytes_sent: total(Metric::NetTx),
            bytes_recv: total(Metric::NetRx),
            sent_per_sec: rate(Metric::NetTx),
            recv_per_sec: rate(Metric::NetRx),
        }
    }
}

/// Metrics dashboards
///
/// What their socket `/api/ws/ws` tells, now.
#[utoipa::path(
    get, path = "/api/metrics/current", tag = "Compatible",
    responses((status = 200, description = "The newest sample.", body = Current)),
)]
async fn current(State(shared): State<Arc<Shared>>, _: Viewer) -> Result<impl IntoResponse, Problem> {
    let tick = shared.station.latest().ok_or_else(nothing_yet)?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(Current::of(&tick.snapshot))))
}

/// Before the first sample.
pub(super) fn nothing_yet() -> ErrorBody {
    ErrorBody::new(ErrorCode::Unavailable, "nothing was sampled yet; ask again in a second")
}

/// Answers the upgrade of `/api/ws/ws` and serves the viewer.
async fn upgrade(
    State(shared): State<Arc<Shared>>,
    viewer: Viewer,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let guest = Guest::admit(&shared.station, viewer, Carrier::MetricsDashboard)?;
    let span = debug_span!("session", peer = %viewer.address, id = guest.seat.client_id());
    let numbers = Numbers::begin(&shared, guest);
    Ok(upgrade.serve(&shared, span, |socket| socket.serve(numbers)))
}

/// The numbers as a message; `None` before the first sample.
fn numbers(shared: &Shared) -> Option<Payload> {
    let tick = shared.station.latest()?;
    Some(json(&Current::of(&tick.snapshot)))
}

/// One viewer of `/api/ws/ws`. What it says is not looked at: the family has no words for it.
struct Numbers {
    guest: Guest,
    rounds: Listener<Payload>,
    /// What is told next.
    newest: Option<Payload>,
}

impl Numbers {
    fn begin(shared: &Arc<Shared>, guest: Guest) -> Self {
        guest.seat.subscribed(["metrics"]);
        let made_of = Arc::clone(shared);
        let rounds = shared.compat.dashboards.numbers.listen(move || numbers(&made_of));
        Self { guest, rounds, newest: numbers(shared) }
    }
}

impl Dialogue for Numbers {
    fn seat(&self) -> &Seat {
        &self.guest.seat
    }

    fn greet(&mut self, out: &mut Vec<Payload>) {
        self.tell(out);
    }

    fn hear(&mut self, _: Encoding, _: &[u8], _: &mut Vec<Payload>) -> Result<(), Goodbye> {
        Ok(())
    }

    async fn news(&mut self) -> Result<(), Goodbye> {
        tokio::select! {
            biased;
            reason = self.guest.leave() => return Err(reason),
            newest = self.rounds.next() => self.newest = Some(newest),
        }
        self.guest.seat.skipped(self.rounds.take_missed());
        Ok(())
    }

    fn tell(&mut self, out: &mut Vec<Payload>) {
        out.extend(self.newest.take());
    }

    fn last_word(&self, _: Goodbye) -> Option<Payload> {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use expect_test::expect_file;
    use wire::Scope;

    use super::super::made_up::{Inside, snapshot};
    use super::*;

    const VIEWER: Viewer = Viewer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), scope: Scope::View };

    fn numbers_of(inside: &Inside) -> Numbers {
        let station = &inside.shared.station;
        let guest = Guest::admit(station, VIEWER, Carrier::MetricsDashboard).expect("a seat");
        Numbers::begin(&inside.shared, guest)
    }

    #[test]
    fn numbers_are_told_in_the_words_of_the_family() {
        let text = serde_json::to_string_pretty(&Current::of(&snapshot())).unwrap();
        expect_file!["../../golden/dashboard-current.json"].assert_eq(&text);
    }

    #[test]
    fn what_a_machine_does_not_tell_is_null() {
        let mut bare = snapshot();
        bare.values.fill(None);
        bare.totals.fill(None);
        let told = serde_json::to_value(Current::of(&bare)).unwrap();
        let nulls = |value: &serde_json::Value| {
            value.as_object().map(|it| it.values().filter(|value| value.is_null()).count())
        };
        assert_eq!((nulls(&told), nulls(&told["network"])), (Some(7), Some(4)), "{told}");
    }

    #[tokio::test(start_paused = true)]
    async fn viewers_are_told_at_once_and_then_together_every_5_seconds_until_the_last_leaves() {
        let inside = Inside::new();
        inside.shared.station.ticks().wait_for(Option::is_some).await.unwrap();
        let held = Arc::strong_count(&inside.shared);
        let (mut first, mut out) = (numbers_of(&inside), Vec::new());
        first.greet(&mut out);
        assert_eq!(out.len(), 1, "at once");
        let began = tokio::time::Instant::now();
        first.news().await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 5);
        first.tell(&mut out);
        assert_eq!(out.len(), 2);

        let mut second = numbers_of(&inside);
        let (one, other) = tokio::join!(first.news(), second.news());
        assert_eq!((one, other, began.elapsed().as_secs()), (Ok(()), Ok(()), 10), "one timer for both");
        let bytes = |numbers: &Numbers| numbers.newest.as_ref().unwrap().bytes.as_ptr();
        assert_eq!(bytes(&first), bytes(&second), "encoded once");
        drop(first);
        second.news().await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 15, "the timer goes on for who stays");
        drop(second);
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&inside.shared), held, "the timer ended with the last");
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_such_a_client_says_is_not_answered() {
        let inside = Inside::new();
        let (mut numbers, mut out) = (numbers_of(&inside), Vec::new());
        for said in [&b"{"[..], b"ping", b"\x00\xff", br#"{"type":"subscribe"}"#] {
            for encoding in [Encoding::Json, Encoding::Msgpack] {
                assert_eq!(numbers.hear(encoding, said, &mut out), Ok(()));
            }
        }
        assert_eq!(out, []);
        inside.station.say_goodbye(Goodbye::Shutdown);
        assert_eq!(numbers.news().await, Err(Goodbye::Shutdown));
    }
}
