//! Commitments of apps that are about to reveal their key, for a comparison ([`super::short_auth_string`]). No clock: the
//! time is a parameter.

use std::net::IpAddr;
use std::time::Instant;

use ring::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use station::fair::{Bounds, FairTable, Holder};
use subtle::ConstantTimeEq;
use wire::limits::COMPARED_PER_ADDRESS;
use wire::proof::comparison::{Compared, Comparison, thirty_two};

use super::approvals::Device;
use super::grant::Link;

/// Commitments at once. Each is needed for one round trip only.
const BOUNDS: Bounds = Bounds { all: 32, strangers: 24, host: COMPARED_PER_ADDRESS };

/// This machine's identity, as an app gets it.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) id: String,
    pub(crate) name: String,
}

/// Apps that committed themselves and did not reveal anything yet.
#[derive(Debug)]
pub(super) struct Commitments(FairTable<Commitment>);

impl Default for Commitments {
    fn default() -> Self {
        Self(FairTable::new(BOUNDS))
    }
}

/// One of them.
pub(super) struct Commitment {
    /// Its id for the app itself; a secret.
    pub(super) ticket: String,
    pub(super) commitment: String,
    pub(super) device: Device,
    pub(super) link: Link,
    pub(super) machine: Machine,
    pub(super) secret: EphemeralPrivateKey,
    pub(super) key: String,
    pub(super) nonce: String,
    pub(super) until: Instant,
}

impl std::fmt::Debug for Commitment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Commitment").field("link", &self.link).finish_non_exhaustive()
    }
}

impl Commitments {
    /// Adds one. The host whose commitment gave way to it, if one did.
    pub(super) fn add(&mut self, holder: Holder, commitment: Commitment) -> Option<IpAddr> {
        let (_, gave_way) = self.0.add(holder, commitment, |_| true);
        gave_way.map(|(holder, _)| holder.host)
    }

    /// Takes out those whose time is over: their hosts.
    pub(super) fn late(&mut self, now: Instant) -> Vec<IpAddr> {
        let late = self.0.take_if(|_, known| known.until <= now);
        late.into_iter().map(|(holder, _)| holder.host).collect()
    }

    /// Takes the one with this ticket out.
    pub(super) fn take(&mut self, ticket: &str) -> Option<Commitment> {
        let has = |_, known: &Commitment| known.ticket.as_bytes().ct_eq(ticket.as_bytes()).into();
        self.0.take_if(has).pop().map(|(_, commitment)| commitment)
    }
}

impl Commitment {
    /// What both sides compute of both keys; `None` where the app reveals another key than it committed to.
    pub(super) fn open(self, key: &str, nonce: &str) -> Option<(Device, Compared)> {
        let theirs = thirty_two(key).filter(|_| thirty_two(nonce).is_some())?;
        if !Comparison::is_commitment(&self.commitment, key, nonce) {
            return None;
        }
        let comparison = Comparison {
            app_key: key,
            app_nonce: nonce,
            machine_key: &self.key,
            machine_nonce: &self.nonce,
            binding: self.link.binding,
            app_name: &self.device.name,
            machine_id: &self.machine.id,
            machine_name: &self.machine.name,
        };
        let theirs = UnparsedPublicKey::new(&X25519, theirs);
        // A key of low order, which makes a secret of zeros with any of ours, is refused here.
        let compared = agree_ephemeral(self.secret, &theirs, |server| comparison.compare(server)).ok()?;
        Some((self.device, compared))
    }
}
