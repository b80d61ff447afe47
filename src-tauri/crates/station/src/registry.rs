//! The registry of sessions: each has a slot, whatever carries it. Slots are bounded, in all and for each address.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use wire::limits::SESSIONS_LISTED;
use wire::message::{ErrorBody, SessionInfo, Sessions};
use wire::{Carrier, Commands, Goodbye, Scope, StreamReason};

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

    /// Whether its session, begun at `since_ms`, has to be closed for a sleep that began after `last_ms`, both Unix
    /// milliseconds. One that began later came after the wake-up and before the first tick: it may go on.
    pub(crate) fn slept_through(&self, since_ms: u64, last_ms: u64) -> bool {
        self.is_remote() && since_ms <= last_ms
    }
}

/// How many slots there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) sessions: usize,
    pub(crate) per_address: usize,
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
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Entry {
    client_id: String,
    peer: Peer,
    connected_at_ms: u64,
    channels: Mutex<Vec<&'static str>>,
    messages_sent: AtomicU64,
    bytes_sent: AtomicU64,
    messages_received: AtomicU64,
    frames_skipped: AtomicU64,
    /// Why this session has to end; `None` while it may go on.
    close_reason: watch::Sender<Option<Goodbye>>,
}

/// One session's slot. Dropping it frees the slot.
#[derive(Debug)]
pub struct SessionSlot {
    registry: Arc<Registry>,
    number: u64,
    entry: Arc<Entry>,
}

impl Registry {
    /// A slot for `peer`.
    ///
    /// # Errors
    /// `tooMany` where all are taken, or all that one address may have.
    pub(crate) fn admit(
        self: &Arc<Self>,
        peer: Peer,
        bounds: Bounds,
        now_ms: u64,
    ) -> Result<SessionSlot, ErrorBody> {
        let mut slots = self.lock();
        if slots.by_number.len() >= bounds.sessions {
            return Err(StreamReason::SessionsFull { most: bounds.sessions }.into());
        }
        if let Some(address) = peer.address.map(one_host) {
            let from_there = slots.by_address.entry(address).or_default();
            if *from_there >= bounds.per_address {
                return Err(StreamReason::AddressFull { most: bounds.per_address }.into());
            }
            *from_there += 1;
        }
        let mut number = 0;
        self.session_counts.send_modify(|session_counts| {
            number = session_counts.total;
            session_counts.total += 1;
            session_counts.active += 1;
        });
        let entry = Arc::new(Entry {
            client_id: uuid::Uuid::new_v4().to_string(),
            peer,
            connected_at_ms: now_ms,
            channels: Mutex::default(),
            messages_sent: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            messages_received: AtomicU64::new(0),
            frames_skipped: AtomicU64::new(0),
            close_reason: watch::Sender::new(None),
        });
        slots.by_number.insert(number, Arc::clone(&entry));
        self.epoch.fetch_add(1, Ordering::Relaxed);
        Ok(SessionSlot { registry: Arc::clone(self), number, entry })
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

    fn remove(&self, number: u64, entry: &Entry) {
        let mut slots = self.lock();
        slots.by_number.remove(&number);
        if let Some(address) = entry.peer.address.map(one_host)
            && let Some(count) = slots.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                slots.by_address.remove(&address);
            }
        }
        self.messages_sent.fetch_add(entry.messages_sent.load(Ordering::Relaxed), Ordering::Relaxed);
        self.bytes_sent.fetch_add(entry.bytes_sent.load(Ordering::Relaxed), Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::Relaxed);
        self.session_counts.send_modify(|session_counts| session_counts.active -= 1);
    }

    fn lock(&self) -> MutexGuard<'_, Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What counts as one address: of IPv6 the first half, because a single host owns the rest.
pub fn one_host(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(network))
        }
        other => other,
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
        self.number
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
        self.registry.remove(self.number, &self.entry);
    }
}

#[cfg(test)]
mod tests {
    use wire::ErrorCode;

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
        let _same_network = from(&registry, "2001:db8::ffff:2").unwrap();
        assert!(from(&registry, "192.0.2.9").unwrap_err().message.contains("4 viewers"));
        drop(first);
        assert!(from(&registry, "192.0.2.1").is_ok());
        assert!(from(&registry, "2001:db8::3").is_err(), "one host has many addresses of one network");
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
        assert!(registry.lock().by_address.is_empty(), "addresses are forgotten");
    }
}
