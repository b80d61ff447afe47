//! Access control: who has access and who is connected, behind one lock that is never held for longer than a few lines,
//! and stored in one private file.
//!
//! In reading order: [`rights`] (what can be granted) → [`store`] (the file) → [`grant`] (what a token grants) → [`owner`] (the owner's token) → [`codes`] and
//! [`approvals`] (pairing) → [`commitments`] and [`short_auth_string`] (pairing without a code) → [`lockout`] (after wrong
//! codes and tokens) → [`nonces`] (for proofs over HTTP) → [`client`] (the name a device claims) → [`events`] (the access
//! log) → [`lock_file`] (one program writes) → [`access_file`] (whether it is understood) → [`withheld`] (what is taken away
//! though it cannot be written) → [`writer`] (how changes are stored). This module combines them. Nothing here
//! knows HTTP or sockets.

pub(crate) mod access_file;
pub(crate) mod approvals;
mod client;
pub(crate) mod codes;
mod commitments;
pub(crate) mod events;
mod grant;
mod lock_file;
mod lockout;
mod nonces;
mod owner;
mod pairing;
pub(crate) mod rights;
mod short_auth_string;
pub(crate) mod store;
mod viewers;
mod withheld;
mod writer;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use station::fair::{Holder, one_host};
use station::{Handle, clock};
use tokio::sync::Notify;
use wire::Scope;
use wire::endpoint::OWNER;
use wire::message::ErrorBody;
use wire::proof::{Challenge, Secret, Verifier, hex};
use wire::sharing::{AccessEvent, AccessWhat, Reach, ViewerKind};

use self::access_file::{Understood, Writer};
pub(crate) use self::approvals::Paired;
pub(crate) use self::client::client_of;
use self::codes::Codes;
use self::commitments::Commitments;
pub(crate) use self::commitments::Machine;
use self::events::{Events, about};
pub(crate) use self::grant::{Claim, Grant, Link, Sent};
use self::lockout::Lockout;
use self::nonces::Nonces;
use self::owner::Owner;
pub(crate) use self::pairing::{Admitted, NotPaired};
use self::rights::Rights;
pub(crate) use self::short_auth_string::Committed;
use self::store::Store;
use self::withheld::Withheld;
use crate::random::random;
use crate::transport::local_user::LocalUser;

/// How many ids of revoked viewers are remembered, so that they get `revoked` rather than `unauthorized`.
const REVOKED_REMEMBERED: usize = 64;
/// A minute, in milliseconds: the resolution of last-seen times; a viewer that connects again within it is logged once.
const MINUTE_MS: u64 = 60_000;

/// Access control of one machine. Cheap to clone; all clones share one state.
#[derive(Debug, Clone)]
pub(crate) struct Access(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    station: Handle,
    /// How far this machine is shared where nobody said.
    usual_reach: Reach,
    state: Mutex<State>,
    /// Locked before the state, and while a disk is waited for.
    writer: Mutex<Writer>,
    /// Whether another program had the lock file when this one last tried.
    held_elsewhere: AtomicBool,
    /// Rises with every change of the owner's report.
    changes: AtomicU64,
    /// What somebody else wrote is in use, and not applied yet to what is open.
    adopted: Notify,
}

#[derive(Debug)]
pub(crate) struct State {
    pub(crate) store: Store,
    /// What was taken away and is not in the file yet.
    pub(crate) withheld: Withheld,
    owner: Option<Owner>,
    pub(crate) codes: Codes,
    comparing: Commitments,
    pub(crate) events: Events,
    /// Failures by wrong tokens, by address.
    wrong_tokens: Lockout,
    nonces: Nonces,
    revoked: VecDeque<String>,
    /// The store has last-seen times that the file does not.
    seen_since_kept: bool,
    understood: Arc<Understood>,
}

