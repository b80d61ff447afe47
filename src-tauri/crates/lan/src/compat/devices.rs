//! Family B: device dashboards.

use std::sync::Arc;

use axum::Router;

use crate::door::Shared;

/// What all device dashboards share.
#[derive(Debug, Default)]
pub(super) struct Devices {}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
}
