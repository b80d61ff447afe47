//! What a viewer may see.

use serde::{Deserialize, Serialize};

/// How much a viewer may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// Numbers and process names.
    View,
    /// Adds owners and command lines (secrets masked).
    Processes,
    /// Adds this monitor's own settings and viewers.
    Control,
}

impl Scope {
    /// As it travels.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Scope::View => "view",
            Scope::Processes => "processes",
            Scope::Control => "control",
        }
    }
}