impl Access {
    /// Reads it from the station's data directory. A file that cannot be read is a notice among the station's faults. Where
    /// nobody said how far to share, it is as far as is usual.
    pub(crate) fn open(station: &Handle, usual_reach: Reach) -> Self {
        let data_dir = station.data_dir();
        let (writer, store) = Writer::open(station);
        let state = State {
            store,
            withheld: Withheld::default(),
            owner: Owner::open(station),
            codes: Codes::default(),
            comparing: Commitments::default(),
            events: Events::read(data_dir),
            wrong_tokens: Lockout::default(),
            nonces: Nonces::default(),
            revoked: VecDeque::new(),
            seen_since_kept: false,
            understood: Arc::clone(&writer.understood),
        };
        Self(Arc::new(Inner {
            station: station.clone(),
            usual_reach,
            state: Mutex::new(state),
            writer: Mutex::new(writer),
            held_elsewhere: AtomicBool::new(false),
            changes: AtomicU64::new(0),
            adopted: Notify::new(),
        }))
    }

    /// Whether what is in use was said in the file; else it is not known what was closed there.
    pub(crate) fn is_understood(&self) -> bool {
        self.state().understood.is_known()
    }

    /// The state. Locked for a few lines only.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until what somebody else wrote is in use, and has to be applied to what is open.
    pub(crate) async fn adopted(&self) {
        self.0.adopted.notified().await;
    }

    /// Another number with every change of the owner's report.
    pub(crate) fn changes(&self) -> u64 {
        self.0.changes.load(Ordering::Relaxed)
    }

    /// Counts a change of the owner's report, and wakes those that deliver it.
    pub(crate) fn changed(&self) {
        self.0.changes.fetch_add(1, Ordering::Relaxed);
        self.0.station.wake();
    }

    /// Adds to the access log.
    pub(crate) fn note(&self, event: AccessEvent) {
        self.state().events.push(event);
        self.changed();
    }

    /// What `<id>.<secret in hex>`, sent so and from `address`, grants.
    pub(crate) fn claim(&self, text: &str, sent: Sent, address: IpAddr) -> Claim {
        let mut state = self.state();
        let claim = state.claim(text, sent);
        match &claim {
            Claim::Granted(grant) => {
                state.bind(&grant.id, sent);
                state.seen(&grant.id, address, clock::unix_ms());
            }
            Claim::Unknown => return self.wrong(state, address),
            Claim::Misplaced | Claim::Revoked | Claim::Unclear | Claim::TooMany(_) => {}
        }
        claim
    }

    /// What the client's `proof` about `challenge` grants, and what makes our own in return.
    pub(crate) fn prove(
        &self,
        challenge: &Challenge<'_>,
        proof: &str,
        address: IpAddr,
    ) -> Result<(Grant, Verifier), Claim> {
        let (mut state, id) = (self.state(), challenge.token_id);
        let Some((rights, verifier)) = state.verifier(id).map(|(rights, it)| (rights, it.clone())) else {
            return Err(match state.absent(id) {
                Claim::Unknown => self.wrong(state, address),
                known => known,
            });
        };
        if !verifier.accepts(challenge, proof) {
            return Err(self.wrong(state, address));
        }
        if !state.may_be(id, Sent::ByProgram) {
            return Err(Claim::Misplaced);
        }
        state.seen(id, address, clock::unix_ms());
        Ok((Grant::new(id, rights), verifier))
    }

    /// Who a connection from `address` is counted as, in tables that hosts share: `user` is whose program of this
    /// computer it comes from.
    pub(crate) fn holder(&self, address: IpAddr, user: Option<LocalUser>) -> Holder {
        self.state().holder(address, user)
    }

    /// A nonce to prove a token with, over HTTP.
    ///
    /// # Errors
    /// Where the system has no random numbers.
    pub(crate) fn nonce(&self, link: Link) -> Result<String, ErrorBody> {
        let (text, now) = (hex(&random::<32>()?), Instant::now());
        let mut state = self.state();
        let holder = state.holder(link.address, link.user);
        if let Some(host) = state.nonces.give(text.clone(), holder, now) {
            state.wrong_tokens.failed_token(host, now);
        }
        Ok(text)
    }

    /// A socket from `address` had to give way before it authenticated: that counts as a wrong token does, or who opens
    /// many would never fail.
    pub(crate) fn gave_way(&self, address: IpAddr) {
        self.state().wrong_tokens.failed_token(address, Instant::now());
    }

    /// Whether `address` was given this nonce, and uses it for the first time, in time.
    pub(crate) fn take_nonce(&self, text: &str, address: IpAddr) -> bool {
        self.state().nonces.take(text, address, Instant::now())
    }

