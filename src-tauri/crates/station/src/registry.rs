//! The registry of sessions: each has a slot, whatever carries it. Slots are bounded, in all, for each token, and for each
//! address without one. Some are kept for those with access, and the owner always has one.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use wire::limits::{OWNER_SESSIONS, SESSIONS_LISTED};
use wire::message::{ErrorBody, SessionInfo, Sessions};
use wire::{Carrier, Commands, Goodbye, Scope, StreamReason};

use crate::cpu_budget::Payer;
use crate::fair::{Holdings, one_less};

/// Of all slots, the part that strangers never take: one of so many.
const KEPT_PART: usize = 8;

/// Who is at the other end of a session.
#[derive(Debug, Clone)]
pub struct Peer {
    /// What carries the session.
    pub carrier: Carrier,
    /// Its address; `None` for the window.
    pub address: Option<IpAddr>,
    /// What it may see.
    pub scope: Scope,
    /// Command lines come with their arguments, where the scope shows any.
    pub arguments: bool,
    /// Id of the token it authenticated with; `None` where it needed none.
    pub token: Option<Arc<str>>,
}

impl Peer {
    /// How much of command lines it is shown.
    #[must_use]
    pub const fn commands(&self) -> Commands {
        Commands::of(self.scope, self.arguments)
    }

    /// Whether it goes on while this machine sleeps. The window does not: it sleeps along with its own machine.
    pub(crate) fn is_remote(&self) -> bool {
        self.carrier != Carrier::Window
    }

    /// Whether it is the window, or the owner's session.
    pub(crate) fn is_owner(&self) -> bool {
        self.payer().is_none()
    }

    /// Who pays for what is done for it; `None` for the owner.
    #[must_use]
    pub fn payer(&self) -> Option<Payer> {
        Payer::of(self.token.as_ref(), self.address)
    }

    /// What its slot is counted as.
    fn class(&self) -> Class {
        match self.payer() {
            None => Class::Owner,
            Some(Payer::Token(token)) => Class::Viewer(token),
            Some(Payer::Host(host)) if host.is_loopback() && self.scope > Scope::View => Class::Local(host),
            Some(Payer::Host(host)) => Class::Stranger(host),
        }
    }

    /// Whether its session, begun at `since_ms`, has to be closed for a sleep that began after `last_ms`, both Unix
    /// milliseconds. One that began later came after the wake-up and before the first tick: it may go on.
    pub(crate) fn slept_through(&self, since_ms: u64, last_ms: u64) -> bool {
        self.is_remote() && since_ms <= last_ms
    }
}

/// What the slot of a session is counted as.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Class {
    /// The window, or the owner's session: beyond the others' bounds, with one of its own.
    Owner,
    /// A viewer, by its token.
    Viewer(Arc<str>),
    /// A program of this computer's user, by the address it comes from.
    Local(IpAddr),
    /// Anybody else who may see something, by host.
    Stranger(IpAddr),
}

/// How many slots there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// In all, the owner's not counted.
    pub(crate) sessions: usize,
    /// Of one token, or of one address without one.
    pub(crate) per_address: usize,
}

impl Bounds {
    fn strangers(self) -> usize {
        self.sessions - self.sessions / KEPT_PART
    }
}

/// How many sessions there are; changes when one begins or ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SessionCounts {
    /// Open now.
    pub active: u64,
    /// Opened since this run began.
    pub total: u64,
}

/// All slots.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    slots: Mutex<Slots>,
    session_counts: watch::Sender<SessionCounts>,
    /// Rises whenever a session begins, ends, or changes its subscriptions.
    epoch: AtomicU64,
    /// What sessions that have ended had sent.
    messages_sent: AtomicU64,
    bytes_sent: AtomicU64,
}

#[derive(Debug, Default)]
struct Slots {
    /// By the order in which they began.
    by_number: BTreeMap<u64, Arc<Entry>>,
    of_owner: usize,
    of_viewers: HashMap<Arc<str>, usize>,
    of_local: Holdings,
    of_strangers: Holdings,
}

#[derive(Debug)]
struct Entry {
    /// Unique among the sessions of this run.
    number: u64,
    client_id: String,
    peer: Peer,
    class: Class,
    connected_at_ms: u64,
    channels: Mutex<Vec<&'static str>>,
    messages_sent: AtomicU64,
    bytes_sent: AtomicU64,
    messages_received: AtomicU64,
    frames_skipped: AtomicU64,
    /// Whether it counts against the bounds; not once it has to give way. Changed under the lock of the slots.
    counted: AtomicBool,
    /// Why this session has to end; `None` while it may go on.
    close_reason: watch::Sender<Option<Goodbye>>,
}

/// One session's slot. Dropping it frees the slot.
#[derive(Debug)]
pub struct SessionSlot {
    registry: Arc<Registry>,
    entry: Arc<Entry>,
}

