//! `GET /api/v1/ws/stats`: what is switched on, and who is connected to what, over any transport.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::IntoResponse;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use wire::message::{SessionInfo, Sessions};
use wire::{Carrier, Scope};

use super::flags::Flags;
use super::state::CompatState;
use super::times::Iso;
use crate::auth::guard::HttpViewer;

/// The path of the statistics.
pub(super) fn routes() -> OpenApiRouter<Arc<CompatState>> {
    OpenApiRouter::new().routes(routes!(stats))
}

/// Who is connected
///
/// What is switched on, and totals since this run began. `clients` lists who is connected for this computer and for
/// tokens of scope `control`; for others it is empty.
#[utoipa::path(
    get, path = "/api/v1/ws/stats", tag = "Compatible", operation_id = "wsStats",
    responses((status = 200, description = "The statistics of this moment.", body = Stats)),
)]
async fn stats(State(compat): State<Arc<CompatState>>, viewer: HttpViewer) -> impl IntoResponse {
    let report = compat.server.station.report();
    let body = Stats::of(compat.flags, &report, viewer.is_owner_or_local());
    ([(CACHE_CONTROL, "no-store")], axum::Json(body).into_response())
}

/// Totals since this run began, and the viewers of this moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WsStats)]
#[serde(rename_all = "camelCase")]
struct Stats<'a> {
    enabled: bool,
    interval_ms: u64,
    total_connections: u64,
    active_connections: u64,
    messages_sent: u64,
    bytes_sent: u64,
    /// Empty for those who may not see who else is connected.
    clients: Vec<Client<'a>>,
    flags: Flags,
}

impl<'a> Stats<'a> {
    fn of(flags: Flags, report: &'a Sessions, with_clients: bool) -> Self {
        let clients = if with_clients { report.sessions.as_slice() } else { &[] };
        Self {
            enabled: flags.ws_enabled,
            interval_ms: flags.ws_metrics_interval.as_millis() as u64,
            total_connections: report.total,
            active_connections: report.active,
            messages_sent: report.messages_sent,
            bytes_sent: report.bytes_sent,
            clients: clients.iter().map(Client::of).collect(),
            flags,
        }
    }
}

/// One viewer: the fields that these clients know first, then what we add.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WsClient)]
#[serde(rename_all = "camelCase")]
struct Client<'a> {
    client_id: &'a str,
    connected_at: Iso,
    subscribed_channels: &'a [String],
    carrier: Carrier,
    address: Option<&'a str>,
    scope: Scope,
    messages_sent: u64,
    bytes_sent: u64,
    messages_received: u64,
    frames_skipped: u64,
}

impl<'a> Client<'a> {
    fn of(session: &'a SessionInfo) -> Self {
        Self {
            client_id: &session.client_id,
            connected_at: Iso(session.connected_at_ms),
            subscribed_channels: &session.channels,
            carrier: session.carrier,
            address: session.address.as_deref(),
            scope: session.scope,
            messages_sent: session.messages_sent,
            bytes_sent: session.bytes_sent,
            messages_received: session.messages_received,
            frames_skipped: session.frames_skipped,
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    fn report() -> Sessions {
        let session = SessionInfo {
            client_id: "c1".to_owned(),
            carrier: Carrier::ApplicationManager,
            address: Some("192.0.2.1".to_owned()),
            connected_at_ms: 1_700_000_000_250,
            scope: Scope::View,
            channels: vec!["metrics".to_owned()],
            messages_sent: 7,
            bytes_sent: 7_000,
            messages_received: 2,
            frames_skipped: 1,
        };
        Sessions { active: 1, total: 3, messages_sent: 12, bytes_sent: 9_000, sessions: vec![session] }
    }

    #[test]
    fn the_statistics_have_the_shape_these_clients_know_and_ours_behind() {
        let (flags, _) = Flags::read(&station::Compat::default(), |_| None);
        let stats = serde_json::to_string_pretty(&Stats::of(flags, &report(), true)).unwrap() + "\n";
        expect_file!["../../golden/ws-stats.json"].assert_eq(&stats);
        let guarded = serde_json::to_value(Stats::of(flags, &report(), false)).unwrap();
        assert_eq!(guarded["clients"], serde_json::json!([]));
        assert_eq!(guarded["activeConnections"], 1, "how many is no secret");
    }
}
