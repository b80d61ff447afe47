//! Why a system did not signal a process.

use wire::signal_reason::{Signal, SignalFailure, SignalReason};

/// Nothing was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The process that was meant is not there any more; another one may have its id.
    Gone,
    /// It belongs to somebody else.
    NotOurs {
        /// Its name.
        name: Option<String>,
        /// Whose it is.
        owner: Option<String>,
    },
    /// The system cannot do it safely.
    Unable(SignalFailure),
}

impl Refused {
    /// The same, of process `pid`; `called` is what the page calls it.
    pub(super) fn into_reason(self, pid: u32, called: Option<String>, signal: Signal) -> SignalReason {
        match self {
            Refused::Gone => SignalReason::Gone { pid, name: called, signal },
            Refused::NotOurs { name, owner } => {
                SignalReason::NotOurs { pid, name: name.or(called), owner, signal }
            }
            Refused::Unable(cause) => SignalReason::Unable { pid, name: called, signal, cause },
        }
    }
}
