//! Codes in plain English: the one module in Rust that makes their sentences. The command line prints them, and they are
//! sent as `message` beside the code, for programs without sentences of their own. The page has its own (`ui/src/text/`).

use std::fmt;

use crate::PROTOCOL;
use crate::diagnosis::{CertificateFlaw, Diagnosis, Probe, TlsFault};
use crate::message::Goodbye;
use crate::reason::Reason;

const AGAIN: &str = "It is tried again automatically.";
const PAIR: &str = "Pair with it: on that machine under Settings, Sharing, or with sightline-agent share.";

impl Probe {
    /// What is so, and why; a sentence.
    #[must_use]
    pub fn message(&self) -> String {
        let address = &self.address;
        match &self.diagnosis {
            Diagnosis::Answers { name } => format!("{name} answers at {address}."),
            Diagnosis::Untrusted { name, certificate } => format!(
                "{name} answers with the key it should have, and the window does not take it: {}.",
                flaw(certificate)
            ),
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
            Diagnosis::NoLongerEncrypted => format!("{address} does not encrypt its links any more."),
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
            Diagnosis::Untrusted { name, .. } => {
                return format!(
                    "Give {name} a certificate that this computer trusts: sightline-agent encrypt \
                     --certificate FILE --key FILE there. Until then its numbers are fetched every 5 s."
                );
            }
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
                "Turn encryption on again there: Settings, Sharing, or sightline-agent encrypt self-signed. Otherwise \
                 pair with it again."
            }
            Diagnosis::EncryptedOnly => "Pair with it by its https:// link.",
            Diagnosis::OtherKey => {
                "Was its certificate replaced? Then pair with it again. Otherwise the connection may be intercepted."
            }
            Diagnosis::NotEncrypted => "Check the port, or use its http:// link.",
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

const NEW_CODE: &str = "Make a new one on that machine: Settings, Sharing, or sightline-agent pair";

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::OwnerOnly => {
                "who has access is shown to this machine's owner only; this needs the scope \"control\""
            }
            Reason::AtTheMachineOnly => {
                "how far a machine is open is changed at that machine: in its window, or with sightline-agent"
            }
            Reason::ViewersFull { most } => {
                return write!(f, "{most} devices are paired, which is the most; revoke one first");
            }
            Reason::ViewerUnknown => "this device is not paired any more; the list shows who is",
            Reason::BadName { most } => return write!(f, "a name has 1 to {most} visible characters"),
            Reason::NotKept { detail } => {
                return write!(f, "this could not be saved, so nothing was changed: {detail}");
            }
            Reason::NoRandom => "this system gives no random numbers now",
            Reason::RequestGone => "this device does not wait any more; it can ask again",
            Reason::NetworkGone => "this machine is not on that network any more",
            Reason::PortFixed => {
                "the port was set where this program was started, with --port; change it there"
            }
            Reason::BadPort => "a port is a number from 1 to 65535",
            Reason::TooManyEntries { count, most } => {
                return write!(f, "{count} entries; {most} fit. Remove some first");
            }
            Reason::BadHost { text } => {
                return write!(f, "\"{text}\" is no host name. One looks like nas.example.org");
            }
            Reason::BadOrigin { text } => {
                return write!(
                    f,
                    "\"{text}\" is no origin. One looks like https://dash.example.org or \
                     http://192.168.1.5:3000, without a path"
                );
            }
            Reason::NoCode => return write!(f, "That machine shows no code now. {NEW_CODE}"),
            Reason::CodeUsed => {
                return write!(f, "This code was used already; one is good for one device. {NEW_CODE}");
            }
            Reason::CodeExpired => {
                return write!(f, "This code has ended; one is good for five minutes. {NEW_CODE}");
            }
            Reason::WrongCode { left } => {
                let tries = if *left == 1 { "try" } else { "tries" };
                return write!(f, "Wrong code. {left} {tries} left, then this device waits 15 min");
            }
            Reason::Locked { minutes } => {
                return write!(f, "Too many wrong codes. This device waits {minutes} min");
            }
            Reason::BrokenCommitment => "What was revealed is not what was committed to. Begin again",
            Reason::NotShared => {
                "That machine is not shared on the network. Share it there: Settings, Sharing, or \
                 sightline-agent share"
            }
            Reason::Refused => "Somebody at that machine said no. Ask its owner, and try again",
            Reason::Unanswered => {
                return write!(f, "Nobody answered in time, or that machine was restarted. {NEW_CODE}");
            }
            Reason::NothingToGiveBack => "you have no token of your own: there is no access to revoke",
        })
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

fn flaw(flaw: &CertificateFlaw) -> String {
    match flaw {
        CertificateFlaw::Expired { until_ms } => format!("its certificate expired on {}", day(*until_ms)),
        CertificateFlaw::NotYetValid { from_ms } => {
            format!("its certificate is good from {} only", day(*from_ms))
        }
        CertificateFlaw::OtherName { host } => format!("its certificate is not for {host}"),
        CertificateFlaw::UnknownIssuer => {
            "nobody whom this computer trusts vouches for its certificate".to_owned()
        }
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

/// The day of a moment in UTC, as `2026-11-29`. By the days of the civil calendar (H. Hinnant, `civil_from_days`).
fn day(at_ms: u64) -> String {
    let days = at_ms / 86_400_000 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // March is month 0, so that the day that comes every fourth year is the year's last.
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        // date -u -d '1999-12-31 23:59:59' +%s, and so on.
        for (at_s, expected) in [
            (0, "1970-01-01"),
            (946_684_799, "1999-12-31"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_910_400, "2026-11-29"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(at_s * 1000), expected);
        }
    }
}
