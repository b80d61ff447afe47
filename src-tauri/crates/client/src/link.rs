//! A session with a machine that reconnects: where it is lost it is opened again, and the reason is reported. The
//! protocol calls this the behaviour of a client.
//!
//! [`events`] has the input and output of a link. [`machine`] is the state machine, without a socket or a clock, over
//! the types of [`state`]; its parts are [`backoff`] (when the next attempt is), [`watchdog`] (detects silence),
//! [`addresses`] and [`availability`] (what is shown of a machine that is away). [`driver`] runs it with sockets and
//! timers; [`attempt`] maps a failed attempt to events.

mod addresses;
mod attempt;
mod availability;
mod backoff;
mod driver;
mod events;
mod machine;
mod state;
mod watchdog;

use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use wire::ClientMessage;

use self::driver::Driver;
pub use self::events::{LinkEvent, LinkState, Target, Want};
use super::address::Address;

/// Events that may wait for the owner of the link. A frame of a channel that it asked for may have 4 MiB, where that is not
/// `summary`: further ones wait in the network.
const EVENTS: usize = 8;
/// Messages that may wait to be sent.
const COMMANDS: usize = 16;
/// How long to wait for the end of a session.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A session that reconnects. Dropping it ends it.
#[derive(Debug)]
pub struct Link {
    events: mpsc::Receiver<LinkEvent>,
    commands: mpsc::Sender<ClientMessage>,
    found: watch::Sender<Vec<Address>>,
    task: JoinSet<()>,
}

impl Link {
    /// Opens a session, and reconnects from now on.
    #[must_use]
    pub fn start(target: Target) -> Self {
        let (sender, events) = mpsc::channel(EVENTS);
        let (commands, outgoing) = mpsc::channel(COMMANDS);
        let (found, retry) = watch::channel(Vec::new());
        let driver = Driver::new(target, sender, outgoing, retry);
        let mut task = JoinSet::new();
        task.spawn(driver.drive());
        Self { events, commands, found, task }
    }

    /// The next event. Where events are not taken, the machine sends slower, on this link only. Can be dropped and called
    /// again.
    pub async fn next(&mut self) -> Option<LinkEvent> {
        self.events.recv().await
    }

    /// Sends a message in the session; it is dropped where there is none, or where too many wait.
    pub fn send(&self, message: ClientMessage) {
        // A caller sends a request again that is not answered.
        drop(self.commands.try_send(message));
    }

    /// Tries at once: the network is back, or a person wants to see it. A session that is open is pinged.
    pub fn retry(&self) {
        self.found.send_modify(|_| {});
    }

    /// The machine was found at these addresses: they are tried first, and at once.
    pub fn found(&self, addresses: Vec<Address>) {
        self.found.send_replace(addresses);
    }

    /// Closes the session.
    pub async fn end(self) {
        let Self { events, commands, found, mut task } = self;
        drop((commands, found, events));
        drop(tokio::time::timeout(CLOSE_TIMEOUT, task.join_next()).await);
    }
}
