//! Why a request was refused, in plain English.

use std::fmt;

use crate::reason::Reason;

const NEW_CODE: &str = "Make a new one on that machine: Settings, Sharing, or sightline-agent pair";

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::OwnerOnly => {
                "who has access is shown to this machine's owner only; this needs the scope \"control\""
            }
            Reason::AtTheMachineOnly => {
                "sharing of a machine is changed at that machine: in its window, or with sightline-agent"
            }
            Reason::PairingBusy { most } => {
                return write!(
                    f,
                    "{most} devices wait for an answer at that machine already. Try again in a few minutes, or \
                     open a link of it"
                );
            }
            Reason::ViewersFull { most } => {
                return write!(f, "{most} devices are paired, which is the most; revoke one first");
            }
            Reason::ViewerUnknown => "this device is not paired any more; the list shows who is",
            Reason::SentInClear => {
                "its token crossed the network in clear, where others may have read it, so it gets no control any \
                 more. Revoke it, and pair the device again over https"
            }
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
            Reason::WrongLink => {
                return write!(f, "This link is not the one that machine shows now. {NEW_CODE}");
            }
            Reason::Locked { minutes } => {
                return write!(
                    f,
                    "Too many wrong codes. This device waits {minutes} min, or opens the link instead"
                );
            }
            Reason::DigitsPaused { minutes } => {
                return write!(
                    f,
                    "Too many wrong codes were tried on that machine's network. Digits are not accepted for \
                     {minutes} min; open the link or its QR code instead"
                );
            }
            Reason::BrokenCommitment => "What was revealed is not what was committed to. Begin again",
            Reason::NotShared => {
                "That machine is not shared on the network. Share it there: Settings, Sharing, or \
                 sightline-agent share"
            }
            Reason::Refused => "Somebody at that machine said no. Ask its owner, and try again",
            Reason::Unanswered => "Nobody answered in time, or that machine was restarted. Begin again",
            Reason::NothingToGiveBack => "you have no token of your own: there is no access to revoke",
            Reason::SharedElsewhere => {
                "another Sightline of this user, the agent or a window, shares this machine; change it there, or \
                 end it first"
            }
            Reason::Certificate { problem } => return problem.fmt(f),
            Reason::Stream { why } => return why.fmt(f),
            Reason::Http { why } => return why.fmt(f),
        })
    }
}
