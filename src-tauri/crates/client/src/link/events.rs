//! What a link is begun with, and what it tells.

use std::time::Duration;

use hyper::body::Bytes;
use wire::diagnosis::Probe;
use wire::message::Connected;
use wire::pin::Pin;
use wire::{Channel, Goodbye, ServerMessage};

use crate::address::Address;
use crate::secrets::Known;

/// Which machine, and what of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// Where it may be, the most promising first.
    pub addresses: Vec<Address>,
    /// Its links are encrypted.
    pub secure: bool,
    /// Who it has to be, and what opens it; `None` for one that lets in anybody.
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
        /// What the machine said first.
        connected: Box<Connected>,
        /// Where it answered.
        address: Address,
        /// The key that encrypts the link. One that was not known before may be kept with the token.
        pin: Option<Pin>,
    },
    /// Something blocks the session; numbers come every 5 s all the same.
    Polling(Probe),
    /// There is no session, and the next attempt is later.
    Reconnecting {
        /// When, from now.
        retry_in: Duration,
        /// Why there is none.
        why: Probe,
    },
    /// The machine took its leave, and is looked for again.
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
    /// Trying again is of no use, and is not done until [`super::Link::retry`].
    Impossible(Probe),
}

/// What the link tells.
#[derive(Debug, Clone, PartialEq)]
pub enum LinkEvent {
    /// It is different.
    State(LinkState),
    /// The machine said something.
    Message(ServerMessage),
    /// The last sample, whole, while polling: a [`wire::message::SnapshotBody`] in JSON.
    Snapshot(Bytes),
    /// Nothing new came for half a minute, and there is no session: what is shown is old. Told once.
    Stale,
}
