//! What happened on a machine.

use serde::{Deserialize, Serialize};

/// How grave an alert is, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Should be checked.
    Warning,
    /// Needs action now.
    Critical,
}

/// Something that happened. Texts are bounded by [`crate::limits::ALERT_TEXT_CHARS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AlertEvent {
    /// Rises by one with each event of this run.
    pub id: u64,
    /// When it happened, Unix milliseconds.
    pub at_ms: u64,
    /// How grave it is.
    pub severity: Severity,
    /// What happened, in a few words.
    pub title: String,
    /// What exactly, and what to do.
    pub message: String,
    /// Its source: the name of a program, or `broadcast`.
    pub source: String,
}

/// Result of `alerts.list` and of `GET /api/v1/alerts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct AlertsList {
    /// The events that are kept, oldest first.
    pub events: Vec<AlertEvent>,
}