impl Registry {
    /// A slot for `peer`. Where all are taken, one of the strangers that hold most slots from one address gives way to
    /// one with access, and to a stranger that would hold fewer.
    ///
    /// # Errors
    /// `tooMany` where all are taken, or all that one token or address may have.
    pub(crate) fn admit(
        self: &Arc<Self>,
        peer: Peer,
        bounds: Bounds,
        now_ms: u64,
    ) -> Result<SessionSlot, ErrorBody> {
        let class = peer.class();
        let mut slots = self.lock();
        if let Some(gives_way) = slots.make_room(&class, bounds)? {
            slots.leave(&gives_way);
            gives_way.close_reason.send_replace(Some(Goodbye::TooMany));
        }
        let mut number = 0;
        self.session_counts.send_modify(|session_counts| {
            number = session_counts.total;
            session_counts.total += 1;
            session_counts.active += 1;
        });
        let entry = Arc::new(Entry {
            number,
            client_id: uuid::Uuid::new_v4().to_string(),
            peer,
            class,
            connected_at_ms: now_ms,
            channels: Mutex::default(),
            messages_sent: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            messages_received: AtomicU64::new(0),
            frames_skipped: AtomicU64::new(0),
            counted: AtomicBool::new(true),
            close_reason: watch::Sender::new(None),
        });
        slots.enter(&entry);
        self.epoch.fetch_add(1, Ordering::Relaxed);
        Ok(SessionSlot { registry: Arc::clone(self), entry })
    }

    /// How many sessions there are.
    pub(crate) fn session_counts(&self) -> watch::Receiver<SessionCounts> {
        self.session_counts.subscribe()
    }

    /// Changes whenever the list of sessions does; figures alone do not change it.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// The list of sessions, with figures.
    pub(crate) fn report(&self) -> Sessions {
        let slots = self.lock();
        let SessionCounts { active, total } = *self.session_counts.borrow();
        let sum = |left: &AtomicU64, of: fn(&Entry) -> &AtomicU64| {
            let here: u64 = slots.by_number.values().map(|entry| of(entry).load(Ordering::Relaxed)).sum();
            left.load(Ordering::Relaxed) + here
        };
        Sessions {
            active,
            total,
            messages_sent: sum(&self.messages_sent, |entry| &entry.messages_sent),
            bytes_sent: sum(&self.bytes_sent, |entry| &entry.bytes_sent),
            sessions: slots.by_number.values().take(SESSIONS_LISTED).map(|entry| entry.info()).collect(),
        }
    }

    /// Ends every session that `whom` selects, by its peer and by when it began, Unix milliseconds.
    pub(crate) fn close_sessions(&self, whom: impl Fn(&Peer, u64) -> bool, reason: Goodbye) {
        for entry in self.lock().by_number.values().filter(|it| whom(&it.peer, it.connected_at_ms)) {
            entry.close_reason.send_replace(Some(reason));
        }
    }

    /// Calls `with` for the peer of each session.
    pub(crate) fn for_each_peer(&self, mut with: impl FnMut(&Peer)) {
        self.lock().by_number.values().for_each(|entry| with(&entry.peer));
    }

