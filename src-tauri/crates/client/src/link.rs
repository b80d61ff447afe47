//! A session with a machine that is kept up: what is lost is opened again, and why there is none is told. This is
//! what the protocol calls the behaviour of a client.
//!
//! What whoever has the link says and is told stands in [`events`].
//! [`machine`] decides, without a socket or a clock, in the words of [`state`]; its parts are [`backoff`] (when the next
//! attempt is), [`watchdog`] (who went silent), [`addresses`] and [`availability`] (what is shown of a machine that is
//! away). Here it is carried out: sockets, time, and whoever has the link. [`attempt`] says what a failed attempt means.

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

/// Events that may wait for whoever takes them. A message may have 4 MiB: what is behind them waits in the network.
const EVENTS: usize = 8;
/// Messages that may wait to be outgoing.
const COMMANDS: usize = 16;
/// How long the end of a session is waited for.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A session that is kept up. Dropping it ends it.
#[derive(Debug)]
pub struct Link {
    events: mpsc::Receiver<LinkEvent>,
    commands: mpsc::Sender<ClientMessage>,
    found: watch::Sender<Vec<Address>>,
    task: JoinSet<()>,
}

impl Link {
    /// Opens a session, and keeps it up from now on.
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

    /// What is told next. Whoever does not take it slows the machine down, for this link alone. Can be dropped and
    /// called again.
    pub async fn next(&mut self) -> Option<LinkEvent> {
        self.events.recv().await
    }

    /// Says something in the session; it is passed over where there is none, or more waits than can be outgoing.
    pub fn send(&self, message: ClientMessage) {
        // Nobody relies on it: a request that is not answered is asked again by whoever wants the answer.
        drop(self.commands.try_send(message));
    }

    /// Tries at once: the network is back, or somebody looks. A session that is open is asked whether it lives.
    pub fn retry(&self) {
        self.found.send_modify(|_| {});
    }

    /// The machine was found at these addresses: they are tried first, and at once.
    pub fn found(&self, addresses: Vec<Address>) {
        self.found.send_replace(addresses);
    }

    /// Takes leave of the machine.
    pub async fn end(self) {
        let Self { events, commands, found, mut task } = self;
        drop((commands, found, events));
        drop(tokio::time::timeout(CLOSE_TIMEOUT, task.join_next()).await);
    }
}
