//! The types of [`super::machine`]: its configuration, events, actions and states. Times are milliseconds since the link
//! began.

use wire::diagnosis::Probe;
use wire::message::ChannelInfo;
use wire::{ClientMessage, Goodbye};

use super::watchdog::Watch;
use crate::address::Address;

/// The configuration of a link.
#[derive(Debug, Clone, Default)]
pub(super) struct Config {
    pub(super) addresses: Vec<Address>,
    /// The machine has to prove itself, and so has this client.
    pub(super) proven: bool,
    /// When something was last received from it, before this link.
    pub(super) seen_ms: Option<u64>,
    /// Its last goodbye, before this link.
    pub(super) goodbye: Option<Goodbye>,
}

/// How one connection ended, or why it never began.
#[derive(Debug, Clone)]
pub(super) struct End {
    pub(super) kind: EndKind,
    /// For people.
    pub(super) why: Probe,
}

/// See [`End`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EndKind {
    /// It broke, or could not be opened.
    Lost {
        /// Something answered there.
        told: bool,
        /// It answers HTTP, and no WebSocket begins; `None`: not known.
        blocked: Option<bool>,
        /// Its `Retry-After`.
        retry_after_ms: Option<u64>,
    },
    /// The other end closed it; its code as in RFC 6455.
    Closed { code: u16, told: bool },
    /// It requires pairing.
    ToPair,
    /// It has this version of the protocol.
    Incompatible(u32),
    /// Another machine answers; `None`: it claims to be the right one, and cannot prove it.
    WrongMachine(Option<String>),
}

/// What happens to a link.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Start,
    /// Both sides have authenticated, where they have to.
    Connected(Vec<ChannelInfo>),
    /// Something was received over the connection, at this time.
    Heard(u64),
    /// The machine sent a goodbye.
    Goodbye(Goodbye),
    Ended(End),
    /// This client sent it.
    Sent(ClientMessage),
    /// The time has come that [`super::machine::Machine::due_ms`] named.
    Time,
    /// There is a sign that the machine is reachable, at these addresses, which are unproven.
    Announced(Vec<Address>),
    /// The poll of this number was answered.
    Polled(u64),
    /// The poll of this number failed.
    PollFailed {
        poll: u64,
        unauthorized: bool,
    },
    /// The link is not wanted any more.
    Close,
}

/// An action for the driver.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Action {
    Open(Address),
    /// Ends the connection, or the attempt at one.
    Close,
    Ping,
    /// Asks for the last sample: answered by [`Event::Polled`] or [`Event::PollFailed`] with the same number.
    Poll(u64),
    Show(Shown),
}

/// The state of the link, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    Connecting,
    Live(Address),
    Reconnecting {
        retry_at_ms: u64,
    },
    /// What is shown is old.
    Stale {
        since_ms: u64,
        retry_at_ms: u64,
    },
    /// It has not answered for long, or not yet; `since_ms`: when something was last received, if ever.
    Offline {
        since_ms: Option<u64>,
        retry_at_ms: u64,
    },
    Polling,
    /// `at_ms`: when, where it is known.
    Ended {
        reason: Goodbye,
        at_ms: Option<u64>,
    },
    ToPair,
    Incompatible(u32),
    WrongMachine(Option<String>),
}

/// The results of one round over all addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct Round {
    pub(super) rest: std::collections::VecDeque<Address>,
    /// The state that ends the attempts, unless another address works.
    pub(super) last: Option<(Shown, Probe)>,
    /// For people.
    pub(super) why: Option<Probe>,
    /// `why` is of an address where something answered.
    pub(super) told: bool,
    /// `why` is of an address that is known, and not only announced.
    pub(super) known: bool,
    /// Something answered HTTP; `None`: not known.
    pub(super) blocked: Option<bool>,
}

/// The phase of a link.
#[derive(Debug, Clone)]
pub(super) enum Phase {
    Idle,
    Attempting {
        round: Box<Round>,
        until_ms: u64,
        goodbye: Option<Goodbye>,
    },
    Live {
        since_ms: u64,
        watch: Watch,
        goodbye: Option<Goodbye>,
    },
    Waiting {
        retry_at_ms: u64,
    },
    /// Nothing is tried before there is a sign; `retry_at_ms`: or until then, where an update would end it.
    Last {
        retry_at_ms: Option<u64>,
    },
    Closed,
}

/// Polling, where no WebSocket begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Poll {
    pub(super) runs: bool,
    pub(super) asks: bool,
    pub(super) next_at_ms: Option<u64>,
    pub(super) number: u64,
    /// It answers, and what is shown is of that.
    pub(super) answers: bool,
}
