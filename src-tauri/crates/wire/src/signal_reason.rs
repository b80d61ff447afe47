//! Why the window did not signal a process: a code with parameters. Only the window signals processes; none of this
//! travels over a network.

use serde::{Deserialize, Serialize};

use crate::error_code::ErrorCode;

/// What is done to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub enum Signal {
    /// Ask it to end.
    Terminate,
    /// End it without asking.
    Kill,
    /// Pause it.
    Stop,
    /// Resume it.
    Continue,
}

/// What exactly was wrong, with what a sentence about it needs. Nothing was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SignalReason {
    /// The processes are those of a recorded machine.
    Recorded,
    /// No process has the id 0.
    NoProcess,
    /// Process 1 runs everything else.
    FirstProcess {
        /// What was to be done.
        signal: Signal,
    },
    /// It is this program itself.
    Ourselves,
    /// The process that was meant is not there any more.
    Gone {
        /// Its id.
        pid: u32,
        /// Its name, where it is known.
        name: Option<String>,
        /// What was to be done.
        signal: Signal,
    },
    /// It belongs to somebody else.
    NotOurs {
        /// Its id.
        pid: u32,
        /// Its name, where it is known.
        name: Option<String>,
        /// Whose it is, where that is known.
        owner: Option<String>,
        /// What was to be done.
        signal: Signal,
    },
    /// The system cannot do it.
    Unable {
        /// Its id.
        pid: u32,
        /// Its name, where it is known.
        name: Option<String>,
        /// What was to be done.
        signal: Signal,
        /// Why not.
        cause: SignalFailure,
    },
}

/// Why a system cannot signal a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "is", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum SignalFailure {
    /// Linux 5.3 or newer is needed.
    OldKernel,
    /// The system has no such signal.
    NoSuchSignal,
    /// What the system says.
    Other {
        /// In its words.
        detail: String,
    },
}

impl SignalReason {
    /// The kind of error that it is.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            SignalReason::NoProcess => ErrorCode::BadParams,
            SignalReason::Recorded
            | SignalReason::FirstProcess { .. }
            | SignalReason::Ourselves
            | SignalReason::NotOurs { .. } => ErrorCode::Forbidden,
            SignalReason::Gone { .. } => ErrorCode::NotFound,
            SignalReason::Unable { .. } => ErrorCode::Unavailable,
        }
    }
}
