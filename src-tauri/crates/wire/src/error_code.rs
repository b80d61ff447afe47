//! Kinds of errors, for programs. What exactly was wrong is a [`crate::Reason`] where there is one.

use serde::{Deserialize, Serialize};

/// Kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum ErrorCode {
    /// Not JSON, or of no known type.
    BadMessage,
    /// No such channel.
    UnknownChannel,
    /// No such method.
    UnknownMethod,
    /// The parameters do not fit the method.
    BadParams,
    /// The scope does not allow it.
    Forbidden,
    /// Nobody said who asks.
    Unauthorized,
    /// A bound was reached; the session goes on.
    TooMany,
    /// A message past its bound.
    TooLarge,
    /// It is not, or no longer, there.
    NotFound,
    /// It cannot be had now.
    Unavailable,
    /// Our own mistake.
    Internal,
}
