//! Pairing by comparison: an app commits itself to a key, hears ours, reveals its own, and waits until somebody here
//! says that both screens show the same digits. Formulas and reasons are in [`wire::proof::comparison`].
//!
//! Nobody proves anything before the owner is asked, so what strangers can do is make the owner look: a few at once,
//! and each attempt that nobody agreed to counts like a wrong code.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Instant;

use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use ring::rand::SystemRandom;
use subtle::ConstantTimeEq;
use wire::limits::{COMPARED_PER_ADDRESS, REVEAL_WITHIN};
use wire::message::ErrorBody;
use wire::proof::comparison::{Compared, Comparison, thirty_two};
use wire::proof::hex;
use wire::sharing::{AccessEvent, AccessWhat};
use wire::{ErrorCode, Reason, Scope};

use super::codes::{Asking, Device, Refusal};
use super::pairing::{NotPaired, Waiting, named};
use super::{Access, about, random};

/// Apps that may be about to reveal their keys at once; one more, and the oldest gives way. It takes them one answer's
/// way each.
const COMMITTED: usize = 32;
/// What an app gets if its owner says no more than yes: all that a view of the whole machine needs.
const PROPOSED: Scope = Scope::Processes;

/// Who this machine is, as it is told to an app.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// Our part of a comparison, for the app.
#[derive(Debug)]
pub(crate) struct Committed {
    pub(crate) ticket: String,
    pub(crate) key: String,
    pub(crate) nonce: String,
}

/// Apps that committed themselves and did not reveal anything yet.
#[derive(Debug, Default)]
pub(super) struct Commitments(VecDeque<Commitment>);

/// One of them.
struct Commitment {
    /// Names it to itself; a secret.
    ticket: String,
    commitment: String,
    device: Device,
    address: IpAddr,
    machine: Machine,
    secret: EphemeralPrivateKey,
    key: String,
    nonce: String,
    until: Instant,
}

impl std::fmt::Debug for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commitment").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Commitments {
    /// Takes one in. Of one address there are a few at most, of which its own oldest gives way.
    fn add(&mut self, commitment: Commitment, now: Instant) {
        self.0.retain(|known| known.until > now);
        let of_it = |known: &&Commitment| known.address == commitment.address;
        if self.0.iter().filter(of_it).count() >= COMPARED_PER_ADDRESS
            && let Some(oldest) = self.0.iter().position(|known| known.address == commitment.address)
        {
            self.0.remove(oldest);
        }
        if self.0.len() >= COMMITTED {
            self.0.pop_front();
        }
        self.0.push_back(commitment);
    }

    /// Takes the one with this ticket out.
    fn take(&mut self, ticket: &str, now: Instant) -> Option<Commitment> {
        self.0.retain(|known| known.until > now);
        let has = |known: &Commitment| known.ticket.as_bytes().ct_eq(ticket.as_bytes()).into();
        let at = self.0.iter().position(has)?;
        self.0.remove(at)
    }
}

impl Commitment {
    /// What the app and we make of both keys; `None` where it does not reveal what it committed itself to.
    fn open(self, key: &str, nonce: &str) -> Option<(Device, Compared)> {
        let theirs = thirty_two(key).filter(|_| thirty_two(nonce).is_some())?;
        if !Comparison::is_commitment(&self.commitment, key, nonce) {
            return None;
        }
        let comparison = Comparison {
            app_key: key,
            app_nonce: nonce,
            machine_key: &self.key,
            machine_nonce: &self.nonce,
            app_name: &self.device.name,
            machine_id: &self.machine.id,
            machine_name: &self.machine.name,
        };
        let theirs = UnparsedPublicKey::new(&X25519, theirs);
        // A key that makes a secret of zeros, whatever ours is, is refused here.
        let compared = agree_ephemeral(self.secret, &theirs, |shared| comparison.compare(shared)).ok()?;
        Some((self.device, compared))
    }
}

impl Access {
    /// Begins a comparison with an app that committed itself to a key.
    pub(crate) fn commit(
        &self,
        commitment: String,
        device: Device,
        address: IpAddr,
        machine: Machine,
    ) -> Result<Committed, NotPaired> {
        if thirty_two(&commitment).is_none() {
            let message = "commitment is a SHA-256 in 64 hexadecimal digits";
            return Err(ErrorBody::new(ErrorCode::BadParams, message).into());
        }
        let no_random = || NotPaired::from(ErrorBody::from(Reason::NoRandom));
        let secret = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new()).map_err(|_| no_random())?;
        let key = hex(secret.compute_public_key().map_err(|_| no_random())?.as_ref());
        let (ticket, nonce, now) = (hex(&random::<16>()?), hex(&random::<32>()?), Instant::now());
        let committed = Committed { ticket: ticket.clone(), key: key.clone(), nonce: nonce.clone() };
        let until = now + REVEAL_WITHIN;
        let commitment =
            Commitment { ticket, commitment, device, address, machine, secret, key, nonce, until };
        let mut state = self.state();
        if let Some(wait) = state.codes.waits(address, now) {
            state.events.push(about(AccessWhat::Blocked, Some(address)));
            drop(state);
            self.changed();
            return Err(NotPaired::Code(Refusal::Waits(wait)));
        }
        state.comparing.add(commitment, now);
        Ok(committed)
    }

    /// Has the owner asked about an app that reveals its key.
    pub(crate) fn reveal(
        &self,
        ticket: &str,
        key: &str,
        nonce: &str,
        address: IpAddr,
    ) -> Result<Waiting, NotPaired> {
        let now = Instant::now();
        let mut state = self.state();
        let commitment = state.comparing.take(ticket, now).ok_or(NotPaired::NotWaiting)?;
        let Some((device, compared)) = commitment.open(key, nonce) else {
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
        self.note_unanswered();
        self.changed();
        Ok(Waiting { ticket: asker.ticket, left: asker.left })
    }

    /// Nobody is asked about the device with this ticket any more.
    pub(crate) fn withdraw(&self, ticket: &str) -> Result<(), NotPaired> {
        let now = Instant::now();
        let mut state = self.state();
        let waited = state.comparing.take(ticket, now).is_some() || state.codes.give_up(ticket, now);
        drop(state);
        self.note_unanswered();
        self.changed();
        if waited { Ok(()) } else { Err(NotPaired::NotWaiting) }
    }

    /// Notes the comparisons that ended without an answer, if any did. To be called now and then.
    pub(crate) fn note_unanswered(&self) {
        let unanswered = self.state().codes.unanswered(Instant::now());
        for (name, address) in unanswered {
            let event = about(AccessWhat::PairingUnanswered, Some(address));
            self.note(AccessEvent { who: Some(name), ..event });
        }
    }
}
