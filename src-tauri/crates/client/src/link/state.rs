//! What a link knows, hears and does: the words of [`super::machine`]. Times are milliseconds since the link began.

use wire::diagnosis::Probe;
use wire::message::ChannelInfo;
use wire::{ClientMessage, Goodbye};

use super::watchdog::Watch;
use crate::address::Address;

/// What a link is begun with.
#[derive(Debug, Clone, Default)]
pub(super) struct Config {
    pub(super) addresses: Vec<Address>,
    /// The machine has to prove itself, and so has this client.
    pub(super) proven: bool,
    /// When anybody here last heard of it, before this link.
    pub(super) seen_ms: Option<u64>,
    /// How it left, before this link.
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
    /// It broke, or did not come about.
    Lost {
        /// Somebody answered there.
        told: bool,
        /// It answers HTTP, and no WebSocket begins; `None`: nobody can tell.
        blocked: Option<bool>,
        /// It wants to be left alone for so long.
        retry_after_ms: Option<u64>,
    },
    /// The other end closed it; its code as in RFC 6455.
    Closed { code: u16, told: bool },
    /// It lets in whom it was paired with.
    ToPair,
    /// It speaks this version of the protocol.
    Incompatible(u32),
    /// Another machine answers; `None`: it says it is the right one, and cannot prove it.
    WrongMachine(Option<String>),
}

/// What happens to a link.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Start,
    /// Both sides have proven themselves, where they have to.
    Connected(Vec<ChannelInfo>),
    /// Something came over the connection, at this time.
    Heard(u64),
    /// The machine takes its leave.
    Goodbye(Goodbye),
    Ended(End),
    /// This client said it.
    Sent(ClientMessage),
    /// The time has come that [`super::machine::Machine::due_ms`] named.
    Time,
    /// There is a sign that the machine is reachable, at these addresses, which is hearsay.
    Announced(Vec<Address>),
    /// The poll of this number was answered.
    Polled(u64),
    /// The poll of this number failed.
    PollFailed {
        poll: u64,
        unauthorized: bool,
    },
    /// Nobody wants the link any more.
    Close,
}

/// What is to be done.
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

/// How the link is.
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
    /// It has not answered for long, or not yet; `since_ms`: when it was last heard of, if ever.
    Offline {
        since_ms: Option<u64>,
        retry_at_ms: u64,
    },
    Polling,
    /// `at_ms`: when, where it was heard.
    Ended {
        reason: Goodbye,
        at_ms: Option<u64>,
    },
    ToPair,
    Incompatible(u32),
    WrongMachine(Option<String>),
}

/// What was found out in one round over all addresses.
#[derive(Debug, Clone, Default)]
pub(super) struct Round {
    pub(super) rest: std::collections::VecDeque<Address>,
    /// What ends the trying, unless another address does better.
    pub(super) last: Option<(Shown, Probe)>,
    /// For people.
    pub(super) why: Option<Probe>,
    /// `why` is of an address where somebody answered.
    pub(super) told: bool,
    /// Somebody answered HTTP; `None`: nobody can tell.
    pub(super) blocked: Option<bool>,
}

/// Where a link is.
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
    /// Nothing is tried before there is a sign.
    Last,
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
