//! The HTTP API, for scripts, spreadsheets and health checks. Each route is declared once, together with its description:
//! the router and the OpenAPI document are made from the same table.
//!
//! In reading order: [`machine`] (identity and last sample) → [`pair`] (who has access) → [`history`] and [`processes`] →
//! [`query`] and [`moment`] (parameters and times in them) → [`openapi`] (the document) → [`docs`] (the page made from it).

mod answer;
mod docs;
mod history;
mod machine;
pub(crate) mod moment;
pub(crate) mod openapi;
mod pair;
mod processes;
pub(crate) mod query;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::ServerState;

/// Every route of this machine's own HTTP interface, described.
pub(crate) fn routes() -> OpenApiRouter<Arc<ServerState>> {
    OpenApiRouter::with_openapi(openapi::introduction())
        .routes(routes!(machine::health))
        .routes(routes!(machine::snapshot))
        .routes(routes!(history::history))
        .routes(routes!(processes::processes))
        .routes(routes!(machine::alerts))
        .routes(routes!(machine::devices))
        .routes(routes!(pair::pair))
        .routes(routes!(pair::leave))
        .routes(routes!(openapi::openapi))
        .routes(routes!(docs::docs))
}