    /// Counts a wrong token or proof.
    fn wrong(&self, mut state: MutexGuard<'_, State>, address: IpAddr) -> Claim {
        let wait = state.wrong_tokens.failed_token(address, Instant::now());
        state.events.push(about(AccessWhat::WrongToken, Some(address)));
        drop(state);
        self.changed();
        wait.map_or(Claim::Unknown, Claim::TooMany)
    }

    /// Records that a viewer opened a session.
    pub(crate) fn viewer_connected(&self, id: &str, address: IpAddr) {
        let mut state = self.state();
        let Some(viewer) = state.store.viewer(id) else { return };
        let event = AccessEvent { who: Some(viewer.name.clone()), ..about(AccessWhat::Came, Some(address)) };
        state.events.push(event);
        drop(state);
        self.changed();
    }
}

impl State {
    fn holder(&self, address: IpAddr, user: Option<LocalUser>) -> Holder {
        let host = one_host(address);
        Holder { host, known: user == Some(LocalUser::Own) || self.store.has_viewer_at(host) }
    }

    fn claim(&self, text: &str, sent: Sent) -> Claim {
        let Some((id, secret)) = text.split_once('.') else { return Claim::Unknown };
        match (self.verifier(id), Secret::from_hex(secret)) {
            (Some((rights, verifier)), Some(secret)) if verifier.fits(&secret) => {
                if self.may_be(id, sent) {
                    Claim::Granted(Grant::new(id, rights))
                } else {
                    Claim::Misplaced
                }
            }
            (None, _) => self.absent(id),
            (Some(_), _) => Claim::Unknown,
        }
    }

    /// Whether token `id`, which is one, may be sent so.
    fn may_be(&self, id: &str, sent: Sent) -> bool {
        let viewer = self.store.viewer(id);
        match (viewer.map(|viewer| (viewer.kind, viewer.port)), sent) {
            // The owner's has no viewer.
            (None | Some((ViewerKind::App, _)), Sent::ByProgram) => true,
            (Some((ViewerKind::Browser, given)), Sent::Cookie(port)) => {
                given.is_none_or(|given| given == port)
            }
            _ => false,
        }
    }

    /// From now on a cookie that was given before ports counted is good on this one only.
    fn bind(&mut self, id: &str, sent: Sent) {
        let viewer = self.store.viewers.iter_mut().find(|viewer| viewer.id == id && viewer.port.is_none());
        if let (Some(viewer), Sent::Cookie(port)) = (viewer, sent) {
            viewer.port = Some(port);
            self.seen_since_kept = true;
        }
    }

    /// What a token of `id` is, which is none that gives access.
    fn absent(&self, id: &str) -> Claim {
        let is_known = if id == OWNER { self.owner.is_some() } else { self.understood.has_all_viewers() };
        match (self.is_revoked(id), is_known) {
            (true, _) => Claim::Revoked,
            (false, true) => Claim::Unknown,
            (false, false) => Claim::Unclear,
        }
    }

    fn verifier(&self, id: &str) -> Option<(Rights, &Verifier)> {
        if id == OWNER {
            return self.owner.as_ref().map(|owner| (Rights::whole(Scope::Control), &owner.verifier));
        }
        self.store.viewer(id).map(|viewer| (viewer.rights(), &viewer.verifier))
    }

    fn is_revoked(&self, id: &str) -> bool {
        self.revoked.iter().any(|revoked| revoked == id)
    }

    /// From now on token `id` is answered with `revoked`.
    fn remember_revoked(&mut self, id: &str) {
        if self.revoked.len() == REVOKED_REMEMBERED {
            self.revoked.pop_front();
        }
        self.revoked.push_back(id.to_owned());
    }

    fn seen(&mut self, id: &str, address: IpAddr, now_ms: u64) {
        let Some(viewer) = self.store.viewers.iter_mut().find(|viewer| viewer.id == id) else { return };
        let address = address.to_string();
        let old = viewer.last_seen_at_ms.is_none_or(|seen| now_ms.abs_diff(seen) >= MINUTE_MS);
        if old || viewer.address.as_ref() != Some(&address) {
            viewer.last_seen_at_ms = Some(now_ms);
            viewer.address = Some(address);
            self.seen_since_kept = true;
        }
    }
}
