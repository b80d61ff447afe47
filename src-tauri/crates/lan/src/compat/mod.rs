//! The doors of existing clients: their paths and their shapes, to the letter, made from our snapshots.
//!
//! A leaf: nothing else knows these shapes. Same sampling, same access, same limits as the native stream. Units are
//! theirs: MB and GB are MiB and GiB, percent is 0–100, times are ISO 8601.
//!
//! In reading order: [`flags`] (what is switched on) → [`guest`] (one session of any family) → [`feed`] (timers that
//! viewers share, and what a round tells them) → [`times`] and [`figures`] → [`system_metrics`] → the families:
//! [`applications`] (A) with [`stats`], [`devices`] (B) with [`past`]; [`unread`] (alerts, for C and D) →
//! [`dashboard`] (C) with [`minutes`] and [`alerts`], [`containers`] (D) with [`update`].

mod alerts;
mod applications;
mod containers;
mod dashboard;
mod devices;
#[cfg(test)]
mod example;
mod feed;
mod figures;
mod flags;
mod guest;
#[cfg(test)]
mod made_up;
mod minutes;
mod past;
mod stats;
mod system_metrics;
mod times;
mod unread;
mod update;

use std::sync::Arc;
use std::time::Duration;

use station::{Handle, Tick};
use utoipa_axum::router::OpenApiRouter;
use wire::message::ErrorBody;

use self::applications::Applications;
use self::containers::Containers;
use self::dashboard::Dashboards;
use self::devices::Devices;
use self::flags::Flags;
use self::unread::Alerts;
use crate::door::Shared;
use crate::problem::nothing_yet;

/// How long a request may wait for the first sample. Less than a door that closes waits for its requests.
const FIRST_SAMPLE: Duration = Duration::from_secs(1);

/// What the families keep while the door is open.
#[derive(Debug)]
pub(crate) struct Compat {
    pub(crate) flags: Flags,
    applications: Applications,
    devices: Devices,
    dashboards: Dashboards,
    containers: Containers,
    alerts: Alerts,
}

impl Compat {
    /// Reads the flags from environment and settings, once; what is wrong with them is among the station's notices.
    pub(crate) fn new(station: &Handle) -> Self {
        let environment =
            |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        let (flags, notice) = Flags::read(&station.settings().compat, environment);
        if let Some(notice) = notice {
            tracing::warn!(notice, "some flags are not as written");
            station.notify("compat", notice);
        }
        Self {
            flags,
            applications: Applications::new(flags.ws_metrics_interval),
            devices: Devices::default(),
            dashboards: Dashboards::default(),
            containers: Containers::default(),
            alerts: Alerts::default(),
        }
    }
}

/// Every path of every family.
pub(crate) fn routes() -> OpenApiRouter<Arc<Shared>> {
    OpenApiRouter::new()
        .merge(applications::routes())
        .merge(stats::routes())
        .merge(devices::routes())
        .merge(dashboard::routes())
        .merge(containers::routes())
}

/// The newest sample. Who comes before the first one waits for it: a door opens some 100 ms before.
///
/// # Errors
/// `unavailable` where there is none in time.
async fn first_sample(station: &Handle) -> Result<Arc<Tick>, ErrorBody> {
    let mut ticks = station.ticks();
    let first = tokio::time::timeout(FIRST_SAMPLE, ticks.wait_for(Option::is_some)).await;
    first.ok().and_then(|tick| tick.ok()?.clone()).ok_or_else(nothing_yet)
}

/// What a viewer said, if it is a JSON object. The derived readers of messages would take a list for one too.
fn object(bytes: &[u8]) -> Option<serde_json::Value> {
    serde_json::from_slice(bytes).ok().filter(serde_json::Value::is_object)
}
