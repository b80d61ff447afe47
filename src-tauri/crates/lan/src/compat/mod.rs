//! Compatibility with existing clients: their paths and message formats, exactly, made from our snapshots.
//!
//! A leaf: nothing else depends on these formats. Same sampling, same access, same limits as the native stream. Units
//! are theirs: MB and GB are MiB and GiB, percent is 0–100, times are ISO 8601.
//!
//! In reading order: [`flags`] (what is switched on) → [`session`] (one session of any family) → [`feed`] (timers that
//! viewers share, and the data of a round) → [`times`] and [`figures`] → [`system_metrics`] → the families:
//! [`applications`] (A) with [`stats`], [`devices`] (B) with [`history`]; [`alert_cursor`] (alerts, for C and D) →
//! [`dashboard`] (C) with [`downsample`] and [`alerts`], [`containers`] (D) with [`update`].

mod alert_cursor;
mod alert_feed;
mod alerts;
mod applications;
mod container_stats;
mod containers;
mod dashboard;
mod device_channel;
mod devices;
mod downsample;
#[cfg(test)]
mod example;
mod feed;
mod figures;
#[cfg(test)]
mod fixtures;
mod flags;
mod history;
mod session;
mod state;
mod stats;
mod system_metrics;
mod times;
mod update;

use std::sync::Arc;

use utoipa_axum::router::OpenApiRouter;

pub(crate) use self::state::CompatState;

/// Every path of every family.
pub(crate) fn routes() -> OpenApiRouter<Arc<CompatState>> {
    OpenApiRouter::new()
        .merge(applications::routes())
        .merge(stats::routes())
        .merge(devices::routes())
        .merge(dashboard::routes())
        .merge(containers::routes())
}
