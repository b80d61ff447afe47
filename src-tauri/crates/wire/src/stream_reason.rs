//! Why a request of the stream was refused, or a session: a code with parameters.

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;

/// What exactly was wrong, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum StreamReason {
    /// As many viewers as possible are connected.
    SessionsFull {
        /// How many that is.
        most: usize,
    },
    /// As many viewers as possible are connected from this address.
    AddressFull {
        /// How many that is.
        most: usize,
    },
    /// The same access (token) is used by as many sessions as possible.
    TokenFull {
        /// How many that is.
        most: usize,
    },
    /// The machine ends its Sightline.
    Ending,
    /// The message cannot be read, or is of no known type.
    BadMessage {
        /// What the reader says, and what was expected.
        detail: String,
    },
    /// The message is too large.
    MessageTooLarge {
        /// Its size, in bytes.
        bytes: usize,
        /// Largest size, in bytes.
        most: usize,
    },
    /// The session has begun, and takes no proof any more.
    BegunAlready,
    /// The window takes JSON only.
    JsonOnly,
    /// More channels than a session holds.
    TooManyChannels {
        /// How many were named.
        count: usize,
        /// How many fit.
        most: usize,
    },
    /// There is no such channel.
    UnknownChannel {
        /// What was given, cut short.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The channel needs the scope `control`.
    ChannelNeedsControl {
        /// Its name.
        channel: String,
    },
    /// There is no such method.
    UnknownMethod {
        /// What was given, cut short.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Details of processes need the scope `processes`.
    NeedsProcesses,
    /// The parameters do not fit the method.
    BadParameters {
        /// What the reader says.
        detail: String,
    },
    /// More series than a query may name.
    TooManySeries {
        /// How many were named.
        count: usize,
        /// How many fit.
        most: usize,
    },
    /// The stretch of time ends before it begins.
    #[serde(rename_all = "camelCase")]
    StretchReversed {
        /// Its beginning, Unix milliseconds.
        from_ms: u64,
        /// Its end, Unix milliseconds.
        to_ms: u64,
    },
    /// No points are asked for.
    NoPoints,
    /// Nothing was sampled yet.
    NothingSampled,
    /// Too many viewers ask for details of processes.
    TooManyDetails,
    /// Too many requests of this session wait for an answer.
    RequestsInFlight {
        /// How many may.
        most: usize,
    },
    /// Too many requests of all viewers wait for an answer.
    AnswersWaiting {
        /// How many may.
        most: usize,
    },
    /// The request came to no end, by a mistake of this program.
    NoAnswer,
}

impl StreamReason {
    /// The kind of error that it is.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            StreamReason::SessionsFull { .. }
            | StreamReason::AddressFull { .. }
            | StreamReason::TokenFull { .. }
            | StreamReason::TooManyChannels { .. }
            | StreamReason::TooManySeries { .. }
            | StreamReason::RequestsInFlight { .. }
            | StreamReason::AnswersWaiting { .. } => ErrorCode::TooMany,
            StreamReason::Ending | StreamReason::NothingSampled | StreamReason::TooManyDetails => {
                ErrorCode::Unavailable
            }
            StreamReason::BadMessage { .. } | StreamReason::BegunAlready => ErrorCode::BadMessage,
            StreamReason::MessageTooLarge { .. } => ErrorCode::TooLarge,
            StreamReason::UnknownChannel { .. } => ErrorCode::UnknownChannel,
            StreamReason::UnknownMethod { .. } => ErrorCode::UnknownMethod,
            StreamReason::ChannelNeedsControl { .. } | StreamReason::NeedsProcesses => ErrorCode::Forbidden,
            StreamReason::JsonOnly
            | StreamReason::BadParameters { .. }
            | StreamReason::StretchReversed { .. }
            | StreamReason::NoPoints => ErrorCode::BadParams,
            StreamReason::NoAnswer => ErrorCode::Internal,
        }
    }
}
