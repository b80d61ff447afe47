//! Why the window's program did not do what its page asked: sentences in plain English.

use std::fmt;

use crate::window_reason::{PairingReason, WindowReason};

impl fmt::Display for WindowReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WindowReason::Signal { why } => why.fmt(f),
            WindowReason::List { why } => why.fmt(f),
            WindowReason::Pairing { why } => why.fmt(f),
            WindowReason::NotReached { probe } => f.write_str(&probe.message()),
            WindowReason::NoAnswer { name } => write!(f, "{name} does not answer."),
            WindowReason::NotPaired { name } => {
                write!(f, "{name} has to be paired with this computer first.")
            }
            WindowReason::NotListed => f.write_str("This is not one of your machines."),
            WindowReason::NotKnownAt { name, address } => {
                write!(f, "{name} is not known to be at {address}.")
            }
            WindowReason::BadAddress { text } => {
                write!(f, "\"{text}\" is no address with a port, as in 192.168.1.20:7444.")
            }
            WindowReason::TokenNotKept { detail } => {
                write!(f, "The token of this machine could not be saved: {detail}.")
            }
            WindowReason::DialogOpen => f.write_str("A dialog for a file is open already."),
            WindowReason::NoSuchFile { detail } => write!(f, "No such file: {detail}."),
            WindowReason::PreferencesTooLarge { bytes, most } => {
                write!(f, "Preferences of {bytes} bytes are too large; {most} is the most.")
            }
            WindowReason::PreferencesNotKept { detail } => {
                write!(f, "What you chose lasts until the window closes: {detail}.")
            }
            WindowReason::Ending => f.write_str("Sightline is ending."),
        }
    }
}

impl fmt::Display for PairingReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PairingReason::NoLink => f.write_str(
                "This is no link of Sightline; it looks like http://192.168.1.20:7444/#p=… and is to be pasted whole.",
            ),
            PairingReason::OwnLink => {
                f.write_str("This link is of this computer, which is watched without one.")
            }
            PairingReason::Unreachable { address, detail } => write!(
                f,
                "Connect to {address}: {detail}. Is the machine on, on the same network, and does it share?"
            ),
            PairingReason::NotReached { probe } => f.write_str(&probe.message()),
            PairingReason::NotAccepted { address, said } => write!(
                f,
                "{said}. If the link is the newest one, something between decrypts the connection to {address}: a \
                 proxy, or an attacker."
            ),
            PairingReason::Impostor { address } => write!(
                f,
                "What answers at {address} is not the machine that you pair with: the connection is intercepted."
            ),
            PairingReason::Claimed { name, known, address } => write!(
                f,
                "What answers at {address} says that it is {name}, which is known at {known}, and cannot prove it. \
                 Nothing was changed. If {name} was set up anew, remove it from your machines, then pair with it again."
            ),
            PairingReason::Unanswered { address } => write!(
                f,
                "Nobody answered at {address}. Somebody there has to compare the digits and allow it, within five \
                 minutes."
            ),
            PairingReason::DigitsGone => {
                f.write_str("These digits are not valid any more. Begin again.")
            }
        }
    }
}
