//! `GET /metrics`: the last sample as Prometheus reads it, in its own text format or in OpenMetrics.
//!
//! Names follow OpenTelemetry's semantic conventions for system and hardware metrics, translated as the
//! OpenTelemetry collector does it for Prometheus; labels have the collector's short names (`device`, `state`,
//! `direction`). What is unknown is absent, and so is a device that is gone. Nothing here is about single
//! processes; disks and interfaces have the system's names for them, not serial numbers or addresses.
//!
//! In reading order: [`table`] (what each metric of the catalogue is called) → [`facts`] (what is no series of
//! the catalogue) → [`text`] (how it is written, and its bounds) → [`accept`] (which of the two formats).

mod accept;
mod facts;
mod table;
mod text;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::response::IntoResponse;
use bytes::Bytes;
use station::Tick;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::guard::HttpViewer;
use crate::error_response::{ErrorResponse, nothing_yet};
use crate::state::ServerState;
use text::{Format, Text};

/// The one route, with its cache.
pub(crate) fn routes() -> OpenApiRouter<Arc<ServerState>> {
    OpenApiRouter::new().routes(routes!(metrics)).layer(Extension(Arc::new(Cache::default())))
}

/// For Prometheus
///
/// The newest sample in Prometheus' own text format, or in OpenMetrics where `Accept` asks for it. Names follow
/// OpenTelemetry's semantic conventions; counters are the system's own totals. Nothing is about single processes.
#[utoipa::path(
    get, path = "/metrics", tag = "Machine",
    responses((status = 200, description = "The newest sample.", content(
        (String = "text/plain", example = "# TYPE system_uptime_seconds gauge\nsystem_uptime_seconds 1002\n"),
        (String = "application/openmetrics-text", example = "# TYPE system_uptime_seconds gauge\n# EOF\n"),
    ))),
)]
async fn metrics(
    State(server): State<Arc<ServerState>>,
    Extension(cache): Extension<Arc<Cache>>,
    _: HttpViewer,
    headers: HeaderMap,
) -> Result<impl IntoResponse, ErrorResponse> {
    let tick = server.station.latest().ok_or_else(nothing_yet)?;
    let format = accept::format(headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()));
    let head = [(CONTENT_TYPE, format.content_type()), (CACHE_CONTROL, "no-store"), (VARY, ACCEPT.as_str())];
    Ok((head, cache.get(&tick, format)))
}

/// The texts of the newest tick that was asked for: made once, however many ask.
#[derive(Debug, Default)]
struct Cache(Mutex<Arc<Texts>>);

#[derive(Debug, Default)]
struct Texts {
    /// Number of the tick; `None` before the first.
    seq: Option<u64>,
    made: [OnceLock<Bytes>; 2],
}

impl Cache {
    fn get(&self, tick: &Tick, format: Format) -> Bytes {
        let texts = {
            let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if newest.seq != Some(tick.seq) {
                *newest = Arc::new(Texts { seq: Some(tick.seq), ..Texts::default() });
            }
            Arc::clone(&newest)
        };
        texts.made[format as usize].get_or_init(|| encode(tick, format).into()).clone()
    }
}

/// All samples of one tick.
fn encode(tick: &Tick, format: Format) -> String {
    let mut text = Text::new(format);
    facts::about_sightline(&mut text, tick);
    table::of_the_catalogue(&mut text, &tick.snapshot);
    facts::of_hardware(&mut text, &tick.snapshot.facts);
    text.finish()
}

#[cfg(test)]
mod tests;
