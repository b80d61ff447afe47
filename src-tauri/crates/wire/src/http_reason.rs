//! Why an HTTP request was refused before it was looked into: by whom it comes, how, and from which page. A code with
//! parameters.

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;

/// What exactly was wrong, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum HttpReason {
    /// There is no `Host` header, or more than one.
    NoSingleHost,
    /// The `Host` header is not text.
    HostNotText,
    /// The address of the request and its `Host` header differ.
    HostsDiffer,
    /// The host that was asked for is no name of this machine.
    NotOurName,
    /// Who asks is not paired, and sends no token that is known.
    Unknown,
    /// A proof that a token is known is needed.
    ProofNeeded,
    /// The access was revoked.
    Revoked,
    /// Whether who asks has access cannot be told: a file that says so is not understood, and has to be mended.
    AccessUnclear,
    /// A page of another origin asks.
    ForeignPage,
    /// Too many tokens that are none came from this address.
    TooManyWrongTokens,
    /// There is nothing at this address.
    NothingHere,
    /// The address does not answer this method.
    MethodNotAllowed {
        /// The method.
        method: String,
    },
    /// The body is not declared to be JSON.
    NotJson,
    /// The body is too large.
    BodyTooLarge {
        /// Largest size, in bytes.
        most: usize,
    },
    /// The body did not come in time.
    BodySlow,
    /// The body did not come to its end.
    BodyCutOff,
    /// The key of a WebSocket is missing or malformed (RFC 6455, 4.2.1).
    BadWebSocketKey,
    /// The address is a WebSocket.
    WebSocketOnly {
        /// Whether it was asked over TLS.
        encrypted: bool,
    },
}

impl HttpReason {
    /// The kind of error that it is.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            HttpReason::NoSingleHost
            | HttpReason::HostNotText
            | HttpReason::HostsDiffer
            | HttpReason::MethodNotAllowed { .. }
            | HttpReason::NotJson
            | HttpReason::BodySlow
            | HttpReason::BodyCutOff
            | HttpReason::BadWebSocketKey
            | HttpReason::WebSocketOnly { .. } => ErrorCode::BadMessage,
            HttpReason::NotOurName | HttpReason::ForeignPage => ErrorCode::Forbidden,
            HttpReason::Unknown | HttpReason::ProofNeeded | HttpReason::Revoked => ErrorCode::Unauthorized,
            HttpReason::AccessUnclear => ErrorCode::Unavailable,
            HttpReason::TooManyWrongTokens => ErrorCode::TooMany,
            HttpReason::NothingHere => ErrorCode::NotFound,
            HttpReason::BodyTooLarge { .. } => ErrorCode::TooLarge,
        }
    }
}
