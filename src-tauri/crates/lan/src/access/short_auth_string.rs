//! Pairing by comparison: an app commits itself to a key, gets ours, reveals its own, and waits until the owner confirms
//! that both screens show the same digits. Formulas and reasons are in [`wire::proof::comparison`].
//!
//! An app proves nothing before the owner is asked, so anyone on the network can cause a prompt. Therefore only a few
//! wait at once, and each attempt without approval counts like wrong digits: also one that saw our key and never revealed
//! its own, or somebody between two machines could try keys until the digits are the same at both.

use std::time::Instant;

use ring::agreement::{EphemeralPrivateKey, X25519};
use ring::rand::SystemRandom;
use wire::limits::REVEAL_WITHIN;
use wire::message::ErrorBody;
use wire::proof::comparison::thirty_two;
use wire::proof::hex;
use wire::sharing::{AccessEvent, AccessWhat};
use wire::{Reason, Scope, StreamReason};

use super::approvals::{Asking, Device};
use super::commitments::{Commitment, Machine};
use super::events::about;
use super::grant::Link;
use super::pairing::{NotPaired, Waiting, busy, named};
use super::rights::Rights;
use super::{Access, State};
use crate::random::random;

/// What it gets where the owner approves without choosing: all that a view of the whole machine needs.
const PROPOSED: Rights = Rights::programs(Scope::Processes);

/// Our part of a comparison, for the app.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) ticket: String,
    pub(crate) key: String,
    pub(crate) nonce: String,
}

impl Access {
    /// Begins a comparison with an app that committed itself to a key.
    pub(crate) fn commit(
        &self,
        commitment: String,
        device: Device,
        link: Link,
        machine: Machine,
    ) -> Result<Committed, NotPaired> {
        if thirty_two(&commitment).is_none() {
            let detail = "commitment is a SHA-256 in 64 hexadecimal digits".to_owned();
            return Err(ErrorBody::from(StreamReason::BadParameters { detail }).into());
        }
        let no_random = || NotPaired::from(ErrorBody::from(Reason::NoRandom));
        let secret = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).map_err(|_| no_random())?;
        let key = hex(secret.compute_public_key().map_err(|_| no_random())?.as_ref());
        let (ticket, nonce, now) = (hex(&random::<16>()?), hex(&random::<32>()?), Instant::now());
        let committed = Committed { ticket: ticket.clone(), key: key.clone(), nonce: nonce.clone() };
        let (until, address) = (now + REVEAL_WITHIN, link.address);
        let commitment = Commitment { ticket, commitment, device, link, machine, secret, key, nonce, until };
        let mut state = self.state();
        state.strike_late(now);
        if let Some(wait) = state.codes.waits(address, now) {
            state.events.push(about(AccessWhat::Blocked, Some(address)));
            drop(state);
            self.changed();
            return Err(NotPaired::Code(wait.into()));
        }
        let holder = state.holder(address, link.user);
        if let Some(host) = state.comparing.add(holder, commitment) {
            state.codes.strike(host, now);
        }
        Ok(committed)
    }

    /// Asks the owner about an app that reveals its key.
    pub(crate) fn reveal(
        &self,
        ticket: &str,
        key: &str,
        nonce: &str,
        link: Link,
    ) -> Result<Waiting, NotPaired> {
        let (now, address) = (Instant::now(), link.address);
        let mut state = self.state();
        state.strike_late(now);
        let commitment = state.comparing.take(ticket).ok_or(NotPaired::NotWaiting)?;
        let is_same_way = commitment.link.binding == link.binding;
        let opened = commitment.open(key, nonce).filter(|_| is_same_way);
        let Some((device, compared)) = opened else {
            state.codes.strike(address, now);
            state.events.push(about(AccessWhat::WrongCode, Some(address)));
            drop(state);
            self.changed();
            return Err(NotPaired::Broken);
        };
        let asking =
            Asking::new(&random()?, ticket.to_owned(), named(device, address), address, PROPOSED, now);
        let asker = state.codes.ask(asking.comparing(compared), now);
        drop(state);
        let asker = asker.ok_or_else(busy)?;
        self.note_unanswered();
        self.changed();
        Ok(Waiting { ticket: asker.ticket, left: asker.left })
    }

    /// Cancels the prompt about the device with this ticket.
    pub(crate) fn withdraw(&self, ticket: &str) -> Result<(), NotPaired> {
        let now = Instant::now();
        let mut state = self.state();
        let committed = state.comparing.take(ticket);
        if let Some(committed) = &committed {
            state.codes.strike(committed.link.address, now);
        }
        let waited = committed.is_some() || state.codes.give_up(ticket, now);
        drop(state);
        self.note_unanswered();
        self.changed();
        if waited { Ok(()) } else { Err(NotPaired::NotWaiting) }
    }

    /// Logs the comparisons that ended without an answer, if any did. To be called now and then.
    pub(crate) fn note_unanswered(&self) {
        let unanswered = self.state().codes.unanswered(Instant::now());
        for (name, address) in unanswered {
            let event = about(AccessWhat::PairingUnanswered, Some(address));
            self.note(AccessEvent { who: Some(name), ..event });
        }
    }
}

impl State {
    /// Counts commitments that were not revealed in time.
    fn strike_late(&mut self, now: Instant) {
        for host in self.comparing.late(now) {
            self.codes.strike(host, now);
        }
    }
}
