//! Codes in plain English: the one module in Rust that makes their sentences. The command line prints them, and they are
//! sent as `message` beside the code, for programs without sentences of their own. The page has its own (`ui/src/text/`).

mod certificate_problem;
mod day;
mod fault;
mod http_reason;
mod list_reason;
mod reason;
mod sensors_absent;
mod sharing_problem;
mod signal_reason;
mod stream_reason;
mod window_reason;

use std::fmt;

use crate::PROTOCOL;
use crate::diagnosis::{Diagnosis, Probe, TlsFault};
use crate::goodbye::Goodbye;

const AGAIN: &str = "It is tried again automatically.";
const PAIR: &str = "Pair with it: on that machine under Settings, Sharing, or with sightline-agent share.";

impl Probe {
    /// What is so, and why; a sentence.
    #[must_use]
    pub fn message(&self) -> String {
        let address = &self.address;
        match &self.diagnosis {
            Diagnosis::Answers { name } => format!("{name} answers at {address}."),
            Diagnosis::NameNotFound { host } => format!("No machine called {host} is known on this network."),
            Diagnosis::Refused { host, port } => {
                format!("{host} is there, and nothing listens at its port {port}.")
            }
            Diagnosis::NoAnswer => format!("Nothing answers at {address}."),
            Diagnosis::Silent => format!("{address} takes the connection and says nothing."),
            Diagnosis::NoAddress => "No address of this machine is known.".to_owned(),
            Diagnosis::WentSilent => format!("{address} went silent."),
            Diagnosis::Lost { detail } => format!("The session with {address} was lost: {detail}."),
            Diagnosis::Ended { reason: Goodbye::Revoked } | Diagnosis::Revoked => {
                format!("The machine at {address} revoked this computer's access.")
            }
            Diagnosis::Ended { reason: Goodbye::Unauthorized } | Diagnosis::Forgotten => {
                format!("The machine at {address} does not know this computer any more.")
            }
            Diagnosis::Ended { reason } => format!("The machine at {address} {}.", left(*reason)),
            Diagnosis::WrongPort { port, usual } => {
                format!("No Sightline answers at port {port}; one does at {usual}.")
            }
            Diagnosis::NotSightline => format!("What answers at {address} is not Sightline."),
            Diagnosis::NoLongerEncrypted => format!("The Sightline at {address} does not encrypt its links."),
            Diagnosis::EncryptedOnly => {
                format!("{address} answers encrypted only, and was asked without encryption.")
            }
            Diagnosis::OtherKey => format!(
                "The machine at {address} shows another key than when it was paired. Nothing was sent to it."
            ),
            Diagnosis::NotEncrypted => format!("What answers at {address} does not encrypt."),
            Diagnosis::TlsFailed { fault } => {
                format!("The connection to {address} cannot be encrypted: {fault}.")
            }
            Diagnosis::UnknownName { host } => {
                format!("The machine at {address} does not accept the name {host}.")
            }
            Diagnosis::NoWebSocket { status } => {
                format!("{address} answers in HTTP ({status}), and accepts no WebSocket.")
            }
            Diagnosis::Blocked => {
                format!("The machine at {address} answers, and something between blocks its WebSocket.")
            }
            Diagnosis::Full => format!("{address} has no room for another viewer now."),
            Diagnosis::NotPaired => {
                format!("The machine at {address} gives access to paired devices only.")
            }
            Diagnosis::Older => {
                format!("The machine at {address} runs an older Sightline{}.", versions(self.protocol))
            }
            Diagnosis::Newer => {
                format!("The machine at {address} runs a newer Sightline{}.", versions(self.protocol))
            }
            Diagnosis::AnotherMachine => {
                format!("Another machine answers at {address}. Nothing was sent to it.")
            }
            Diagnosis::Impostor => format!(
                "What answers at {address} claims to be the machine, and cannot prove it. Nothing was sent to it."
            ),
        }
    }

    /// What to do about it; empty where nothing has to be done.
    #[must_use]
    pub fn remedy(&self) -> String {
        let remedy = match &self.diagnosis {
            Diagnosis::Answers { .. } => "",
            Diagnosis::NameNotFound { .. } => "Check the name, or use the machine's address.",
            Diagnosis::Refused { .. } => {
                "Start Sightline there and share it: Settings, Sharing, or sightline-agent share."
            }
            Diagnosis::NoAnswer => {
                "Is the machine on, on the same network, and does a firewall let this port through?"
            }
            Diagnosis::Silent => "The machine may be overloaded, or a firewall may stand between.",
            Diagnosis::NoAddress => "Give its address, or look for it on the network.",
            Diagnosis::Ended { reason: Goodbye::Revoked } | Diagnosis::Revoked => {
                "Its owner can pair this computer again."
            }
            Diagnosis::Ended { reason: Goodbye::Unauthorized }
            | Diagnosis::NotPaired
            | Diagnosis::Forgotten => PAIR,
            Diagnosis::WentSilent | Diagnosis::Lost { .. } | Diagnosis::Ended { .. } | Diagnosis::Full => {
                AGAIN
            }
            Diagnosis::WrongPort { usual, .. } => return format!("Use {usual}."),
            Diagnosis::NotSightline => "Check the address and the port.",
            Diagnosis::NoLongerEncrypted => {
                "Settings, Sharing there says why it has no key. An older Sightline does not encrypt by itself: update it."
            }
            Diagnosis::EncryptedOnly => "Leave http:// out.",
            Diagnosis::OtherKey => {
                "Was its certificate replaced? Then pair with it again. Otherwise the connection may be intercepted."
            }
            Diagnosis::NotEncrypted => "Check the address and the port.",
            Diagnosis::TlsFailed { .. } => "Check its certificate: sightline-agent encrypt shows it there.",
            Diagnosis::UnknownName { host } => {
                return format!("Use its address, or add the name there: sightline-agent names add {host}");
            }
            Diagnosis::NoWebSocket { .. } => "Check the port. A proxy between has to let WebSockets through.",
            Diagnosis::Blocked => {
                "It is polled every 5 s meanwhile. A proxy between has to let WebSockets through."
            }
            Diagnosis::Older => "Update it there to see it.",
            Diagnosis::Newer => "Update this one to see it.",
            Diagnosis::AnotherMachine => {
                "Addresses may have moved: look for the machine on the network, or give its new address."
            }
            Diagnosis::Impostor => {
                "Was Sightline set up again there? Then pair with it again. Otherwise another machine poses as it."
            }
        };
        remedy.to_owned()
    }
}

/// What a machine does that ends a session.
const fn left(reason: Goodbye) -> &'static str {
    match reason {
        Goodbye::Revoked => "revoked this computer's access",
        Goodbye::Unauthorized => "does not know this computer any more",
        Goodbye::Suspend => "goes to sleep",
        Goodbye::Shutdown => "ended its Sightline",
        Goodbye::Update => "updates its Sightline",
        Goodbye::Changed => "changed what may be seen",
        Goodbye::Slow => "found the connection too slow",
        Goodbye::TooMany => "has no room for another viewer now",
        Goodbye::Protocol | Goodbye::TooLarge => "rejected the request",
    }
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsFault::BadName => "its name cannot be in a certificate",
            TlsFault::TimedOut => "it did not answer within five seconds",
            TlsFault::BadCertificate => "its certificate cannot be read",
            TlsFault::Other { detail } => detail,
        })
    }
}

/// Both versions of the protocol, where the other one is known.
fn versions(theirs: Option<u32>) -> String {
    theirs.map(|theirs| format!(" (protocol {theirs}, this is {PROTOCOL})")).unwrap_or_default()
}
