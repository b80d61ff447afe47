//! Why the window's program did not do what its page asked: a code with parameters. None of this travels over a network.

use serde::{Deserialize, Serialize};

use crate::diagnosis::{Probe, ProbeKind};
use crate::error_code::ErrorCode;
use crate::list_reason::ListReason;
use crate::signal_reason::SignalReason;

/// What exactly was wrong, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum WindowReason {
    /// A process was not signalled.
    Signal {
        /// Why.
        why: SignalReason,
    },
    /// The list of machines was not changed, read or written.
    List {
        /// Why.
        why: ListReason,
    },
    /// A machine was not paired.
    Pairing {
        /// Why.
        why: PairingReason,
    },
    /// A machine cannot be watched.
    NotReached {
        /// Why.
        probe: Probe,
    },
    /// A machine does not answer.
    NoAnswer {
        /// Its name.
        name: String,
    },
    /// This program was never paired with the machine.
    NotPaired {
        /// Its name.
        name: String,
    },
    /// The machine is none of the list.
    NotListed,
    /// The machine is not known to be at the address.
    NotKnownAt {
        /// Its name.
        name: String,
        /// The address.
        address: String,
    },
    /// It is no address.
    BadAddress {
        /// What was given.
        text: String,
    },
    /// The token of a machine could not be kept.
    TokenNotKept {
        /// What the system says.
        detail: String,
    },
    /// A dialog for a file is open already.
    DialogOpen,
    /// The file that was chosen is none.
    NoSuchFile {
        /// What the system says.
        detail: String,
    },
    /// The preferences are too large.
    PreferencesTooLarge {
        /// Their size, in bytes.
        bytes: usize,
        /// Largest size, in bytes.
        most: usize,
    },
    /// The preferences could not be kept.
    PreferencesNotKept {
        /// What the system says.
        detail: String,
    },
    /// The program is ending.
    Ending,
}

/// Why a machine was not paired, where the machine itself does not say why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum PairingReason {
    /// It is no pairing link.
    NoLink,
    /// The link is of this computer.
    OwnLink,
    /// Nobody answers.
    Unreachable {
        /// Where.
        address: String,
        /// What the system says.
        detail: String,
    },
    /// Something else is wrong with what answers.
    NotReached {
        /// What.
        probe: Probe,
    },
    /// The machine does not accept the proof, over an encrypted link.
    NotAccepted {
        /// Where.
        address: String,
        /// What the machine says.
        said: String,
    },
    /// What answers did not prove that it is the machine.
    Impostor {
        /// Where.
        address: String,
    },
    /// What was paired claims to be a machine that is known already, and did not prove that.
    Claimed {
        /// Name of the machine that is known.
        name: String,
        /// Where that is.
        known: String,
        /// Where the other one is.
        address: String,
    },
    /// Both screens showed digits, and nobody there answered.
    Unanswered {
        /// Where.
        address: String,
    },
    /// The digits are not good any more.
    DigitsGone,
}

impl WindowReason {
    /// The kind of error that it is.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            WindowReason::Signal { why } => why.code(),
            WindowReason::List { why } => why.code(),
            WindowReason::Pairing { why } => why.code(),
            WindowReason::NotReached { probe } => match probe.kind {
                ProbeKind::ToPair | ProbeKind::Revoked | ProbeKind::WrongMachine => ErrorCode::Unauthorized,
                _ => ErrorCode::Unavailable,
            },
            WindowReason::NoAnswer { .. }
            | WindowReason::TokenNotKept { .. }
            | WindowReason::NoSuchFile { .. }
            | WindowReason::PreferencesNotKept { .. }
            | WindowReason::Ending => ErrorCode::Unavailable,
            WindowReason::NotPaired { .. } | WindowReason::NotListed => ErrorCode::NotFound,
            WindowReason::BadAddress { .. } => ErrorCode::BadParams,
            WindowReason::NotKnownAt { .. } => ErrorCode::Forbidden,
            WindowReason::DialogOpen => ErrorCode::TooMany,
            WindowReason::PreferencesTooLarge { .. } => ErrorCode::TooLarge,
        }
    }
}

impl PairingReason {
    /// The kind of error that it is.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            PairingReason::NoLink | PairingReason::OwnLink => ErrorCode::BadParams,
            PairingReason::Unreachable { .. }
            | PairingReason::NotReached { .. }
            | PairingReason::Unanswered { .. } => ErrorCode::Unavailable,
            PairingReason::NotAccepted { .. }
            | PairingReason::Impostor { .. }
            | PairingReason::Claimed { .. } => ErrorCode::Unauthorized,
            PairingReason::DigitsGone => ErrorCode::NotFound,
        }
    }
}

impl From<SignalReason> for WindowReason {
    fn from(why: SignalReason) -> Self {
        WindowReason::Signal { why }
    }
}

impl From<ListReason> for WindowReason {
    fn from(why: ListReason) -> Self {
        WindowReason::List { why }
    }
}

impl From<PairingReason> for WindowReason {
    fn from(why: PairingReason) -> Self {
        WindowReason::Pairing { why }
    }
}
