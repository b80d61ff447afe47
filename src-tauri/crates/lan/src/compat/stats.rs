//! `GET /api/v1/ws/stats`: who is connected, with figures.

use std::sync::Arc;

use axum::Router;

use crate::door::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
}
