//! A link in a test, with waits for its events.

use std::time::Duration;

use client::address::Address;
use client::link::{Link, LinkEvent, LinkState, Target, Want};
use client::secrets::Known;
use tokio::time::timeout;
use wire::{Channel, ServerMessage};

use crate::DEADLINE;

/// A link, and its events so far.
pub(crate) struct Kept {
    pub(crate) link: Link,
}

impl Kept {
    /// To a machine at one of these addresses: its numbers each second, and its alerts.
    pub(crate) fn to(addresses: &[Address], known: Option<&Known>) -> Self {
        let wants = vec![
            Want { channel: Channel::Overview, interval: Some(Duration::from_secs(1)) },
            Want { channel: Channel::Alerts, interval: None },
        ];
        let target = Target { addresses: addresses.to_vec(), secure: false, known: known.cloned(), wants };
        Self { link: Link::start(target) }
    }

    /// The next event that `wanted` makes something of; others are passed over.
    pub(crate) async fn until<T>(&mut self, what: &str, wanted: impl Fn(LinkEvent) -> Option<T>) -> T {
        let mut passed = Vec::new();
        let waited = timeout(2 * DEADLINE, async {
            loop {
                let event = self.link.next().await.expect("the link goes on");
                if let LinkEvent::State(state) = &event {
                    passed.push(state.clone());
                }
                if let Some(found) = wanted(event) {
                    return found;
                }
            }
        });
        waited.await.unwrap_or_else(|_| panic!("no {what}; there was {passed:?}"))
    }

    pub(crate) async fn state(&mut self, what: &str, wanted: impl Fn(&LinkState) -> bool) -> LinkState {
        let is = |event| match event {
            LinkEvent::State(state) if wanted(&state) => Some(state),
            _ => None,
        };
        self.until(what, is).await
    }

    pub(crate) async fn live(&mut self) -> Address {
        let is = |event| match event {
            LinkEvent::State(LinkState::Live { address, .. }) => Some(address),
            _ => None,
        };
        self.until("session", is).await
    }

    /// Numbers arrive.
    pub(crate) async fn frame(&mut self) -> u64 {
        let is = |event| match event {
            LinkEvent::Message(ServerMessage::Frame(frame)) => Some(frame.seq),
            _ => None,
        };
        self.until("frame", is).await
    }
}
