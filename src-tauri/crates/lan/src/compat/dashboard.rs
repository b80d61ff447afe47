//! Family C, metrics dashboards: the socket of numbers, and the same by HTTP. Its alerts are in [`super::alerts`], its
//! last minutes in [`super::downsample`].

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;
use station::{Payload, SessionSlot};
use tracing::debug_span;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::{Carrier, Encoding, Goodbye, Metric, Snapshot};

use super::feed::Listener;
use super::figures::{
    cpu_percent, gibibytes, main_filesystem, mebibytes, memory_percent, outward, rounded, share_percent, sum,
};
use super::session::CompatSession;
use super::state::CompatState;
use super::times::Iso;
use super::{alerts, downsample};
use crate::auth::guard::HttpViewer;
use crate::error_response::{ErrorResponse, nothing_yet};
use crate::ws::socket::SessionHandler;
use crate::ws::upgrade::Upgrade;

/// The paths of this family. `GET /health` is shared by all.
pub(super) fn routes() -> OpenApiRouter<Arc<CompatState>> {
    OpenApiRouter::new()
        .routes(routes!(current))
        .routes(routes!(downsample::minutes))
        .routes(routes!(alerts::broadcast))
        .route("/api/ws/ws", get(upgrade))
        .route("/api/ws/ws/alerts", get(alerts::upgrade))
        .route("/docs", get(|| async { Redirect::permanent("/api/docs") }))
}

/// What such a dashboard shows, of all this machine's interfaces but loopback and of one filesystem.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentMetrics)]
struct Current {
    timestamp: Iso,
    cpu_percent: f64,
    memory_percent: f64,
    memory_used_mb: f64,
    memory_total_mb: f64,
    disk_percent: f64,
    disk_used_gb: f64,
    disk_total_gb: f64,
    network: Network,
}

/// Bytes since the machine or its interfaces came up, and bytes a second.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrentNetwork)]
struct Network {
    bytes_sent: u64,
    bytes_recv: u64,
    sent_per_sec: f64,
    recv_per_sec: f64,
}

impl Current {
    fn of(snapshot: &Snapshot) -> Self {
        let memory = |metric: Metric| mebibytes(snapshot.value(&metric.id(""))).unwrap_or(0.0);
        let disk = |metric: Metric| snapshot.value(&metric.id(&main_filesystem(snapshot)?.device));
        let (disk_used, disk_total) = (disk(Metric::FsUsed), disk(Metric::FsTotal));
        Self {
            timestamp: Iso(snapshot.sampled_at_ms),
            cpu_percent: cpu_percent(snapshot),
            memory_percent: memory_percent(snapshot),
            memory_used_mb: memory(Metric::MemoryUsed),
            memory_total_mb: memory(Metric::MemoryTotal),
            disk_percent: share_percent(disk_used, disk_total).unwrap_or(0.0),
            disk_used_gb: gibibytes(disk_used).unwrap_or(0.0),
            disk_total_gb: gibibytes(disk_total).unwrap_or(0.0),
            network: Network::of(snapshot),
        }
    }
}

impl Network {
    fn of(snapshot: &Snapshot) -> Self {
        let total = |metric: Metric| {
            sum(outward(snapshot).map(|device| snapshot.total(&metric.id(device)))).map_or(0, |it| it as u64)
        };
        let rate = |metric: Metric| {
            sum(outward(snapshot).map(|device| snapshot.value(&metric.id(device)))).map_or(0.0, rounded)
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
/// What their socket `/api/ws/ws` sends, now.
#[utoipa::path(
    get, path = "/api/metrics/current", tag = "Compatible", operation_id = "currentMetrics",
    responses((status = 200, description = "The newest sample.", body = Current)),
)]
async fn current(
    State(compat): State<Arc<CompatState>>,
    _: HttpViewer,
) -> Result<impl IntoResponse, ErrorResponse> {
    let tick = compat.server.station.latest().ok_or_else(nothing_yet)?;
    Ok(([(CACHE_CONTROL, "no-store")], Json(Current::of(&tick.snapshot))))
}

/// Answers the upgrade of `/api/ws/ws` and serves the viewer.
async fn upgrade(
    State(compat): State<Arc<CompatState>>,
    viewer: HttpViewer,
    upgrade: Upgrade,
) -> Result<Response, ErrorResponse> {
    let session = CompatSession::admit(&compat.server.station, &viewer, Carrier::MetricsDashboard)?;
    let span = debug_span!("metrics dashboard", peer = %viewer.link.address, id = session.slot.client_id());
    let numbers = Numbers::begin(&compat, session);
    Ok(compat.server.serve(upgrade, span, |socket| socket.serve(numbers)))
}

/// The numbers as a message; `None` before the first sample.
fn numbers(compat: &CompatState) -> Option<Payload> {
    let tick = compat.server.station.latest()?;
    Some(Payload::json(&Current::of(&tick.snapshot)))
}

/// One viewer of `/api/ws/ws`. Its messages are ignored: the family defines none.
struct Numbers {
    session: CompatSession,
    rounds: Listener<Payload>,
    /// What is sent next.
    newest: Option<Payload>,
}

impl Numbers {
    fn begin(compat: &Arc<CompatState>, session: CompatSession) -> Self {
        session.slot.subscribed(["metrics"]);
        let made_of = Arc::clone(compat);
        let rounds = compat.numbers.listen(move || numbers(&made_of));
        Self { session, rounds, newest: numbers(compat) }
    }
}

impl SessionHandler for Numbers {
    fn slot(&self) -> &SessionSlot {
        &self.session.slot
    }

