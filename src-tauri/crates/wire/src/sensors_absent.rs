//! Why a machine shows no sensors: a code. Sentences are made of it where they are shown; those in plain English in
//! `messages`.

use serde::{Deserialize, Serialize};

/// Why a machine shows no sensors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum SensorsAbsent {
    /// It runs in WSL.
    Wsl,
    /// It is a container.
    Container,
    /// It is a virtual machine.
    VirtualMachine,
    /// Its kernel offers none.
    NotOffered,
    /// Its system shows them to programs with administrator rights only.
    NeedsRights,
    /// Its recording has none.
    NotRecorded,
}
