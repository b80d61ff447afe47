//! Who is connected to a machine, and how.

use serde::{Deserialize, Serialize};

use crate::Scope;

/// Data of channel `sessions`: who is connected to this machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Sessions {
    /// Connected now.
    pub active: u64,
    /// Connected since this run began.
    pub total: u64,
    /// Messages sent to all of them since this run began.
    pub messages_sent: u64,
    /// Bytes sent to all of them since this run began, frames' headers not counted.
    pub bytes_sent: u64,
    /// Those connected now, oldest first; the first [`crate::limits::SESSIONS_LISTED`].
    pub sessions: Vec<SessionInfo>,
}

/// One viewer that is connected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct SessionInfo {
    /// As in its `connected`.
    pub client_id: String,
    /// How it is connected.
    pub carrier: Carrier,
    /// From where, without the port; `null` for the window.
    pub address: Option<String>,
    /// Since when, Unix milliseconds.
    pub connected_at_ms: u64,
    /// What it may see.
    pub scope: Scope,
    /// What it is subscribed to, by its own family's names; sorted.
    pub channels: Vec<String>,
    /// Messages sent to it.
    pub messages_sent: u64,
    /// Bytes sent to it, frames' headers not counted.
    pub bytes_sent: u64,
    /// Messages it sent.
    pub messages_received: u64,
    /// Frames it was too slow to take.
    pub frames_skipped: u64,
}

/// What carries a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// The window on this machine.
    Window,
    /// The native stream.
    Stream,
    /// Family A: `/ws/metrics`.
    ApplicationManager,
    /// Family B: `/api/v1/devices/{uuid}/ws`.
    DeviceDashboard,
    /// Family C: `/api/ws/ws`.
    MetricsDashboard,
    /// Family D: `/ws`.
    ContainerDashboard,
}
