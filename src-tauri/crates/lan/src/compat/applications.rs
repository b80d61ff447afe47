//! Family A: application managers.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use super::feed::{Feed, Round};
use crate::door::Shared;

/// What all application managers share.
#[derive(Debug)]
pub(super) struct Applications {
    metrics: Feed<Arc<Round>>,
}

impl Applications {
    pub(super) fn new(every: Duration) -> Self {
        Self { metrics: Feed::new(every) }
    }
}

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
}
