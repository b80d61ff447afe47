//! Why a machine cannot be watched: a code with parameters. Sentences are made of it where they are shown; those in
//! plain English, for the command line and for logs, in `messages`.

use serde::{Deserialize, Serialize};

use crate::goodbye::Goodbye;

/// Why a machine cannot be watched, or that it can: what a client does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub enum ProbeKind {
    /// A Sightline answers, and gives this program access.
    Ok,
    /// No such name on this network.
    NameNotFound,
    /// The machine is there; nothing listens at the port.
    Refused,
    /// Nothing answers at the address.
    NoAnswer,
    /// Nothing of ours at this port, but a Sightline at the usual one.
    WrongPort,
    /// Something answers, and it is not Sightline.
    NotSightline,
    /// The encrypted connection fails.
    Tls,
    /// HTTP answers, the WebSocket is blocked: a proxy stands between.
    Blocked,
    /// It has no room, or asks to wait.
    Busy,
    /// This program was never paired with it, or it does not know the token.
    ToPair,
    /// It revoked this program's access.
    Revoked,
    /// It speaks a newer protocol.
    Newer,
    /// It speaks an older protocol.
    Older,
    /// Another machine answers at the address.
    WrongMachine,
}

/// What exactly was found at an address, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Diagnosis {
    /// The machine answers, and gives access.
    Answers {
        /// What it calls itself.
        name: String,
    },
    /// No such name on this network.
    NameNotFound {
        /// The name.
        host: String,
    },
    /// The machine is there; nothing listens at the port.
    Refused {
        /// The machine's name or address.
        host: String,
        /// The port.
        port: u16,
    },
    /// Nothing answers at the address.
    NoAnswer,
    /// It takes the connection and says nothing.
    Silent,
    /// No address of the machine is known.
    NoAddress,
    /// The session fell silent and was given up.
    WentSilent,
    /// The session was lost.
    Lost {
        /// How, as the program that noticed says it.
        detail: String,
    },
    /// The machine ended the session.
    Ended {
        /// Why.
        reason: Goodbye,
    },
    /// No Sightline at this port, but one at the usual port.
    WrongPort {
        /// The port that was asked.
        port: u16,
        /// Where it is, `host:port`.
        usual: String,
    },
    /// Something answers, and it is not Sightline.
    NotSightline,
    /// The machine was encrypted when it was paired, and is not any more.
    NoLongerEncrypted,
    /// It answers encrypted only, and was asked without encryption.
    EncryptedOnly,
    /// It shows another key than when it was paired.
    OtherKey,
    /// What answers does not encrypt.
    NotEncrypted,
    /// The connection cannot be encrypted.
    TlsFailed {
        /// Why.
        fault: TlsFault,
    },
    /// The machine does not accept the host name that was used (HTTP 421).
    UnknownName {
        /// The name that was used.
        host: String,
    },
    /// It answers in HTTP, and accepts no WebSocket.
    NoWebSocket {
        /// HTTP status.
        status: u16,
    },
    /// The machine answers, and something between blocks its WebSocket; it is polled meanwhile.
    Blocked,
    /// It has no room for another viewer.
    Full,
    /// It gives access only to those it was paired with.
    NotPaired,
    /// It does not know this program's token any more.
    Forgotten,
    /// It revoked this program's access.
    Revoked,
    /// It speaks an older protocol.
    Older,
    /// It speaks a newer protocol.
    Newer,
    /// Another machine answers; nothing was sent to it.
    AnotherMachine,
    /// What answers claims to be the machine, and cannot prove it; nothing was sent to it.
    Impostor,
}

/// Why a connection could not be encrypted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum TlsFault {
    /// The machine's name is not valid in a certificate.
    BadName,
    /// No answer within five seconds.
    TimedOut,
    /// The certificate cannot be read.
    BadCertificate,
    /// What the TLS library says.
    Other {
        /// In its words.
        detail: String,
    },
}

/// What stands behind an address at the moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// In a word; follows from the diagnosis.
    pub kind: ProbeKind,
    /// The address, `host:port`; empty where none is known.
    pub address: String,
    /// What was found.
    pub diagnosis: Diagnosis,
    /// How long to wait, where the machine said so, milliseconds.
    pub retry_after_ms: Option<u64>,
    /// Id of the machine that answers, where it says one.
    pub machine_id: Option<String>,
    /// The protocol it speaks, where it differs.
    pub protocol: Option<u32>,
}

impl Diagnosis {
    /// What it comes to.
    #[must_use]
    pub const fn kind(&self) -> ProbeKind {
        match self {
            Diagnosis::Answers { .. } => ProbeKind::Ok,
            Diagnosis::NameNotFound { .. } => ProbeKind::NameNotFound,
            Diagnosis::Refused { .. } => ProbeKind::Refused,
            Diagnosis::NoAnswer
            | Diagnosis::Silent
            | Diagnosis::NoAddress
            | Diagnosis::WentSilent
            | Diagnosis::Lost { .. } => ProbeKind::NoAnswer,
            Diagnosis::Ended { reason } => match reason {
                Goodbye::Revoked => ProbeKind::Revoked,
                Goodbye::Unauthorized => ProbeKind::ToPair,
                Goodbye::Suspend | Goodbye::Shutdown | Goodbye::Update | Goodbye::Changed => {
                    ProbeKind::NoAnswer
                }
                Goodbye::Slow | Goodbye::TooMany | Goodbye::Protocol | Goodbye::TooLarge => ProbeKind::Busy,
            },
            Diagnosis::WrongPort { .. } => ProbeKind::WrongPort,
            Diagnosis::NotSightline => ProbeKind::NotSightline,
            Diagnosis::NoLongerEncrypted
            | Diagnosis::EncryptedOnly
            | Diagnosis::OtherKey
            | Diagnosis::NotEncrypted
            | Diagnosis::TlsFailed { .. } => ProbeKind::Tls,
            Diagnosis::UnknownName { .. } | Diagnosis::NoWebSocket { .. } | Diagnosis::Blocked => {
                ProbeKind::Blocked
            }
            Diagnosis::Full => ProbeKind::Busy,
            Diagnosis::NotPaired | Diagnosis::Forgotten => ProbeKind::ToPair,
            Diagnosis::Revoked => ProbeKind::Revoked,
            Diagnosis::Older => ProbeKind::Older,
            Diagnosis::Newer => ProbeKind::Newer,
            Diagnosis::AnotherMachine | Diagnosis::Impostor => ProbeKind::WrongMachine,
        }
    }

    /// The machine runs, whatever it said when it left: not what a proxy before it may say as well ([`Self::Full`]), nor
    /// that it answers, as one does that is about to sleep. The page has the same list (`ui/src/text/cause.ts`).
    #[must_use]
    pub const fn is_running(&self) -> bool {
        match self {
            Diagnosis::WrongPort { .. }
            | Diagnosis::NoLongerEncrypted
            | Diagnosis::EncryptedOnly
            | Diagnosis::OtherKey
            | Diagnosis::UnknownName { .. }
            | Diagnosis::Blocked
            | Diagnosis::Impostor => true,
            Diagnosis::Ended { reason } => {
                matches!(reason, Goodbye::Unauthorized | Goodbye::TooMany | Goodbye::Slow)
            }
            _ => false,
        }
    }
}

impl Probe {
    /// What was found at `address`.
    #[must_use]
    pub fn new(address: impl ToString, diagnosis: Diagnosis) -> Self {
        Self {
            kind: diagnosis.kind(),
            address: address.to_string(),
            diagnosis,
            retry_after_ms: None,
            machine_id: None,
            protocol: None,
        }
    }
}
