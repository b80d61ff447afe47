//! Plain HTTP: what a script or a health check asks.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;
use wire::ErrorCode;
use wire::message::ErrorBody;

use crate::door::Shared;
use crate::guard::Viewer;
use crate::problem::Problem;

/// `GET /health`: that Sightline runs, and nothing about the machine.
pub(crate) async fn health() -> impl IntoResponse {
    ([(CACHE_CONTROL, "no-store")], axum::Json(serde_json::json!({ "status": "ok" })))
}

/// `GET /api/v1/snapshot`: the last sample, whole. Encoded once a tick, however many ask.
pub(crate) async fn snapshot(
    State(shared): State<Arc<Shared>>,
    _: Viewer,
) -> Result<impl IntoResponse, Problem> {
    let tick = shared.station.latest().ok_or_else(|| {
        ErrorBody::new(ErrorCode::Unavailable, "nothing was sampled yet; ask again in a second")
    })?;
    Ok(([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], tick.snapshot_body()))
}
