//! Who is connected: every session of every carrier has a seat here, bounded in all and for each address.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use wire::limits::SESSIONS_LISTED;
use wire::message::{ErrorBody, SessionInfo, Sessions};
use wire::{Carrier, ErrorCode, Goodbye, Scope};

/// Somebody who wants a session.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// What carries the session.
    pub carrier: Carrier,
    /// From where; `None` for the window.
    pub address: Option<IpAddr>,
    /// What it may see.
    pub scope: Scope,
    /// Id of the token that let it in; `None` where none did.
    pub token: Option<Arc<str>>,
}

impl Visitor {
    /// Whether it looks from another machine, as far as sleep goes. The window does not: it sleeps along with its own.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.carrier != Carrier::Window
    }

    /// Whether it has to be told of a sleep that began past `last_ms`, Unix milliseconds, where it is connected since
    /// `since_ms`. Who came after that is quicker than the first tick, and knows that the machine is awake.
    pub(crate) fn slept_through(&self, since_ms: u64, last_ms: u64) -> bool {
        self.is_elsewhere() && since_ms <= last_ms
    }
}

/// How many seats there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    pub(crate) sessions: usize,
    pub(crate) per_address: usize,
}

/// How many are connected; rings when somebody comes or goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Attendance {
    /// Connected now.
    pub active: u64,
    /// Connected since this run began.
    pub total: u64,
}

/// All seats.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    taken: Mutex<Taken>,
    attendance: watch::Sender<Attendance>,
    /// Rises whenever somebody comes, goes, or subscribes to something else.
    epoch: AtomicU64,
    /// What those who left had sent.
    messages_sent: AtomicU64,
    bytes_sent: AtomicU64,
}

#[derive(Debug, Default)]
struct Taken {
    /// By the order in which they came.
    seats: BTreeMap<u64, Arc<Entry>>,
    by_address: HashMap<IpAddr, usize>,
}

#[derive(Debug)]
struct Entry {
    client_id: String,
    visitor: Visitor,
    connected_at_ms: u64,
    channels: Mutex<Vec<&'static str>>,
    messages_sent: AtomicU64,
    bytes_sent: AtomicU64,
    messages_received: AtomicU64,
    frames_skipped: AtomicU64,
    /// Why this session has to end; `None` while it may stay.
    dismissed: watch::Sender<Option<Goodbye>>,
}

/// One session's seat. Dropping it leaves.
#[derive(Debug)]
pub struct Seat {
    registry: Arc<Registry>,
    number: u64,
    entry: Arc<Entry>,
}

impl Registry {
    /// A seat for `visitor`.
    ///
    /// # Errors
    /// `tooMany` where all are taken, or all that one address may have.
    pub(crate) fn admit(
        self: &Arc<Self>,
        visitor: Visitor,
        bounds: Bounds,
        now_ms: u64,
    ) -> Result<Seat, ErrorBody> {
        let mut taken = self.lock();
        let refuse = |message: String| Err(ErrorBody::new(ErrorCode::TooMany, message));
        if taken.seats.len() >= bounds.sessions {
            return refuse(format!("{} viewers are connected; try again later", bounds.sessions));
        }
        if let Some(address) = visitor.address.map(one_host) {
            let from_there = taken.by_address.entry(address).or_default();
            if *from_there >= bounds.per_address {
                return refuse(format!(
                    "{} viewers are connected from this address; close one first",
                    bounds.per_address
                ));
            }
            *from_there += 1;
        }
        let mut number = 0;
        self.attendance.send_modify(|attendance| {
            number = attendance.total;
            attendance.total += 1;
            attendance.active += 1;
        });
        let entry = Arc::new(Entry {
            client_id: uuid::Uuid::new_v4().to_string(),
            visitor,
            connected_at_ms: now_ms,
            channels: Mutex::default(),
            messages_sent: AtomicU64::new(0),
            bytes_sent: AtomicU64::new(0),
            messages_received: AtomicU64::new(0),
            frames_skipped: AtomicU64::new(0),
            dismissed: watch::Sender::new(None),
        });
        taken.seats.insert(number, Arc::clone(&entry));
        self.epoch.fetch_add(1, Ordering::Relaxed);
        Ok(Seat { registry: Arc::clone(self), number, entry })
    }

    /// How many are connected.
    pub(crate) fn attendance(&self) -> watch::Receiver<Attendance> {
        self.attendance.subscribe()
    }