    fn remove(&self, entry: &Entry) {
        let mut slots = self.lock();
        slots.by_number.remove(&entry.number);
        slots.leave(entry);
        self.messages_sent.fetch_add(entry.messages_sent.load(Ordering::Relaxed), Ordering::Relaxed);
        self.bytes_sent.fetch_add(entry.bytes_sent.load(Ordering::Relaxed), Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::Relaxed);
        self.session_counts.send_modify(|session_counts| session_counts.active -= 1);
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slots {
    /// Who has to give way to one more of `class`, if somebody has to.
    fn make_room(&self, class: &Class, bounds: Bounds) -> Result<Option<Arc<Entry>>, ErrorBody> {
        let most = bounds.per_address;
        let strangers = &self.of_strangers;
        let full = StreamReason::SessionsFull { most: bounds.sessions };
        let refused = match class {
            Class::Owner if self.of_owner >= OWNER_SESSIONS => {
                Some(StreamReason::SessionsFull { most: OWNER_SESSIONS })
            }
            Class::Viewer(token) if self.of_viewers.get(token).is_some_and(|count| *count >= most) => {
                Some(StreamReason::TokenFull { most })
            }
            Class::Local(host) if self.of_local.of(*host) >= most => Some(StreamReason::AddressFull { most }),
            Class::Stranger(host) if strangers.of(*host) >= most => Some(StreamReason::AddressFull { most }),
            Class::Owner => return Ok(None),
            _ => None,
        };
        if let Some(refused) = refused {
            return Err(refused.into());
        }
        let all = self.of_viewers.values().sum::<usize>() + self.of_local.total() + strangers.total();
        let own = match class {
            Class::Stranger(host) if all >= bounds.sessions || strangers.total() >= bounds.strangers() => {
                Some(strangers.of(*host))
            }
            Class::Viewer(_) | Class::Local(_) if all >= bounds.sessions => None,
            _ => return Ok(None),
        };
        let heaviest = strangers.heaviest();
        let of_them = |entry: &&Arc<Entry>| {
            let Class::Stranger(host) = entry.class else { return false };
            entry.counted.load(Ordering::Relaxed) && strangers.weight(host) == heaviest
        };
        // Who would hold as much as those that have to give way displaces nobody.
        let displaces = own.is_none_or(|own| heaviest.host > own + 1);
        // The newest of theirs, so that who was there first stays.
        let gives_way = self.by_number.values().rev().find(of_them).filter(|_| displaces);
        gives_way.cloned().map(Some).ok_or_else(|| full.into())
    }

    fn enter(&mut self, entry: &Arc<Entry>) {
        self.by_number.insert(entry.number, Arc::clone(entry));
        match &entry.class {
            Class::Owner => self.of_owner += 1,
            Class::Viewer(token) => *self.of_viewers.entry(Arc::clone(token)).or_default() += 1,
            Class::Local(host) => self.of_local.add(*host),
            Class::Stranger(host) => self.of_strangers.add(*host),
        }
    }

    /// It does not count any more.
    fn leave(&mut self, entry: &Entry) {
        if !entry.counted.swap(false, Ordering::Relaxed) {
            return;
        }
        match &entry.class {
            Class::Owner => self.of_owner -= 1,
            Class::Viewer(token) => one_less(&mut self.of_viewers, Arc::clone(token)),
            Class::Local(host) => self.of_local.remove(*host),
            Class::Stranger(host) => self.of_strangers.remove(*host),
        }
    }
}

impl Entry {
    fn info(&self) -> SessionInfo {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        SessionInfo {
            client_id: self.client_id.clone(),
            carrier: self.peer.carrier,
            address: self.peer.address.map(|address| address.to_canonical().to_string()),
            connected_at_ms: self.connected_at_ms,
            scope: self.peer.scope,
            channels: channels.iter().map(|&name| name.to_owned()).collect(),
            messages_sent: count(&self.messages_sent),
            bytes_sent: count(&self.bytes_sent),
            messages_received: count(&self.messages_received),
            frames_skipped: count(&self.frames_skipped),
        }
    }
}

impl SessionSlot {
    /// Names the session, in `connected` and in logs.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.entry.client_id
    }

    /// Unique among the sessions of this run.
    pub(crate) fn number(&self) -> u64 {
        self.entry.number
    }

    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        &self.entry.peer
    }

    /// Becomes a reason when this session, alone or with some others, has to end.
    #[must_use]
    pub fn close_reason(&self) -> watch::Receiver<Option<Goodbye>> {
        self.entry.close_reason.subscribe()
    }

