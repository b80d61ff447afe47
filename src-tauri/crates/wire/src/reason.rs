//! Why a request was refused: a code with parameters, beside the message that is made of it. A client with words of its
//! own makes its own sentence, and falls back to the message where it does not know the reason.

use serde::{Deserialize, Serialize};

use crate::certificate_problem::CertificateProblem;
use crate::error_code::ErrorCode;
use crate::http_reason::HttpReason;
use crate::stream_reason::StreamReason;

/// What exactly was wrong, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum Reason {
    /// The scope `control` is needed.
    OwnerOnly,
    /// It is changed at the machine itself only.
    AtTheMachineOnly,
    /// As many devices as possible are paired.
    ViewersFull {
        /// How many that is.
        most: usize,
    },
    /// As many devices as possible wait for an answer of the machine's owner.
    PairingBusy {
        /// How many that is.
        most: usize,
    },
    /// The device is not paired (any more).
    ViewerUnknown,
    /// Its token was sent in clear, where others may have read it: it gets no control any more.
    SentInClear,
    /// The name is empty, too long or not visible.
    BadName {
        /// Longest name, in characters.
        most: usize,
    },
    /// The change could not be written, and was not made.
    NotKept {
        /// What the system says.
        detail: String,
    },
    /// The system gives no random numbers now.
    NoRandom,
    /// The device does not wait for an answer any more.
    RequestGone,
    /// The machine is not on that network any more.
    NetworkGone,
    /// The port was set where the program was started.
    PortFixed,
    /// A port is a number from 1 to 65535.
    BadPort,
    /// Too many entries in a list.
    TooManyEntries {
        /// How many there are.
        count: usize,
        /// How many fit.
        most: usize,
    },
    /// It is no host name.
    BadHost {
        /// What was given, cut short.
        text: String,
    },
    /// It is no origin.
    BadOrigin {
        /// What was given, cut short.
        text: String,
    },
    /// The machine shows no pairing code.
    NoCode,
    /// The pairing code was used already.
    CodeUsed,
    /// The pairing code has expired.
    CodeExpired,
    /// The code of the pairing link is not the one that the machine shows.
    WrongLink,
    /// The digits of the pairing code are wrong.
    WrongCode {
        /// How often this device may still try.
        left: u32,
    },
    /// Too many wrong digits.
    Locked {
        /// How long this device has to wait, in minutes.
        minutes: u64,
    },
    /// Too many wrong digits from many addresses: nobody's are checked.
    DigitsPaused {
        /// How long, in minutes.
        minutes: u64,
    },
    /// What was revealed is not what was committed to.
    BrokenCommitment,
    /// The machine is not shared on the network.
    NotShared,
    /// Somebody at the machine refused.
    Refused,
    /// Nobody answered in time, or the machine was started anew.
    Unanswered,
    /// Who came without a token has no access to give back.
    NothingToGiveBack,
    /// Another Sightline of this user, the agent or a window, shares this machine.
    SharedElsewhere,
    /// Links cannot be encrypted that way.
    Certificate {
        /// What is wrong with the certificate.
        problem: CertificateProblem,
    },
    /// It is about the stream, and not about access.
    Stream {
        /// What exactly.
        why: StreamReason,
    },
    /// It is about the HTTP request itself.
    Http {
        /// What exactly.
        why: HttpReason,
    },
}

impl Reason {
    /// The kind of error that it is.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        match self {
            Reason::OwnerOnly
            | Reason::AtTheMachineOnly
            | Reason::SentInClear
            | Reason::NotShared
            | Reason::Refused => ErrorCode::Forbidden,
            Reason::ViewersFull { .. }
            | Reason::PairingBusy { .. }
            | Reason::Locked { .. }
            | Reason::DigitsPaused { .. } => ErrorCode::TooMany,
            Reason::ViewerUnknown
            | Reason::RequestGone
            | Reason::NetworkGone
            | Reason::NoCode
            | Reason::CodeUsed
            | Reason::CodeExpired
            | Reason::Unanswered
            | Reason::NothingToGiveBack => ErrorCode::NotFound,
            Reason::NotKept { .. } | Reason::NoRandom | Reason::SharedElsewhere => ErrorCode::Unavailable,
            Reason::BadName { .. }
            | Reason::PortFixed
            | Reason::BadPort
            | Reason::TooManyEntries { .. }
            | Reason::BadHost { .. }
            | Reason::BadOrigin { .. }
            | Reason::Certificate { .. } => ErrorCode::BadParams,
            Reason::WrongCode { .. } | Reason::WrongLink | Reason::BrokenCommitment => {
                ErrorCode::Unauthorized
            }
            Reason::Stream { why } => why.code(),
            Reason::Http { why } => why.code(),
        }
    }
}

impl From<HttpReason> for Reason {
    fn from(why: HttpReason) -> Self {
        Reason::Http { why }
    }
}

impl From<StreamReason> for Reason {
    fn from(why: StreamReason) -> Self {
        Reason::Stream { why }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::message::ErrorBody;

    #[test]
    fn a_reason_travels_beside_its_message() {
        let body = ErrorBody::from(Reason::WrongCode { left: 1 });
        let sent = serde_json::to_value(&body).unwrap();
        let message = "Wrong code. 1 try left, then this device waits 15 min";
        let reason = json!({"is": "wrongCode", "left": 1});
        assert_eq!(sent, json!({"code": "unauthorized", "message": message, "reason": reason}));
        assert_eq!(serde_json::from_value::<ErrorBody>(sent).unwrap(), body);
    }

    #[test]
    fn a_reason_of_a_newer_machine_is_none() {
        let sent = json!({"code": "forbidden", "message": "Not on Sundays", "reason": {"is": "sunday"}});
        let read: ErrorBody = serde_json::from_value(sent).unwrap();
        assert_eq!(read, ErrorBody::new(ErrorCode::Forbidden, "Not on Sundays"));
    }
}