    fn on_open(&mut self, out: &mut Vec<Payload>) {
        self.poll_outgoing(out);
    }

    fn on_message(&mut self, _: Encoding, _: &[u8], _: &mut Vec<Payload>) -> Result<(), Goodbye> {
        Ok(())
    }

    async fn changed(&mut self) -> Result<(), Goodbye> {
        tokio::select! {
            biased;
            reason = self.session.closed() => return Err(reason),
            newest = self.rounds.next() => self.newest = Some(newest),
        }
        self.session.slot.skipped(self.rounds.take_missed());
        Ok(())
    }

    fn poll_outgoing(&mut self, out: &mut Vec<Payload>) {
        out.extend(self.newest.take());
    }

    fn final_message(&self, _: Goodbye) -> Option<Payload> {
        None
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use wire::Scope;

    use super::*;
    use crate::compat::example;
    use crate::compat::fixtures::{Fixture, session};

    async fn numbers_of(fixture: &Fixture) -> Numbers {
        Numbers::begin(&fixture.compat, session(fixture, Carrier::MetricsDashboard, Scope::View).await)
    }

    #[test]
    fn numbers_are_told_in_the_words_of_the_family() {
        let text = serde_json::to_string_pretty(&Current::of(&example::tick().snapshot)).unwrap() + "\n";
        expect_file!["../../golden/dashboard-current.json"].assert_eq(&text);
    }

    #[test]
    fn what_a_machine_does_not_tell_is_0() {
        let told = serde_json::to_string(&Current::of(&example::bare_tick().snapshot)).unwrap();
        assert!(told.contains(r#""cpu_percent":0.0,"#) && !told.contains("null"), "{told}");
    }

    #[tokio::test(start_paused = true)]
    async fn viewers_are_told_at_once_and_then_together_every_5_seconds_until_the_last_leaves() {
        let fixture = Fixture::new();
        let held = Arc::strong_count(&fixture.compat);
        let (mut first, mut out) = (numbers_of(&fixture).await, Vec::new());
        first.on_open(&mut out);
        assert_eq!(out.len(), 1, "at once");
        let began = tokio::time::Instant::now();
        first.changed().await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 5);
        first.poll_outgoing(&mut out);
        assert_eq!(out.len(), 2);

        let mut second = numbers_of(&fixture).await;
        let (one, other) = tokio::join!(first.changed(), second.changed());
        assert_eq!((one, other, began.elapsed().as_secs()), (Ok(()), Ok(()), 10), "one timer for both");
        let bytes = |numbers: &Numbers| numbers.newest.as_ref().unwrap().bytes.as_ptr();
        assert_eq!(bytes(&first), bytes(&second), "encoded once");
        drop(first);
        second.changed().await.unwrap();
        assert_eq!(began.elapsed().as_secs(), 15, "the timer goes on for who stays");
        drop(second);
        tokio::task::yield_now().await;
        assert_eq!(Arc::strong_count(&fixture.compat), held, "the timer ended with the last");
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_such_a_client_says_is_not_answered() {
        let fixture = Fixture::new();
        let (mut numbers, mut out) = (numbers_of(&fixture).await, Vec::new());
        for said in [&b"{"[..], b"ping", b"\x00\xff", br#"{"type":"subscribe"}"#] {
            for encoding in [Encoding::Json, Encoding::Msgpack] {
                assert_eq!(numbers.on_message(encoding, said, &mut out), Ok(()));
            }
        }
        assert_eq!(out, []);
        fixture.station.close_all_sessions(Goodbye::Shutdown);
        assert_eq!(numbers.changed().await, Err(Goodbye::Shutdown));
    }
}
