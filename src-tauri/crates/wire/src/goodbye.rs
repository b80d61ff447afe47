//! Why a server ends a session.

use serde::{Deserialize, Serialize};

/// Why the server ends a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Goodbye {
    /// Sightline or the machine is shut down.
    Shutdown,
    /// The machine goes to sleep.
    Suspend,
    /// Sightline is updated and comes back.
    Update,
    /// What the viewer may see was changed: it connects again at once.
    Changed,
    /// The viewer's access was revoked.
    Revoked,
    /// The viewer did not authenticate.
    Unauthorized,
    /// The viewer broke the protocol.
    Protocol,
    /// The viewer sent more than fits.
    TooLarge,
    /// The viewer's socket accepted nothing for too long.
    Slow,
    /// Too many sessions.
    TooMany,
}

impl Goodbye {
    /// Every reason.
    pub const ALL: [Goodbye; 10] = [
        Goodbye::Shutdown,
        Goodbye::Suspend,
        Goodbye::Update,
        Goodbye::Changed,
        Goodbye::Revoked,
        Goodbye::Unauthorized,
        Goodbye::Protocol,
        Goodbye::TooLarge,
        Goodbye::Slow,
        Goodbye::TooMany,
    ];

    /// The WebSocket close code that goes with the reason.
    #[must_use]
    pub const fn close_code(self) -> u16 {
        match self {
            Goodbye::Shutdown | Goodbye::Suspend | Goodbye::Update => 1001,
            Goodbye::Revoked | Goodbye::Unauthorized | Goodbye::Protocol => 1008,
            Goodbye::TooLarge => 1009,
            Goodbye::Changed => 1012,
            Goodbye::Slow | Goodbye::TooMany => 1013,
        }
    }
}