    /// Changes whenever the list of sessions does; figures alone do not change it.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Relaxed)
    }

    /// Who is connected, with figures.
    pub(crate) fn report(&self) -> Sessions {
        let taken = self.lock();
        let Attendance { active, total } = *self.attendance.borrow();
        let sum = |left: &AtomicU64, of: fn(&Entry) -> &AtomicU64| {
            let here: u64 = taken.seats.values().map(|entry| of(entry).load(Ordering::Relaxed)).sum();
            left.load(Ordering::Relaxed) + here
        };
        Sessions {
            active,
            total,
            messages_sent: sum(&self.messages_sent, |entry| &entry.messages_sent),
            bytes_sent: sum(&self.bytes_sent, |entry| &entry.bytes_sent),
            sessions: taken.seats.values().take(SESSIONS_LISTED).map(|entry| entry.info()).collect(),
        }
    }

    /// Has every session end that `whom` fits: a visitor, and since when it is connected, Unix milliseconds.
    pub(crate) fn dismiss(&self, whom: impl Fn(&Visitor, u64) -> bool, reason: Goodbye) {
        for entry in self.lock().seats.values().filter(|it| whom(&it.visitor, it.connected_at_ms)) {
            entry.dismissed.send_replace(Some(reason));
        }
    }

    /// Calls `with` for each visitor who is connected.
    pub(crate) fn visit(&self, mut with: impl FnMut(&Visitor)) {
        self.lock().seats.values().for_each(|entry| with(&entry.visitor));
    }

    fn leave(&self, number: u64, entry: &Entry) {
        let mut taken = self.lock();
        taken.seats.remove(&number);
        if let Some(address) = entry.visitor.address.map(one_host)
            && let Some(count) = taken.by_address.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                taken.by_address.remove(&address);
            }
        }
        self.messages_sent.fetch_add(entry.messages_sent.load(Ordering::Relaxed), Ordering::Relaxed);
        self.bytes_sent.fetch_add(entry.bytes_sent.load(Ordering::Relaxed), Ordering::Relaxed);
        self.epoch.fetch_add(1, Ordering::Relaxed);
        self.attendance.send_modify(|attendance| attendance.active -= 1);
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
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
            carrier: self.visitor.carrier,
            address: self.visitor.address.map(|address| address.to_canonical().to_string()),
            connected_at_ms: self.connected_at_ms,
            scope: self.visitor.scope,
            channels: channels.iter().map(|&name| name.to_owned()).collect(),
            messages_sent: count(&self.messages_sent),
            bytes_sent: count(&self.bytes_sent),
            messages_received: count(&self.messages_received),
            frames_skipped: count(&self.frames_skipped),
        }
    }
}

impl Seat {
    /// Names the session, in its greeting and in logs.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.entry.client_id
    }

    /// Tells this session from all others of this run.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Who sits here.
    #[must_use]
    pub fn visitor(&self) -> &Visitor {
        &self.entry.visitor
    }

    /// Becomes a reason when this session, alone or with some others, has to end.
    #[must_use]
    pub fn dismissals(&self) -> watch::Receiver<Option<Goodbye>> {
        self.entry.dismissed.subscribe()
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

    /// Notes what the viewer is subscribed to, for the list of sessions, which names channels by the alphabet: the order
    /// in which somebody happened to subscribe tells nothing.
    pub fn subscribed(&self, channels: impl IntoIterator<Item = &'static str>) {
        let mut channels: Vec<_> = channels.into_iter().collect();
        channels.sort_unstable();
        *self.entry.channels.lock().unwrap_or_else(PoisonError::into_inner) = channels;
        self.registry.epoch.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.registry.leave(self.number, &self.entry);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { sessions: 4, per_address: 2 };

    fn from(registry: &Arc<Registry>, address: &str) -> Result<Seat, ErrorBody> {
        let address = Some(address.parse().unwrap());
        let visitor = Visitor { carrier: Carrier::Stream, address, scope: Scope::View, token: None };
        registry.admit(visitor, BOUNDS, 0)
    }

    #[test]
    fn one_address_cannot_take_all_seats() {
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
    fn who_came_after_the_sleep_may_stay() {
        let registry = Arc::new(Registry::default());
        let seat = |at_ms| {
            let visitor =
                Visitor { carrier: Carrier::Stream, address: None, scope: Scope::View, token: None };
            registry.admit(visitor, BOUNDS, at_ms).unwrap()
        };
        let (before, after) = (seat(1_000), seat(900_000));
        registry.dismiss(|visitor, since_ms| visitor.slept_through(since_ms, 2_000), Goodbye::Suspend);
        assert_eq!(*before.dismissals().borrow(), Some(Goodbye::Suspend));
        assert_eq!(*after.dismissals().borrow(), None);
    }

    #[test]
    fn channels_are_listed_by_the_alphabet_however_they_were_subscribed() {
        let registry = Arc::new(Registry::default());
        let seat = from(&registry, "192.0.2.1").unwrap();
        for order in [["overview", "alerts", "sessions"], ["sessions", "overview", "alerts"]] {
            seat.subscribed(order);
            assert_eq!(registry.report().sessions[0].channels, ["alerts", "overview", "sessions"]);
        }
    }

    #[test]
    fn who_left_is_counted_and_no_longer_listed() {
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
        assert_eq!(*registry.attendance().borrow(), Attendance { active: 1, total: 2 });
        drop(second);
        assert!(registry.lock().by_address.is_empty(), "addresses are forgotten");
    }
}
