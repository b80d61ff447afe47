//! The input and output of a link: its target, and its events.

use std::time::Duration;

use wire::diagnosis::Probe;
use wire::message::{Connected, Polled};
use wire::pin::Pin;
use wire::{Channel, Goodbye, ServerMessage};

use crate::address::Address;
use crate::secrets::Known;

/// Which machine, and which subscriptions.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its addresses, the most likely first.
    pub addresses: Vec<Address>,
    /// Its links are encrypted.
    pub secure: bool,
    /// The machine it has to be, and its token; `None` for one that needs none.
    pub known: Option<Known>,
    /// What is subscribed to, in each session anew.
    pub wants: Vec<Want>,
}

/// A channel, and how often it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Which.
    pub channel: Channel,
    /// Time between two frames; `None`: as the channel has it.
    pub interval: Option<Duration>,
}

/// How the link is.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkState {
    /// The first attempt is under way.
    Connecting,
    /// A session is open.
    Live {
        /// The machine's first message.
        connected: Box<Connected>,
        /// Where it answered.
        address: Address,
        /// The key that encrypts the link. One that was not pinned before may be stored with the token.
        pin: Option<Pin>,
    },
    /// Something blocks WebSockets; it is polled every 5 s.
    Polling(Probe),
    /// There is no session, and the next attempt is later.
    Reconnecting {
        /// When, from now.
        retry_in: Duration,
        /// Why there is none.
        why: Probe,
    },
    /// The machine said goodbye, and is tried again.
    Away {
        /// It sleeps (`suspend`), was shut down, or updates itself.
        goodbye: Goodbye,
        /// When the next attempt is, from now.
        retry_in: Duration,
    },
    /// Another machine answers, or one that cannot prove that it is the right one. That one may come back to its
    /// address, so it is tried again.
    WrongMachine {
        /// When, from now.
        retry_in: Duration,
        /// What was found.
        why: Probe,
    },
    /// Somebody has to act, here or there. Tried again at [`super::Link::retry`]; once a minute where an update may end it.
    Impossible(Probe),
}

/// An event of the link.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    /// Its state changed.
    State(LinkState),
    /// A message of the machine.
    Message(ServerMessage),
    /// The last sample while polling, in a few figures.
    Snapshot(Polled),
    /// Nothing was received for half a minute, and there is no session: what is shown is old. Sent once.
    Stale,
}