    /// Counts messages that went out, and their bytes.
    pub fn sent(&self, messages: usize, bytes: usize) {
        self.entry.messages_sent.fetch_add(messages as u64, Ordering::Relaxed);
        self.entry.bytes_sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Counts a message that came in.
    pub fn received(&self) {
        self.entry.messages_received.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts frames the viewer was too slow to take.
    pub fn skipped(&self, frames: u64) {
        self.entry.frames_skipped.fetch_add(frames, Ordering::Relaxed);
    }

    /// Records what the viewer is subscribed to, for the list of sessions, which sorts channels by name: the order
    /// of subscribing means nothing.
    pub fn subscribed(&self, channels: impl IntoIterator<Item = &'static str>) {
        let mut channels: Vec<_> = channels.into_iter().collect();
        channels.sort_unstable();
        *self.entry.channels.lock().unwrap_or_else(PoisonError::into_inner) = channels;
        self.registry.epoch.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for SessionSlot {
    fn drop(&mut self) {
        self.registry.remove(&self.entry);
    }
}

#[cfg(test)]
mod tests {
    use wire::ErrorCode;
    use wire::endpoint::OWNER;

    use super::*;

    const BOUNDS: Bounds = Bounds { sessions: 4, per_address: 2 };

    fn from(registry: &Arc<Registry>, address: &str) -> Result<SessionSlot, ErrorBody> {
        let address = Some(address.parse().unwrap());
        let peer =
            Peer { carrier: Carrier::Stream, address, scope: Scope::View, arguments: false, token: None };
        registry.admit(peer, BOUNDS, 0)
    }

    #[test]
    fn one_address_cannot_take_all_slots() {
        let registry = Arc::new(Registry::default());
        let first = from(&registry, "192.0.2.1").unwrap();
        let _second = from(&registry, "::ffff:192.0.2.1").unwrap();
        let refused = from(&registry, "192.0.2.1").unwrap_err();
        assert_eq!(refused.code, ErrorCode::TooMany);
        assert!(refused.message.contains("from this address"), "{refused}");
        let _other = from(&registry, "2001:db8::1").unwrap();
        let same_network = from(&registry, "2001:db8::ffff:2").unwrap();
        assert!(from(&registry, "2001:db8::3").is_err(), "one host has many addresses of one network");
        let third = from(&registry, "192.0.2.9").unwrap();
        assert_eq!(
            *same_network.close_reason().borrow(),
            Some(Goodbye::TooMany),
            "the newest of those with most"
        );
        let _fourth = from(&registry, "192.0.2.10").unwrap();
        assert!(from(&registry, "192.0.2.11").unwrap_err().message.contains("4 viewers"), "all hold one");
        drop((first, same_network, third));
        assert!(from(&registry, "192.0.2.1").is_ok());
    }

    #[test]
    fn strangers_leave_room_for_those_with_access() {
        const BOUNDS: Bounds = Bounds { sessions: 16, per_address: 8 };
        let registry = Arc::new(Registry::default());
        let peer = |address: &str, token: Option<&str>| Peer {
            carrier: Carrier::Stream,
            address: Some(address.parse().unwrap()),
            scope: Scope::View,
            arguments: false,
            token: token.map(Arc::from),
        };
        let admit = |peer| registry.admit(peer, BOUNDS, 0);
        let strangers: Vec<_> = (0..20).map(|n| admit(peer(&format!("192.0.2.{n}"), None))).collect();
        assert_eq!(strangers.iter().filter(|admitted| admitted.is_ok()).count(), 14);
        let viewers: Vec<_> = (0..8).map(|_| admit(peer("192.0.2.0", Some("a"))).unwrap()).collect();
        assert!(admit(peer("192.0.2.1", Some("a"))).unwrap_err().message.contains("same access"));
        let more: Vec<_> = (0..8).map(|_| admit(peer("192.0.2.0", Some("b"))).unwrap()).collect();
        let ended = |slot: &&SessionSlot| slot.close_reason().borrow().is_some();
        assert_eq!(strangers.iter().flatten().filter(ended).count(), 14, "strangers give way");
        assert!(!viewers.iter().chain(&more).any(|slot| ended(&slot)));
        assert!(admit(peer("192.0.2.0", Some("c"))).unwrap_err().message.contains("16 viewers"));
        let owner: Vec<_> =
            (0..OWNER_SESSIONS).map(|_| admit(peer("127.0.0.1", Some(OWNER))).unwrap()).collect();
        assert!(admit(peer("127.0.0.1", Some(OWNER))).is_err());
        drop((strangers, viewers, more, owner));
        let slots = registry.lock();
        assert!(slots.by_number.is_empty() && slots.of_viewers.is_empty() && slots.of_owner == 0);
    }

    #[test]
    fn sessions_that_began_after_the_sleep_go_on() {
        let registry = Arc::new(Registry::default());
        let slot = |at_ms| {
            let peer = Peer {
                carrier: Carrier::Stream,
                address: None,
                scope: Scope::View,
                arguments: false,
                token: None,
            };
            registry.admit(peer, BOUNDS, at_ms).unwrap()
        };
        let (before, after) = (slot(1_000), slot(900_000));
        registry.close_sessions(|peer, since_ms| peer.slept_through(since_ms, 2_000), Goodbye::Suspend);
        assert_eq!(*before.close_reason().borrow(), Some(Goodbye::Suspend));
        assert_eq!(*after.close_reason().borrow(), None);
    }

    #[test]
    fn channels_are_listed_by_the_alphabet_however_they_were_subscribed() {
        let registry = Arc::new(Registry::default());
        let slot = from(&registry, "192.0.2.1").unwrap();
        for order in [["overview", "alerts", "sessions"], ["sessions", "overview", "alerts"]] {
            slot.subscribed(order);
            assert_eq!(registry.report().sessions[0].channels, ["alerts", "overview", "sessions"]);
        }
    }

    #[test]
    fn a_session_that_ended_is_counted_and_no_longer_listed() {
        let registry = Arc::new(Registry::default());
        let (first, second) = (from(&registry, "192.0.2.1").unwrap(), from(&registry, "192.0.2.2").unwrap());
        first.sent(3, 100);
        second.sent(1, 10);
        second.subscribed(["overview"]);
        drop(first);
        let report = registry.report();
        assert_eq!((report.active, report.total, report.messages_sent, report.bytes_sent), (1, 2, 4, 110));
        assert_eq!(report.sessions.len(), 1);
        assert_eq!(report.sessions[0].channels, ["overview"]);
        assert_eq!(*registry.session_counts().borrow(), SessionCounts { active: 1, total: 2 });
        drop(second);
        assert_eq!(registry.lock().of_strangers.total(), 0, "addresses are forgotten");
    }
}
