//! Bounded tables that hosts share fairly: where one more entry comes than fits, the host that holds most gives way, not
//! the oldest entry. So whoever floods a table pushes out its own entries.
//!
//! A part of each table is kept for hosts that are known to have access: strangers never push these out.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What counts as one host: of IPv6 the first half of the address, because a single host owns the rest.
pub fn one_host(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => IpAddr::V6(first_bits(v6, 64)),
        other => other,
    }
}

/// What counts as one network, among hosts that hold equally much: /24 of IPv4, /48 of IPv6, which is what one customer
/// of a provider gets.
fn one_network(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & !0xff)),
        IpAddr::V6(v6) => IpAddr::V6(first_bits(v6, 48)),
    }
}

fn first_bits(address: Ipv6Addr, bits: u32) -> Ipv6Addr {
    Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> bits))
}

/// How much each host holds.
#[derive(Debug, Clone, Default)]
pub struct Holdings {
    hosts: HashMap<IpAddr, usize>,
    networks: HashMap<IpAddr, usize>,
    total: usize,
}

impl Holdings {
    /// `host`, as [`one_host`] gives it, holds one more.
    pub fn add(&mut self, host: IpAddr) {
        *self.hosts.entry(host).or_default() += 1;
        *self.networks.entry(one_network(host)).or_default() += 1;
        self.total += 1;
    }

    /// `host` holds one less.
    pub fn remove(&mut self, host: IpAddr) {
        one_less(&mut self.hosts, host);
        one_less(&mut self.networks, one_network(host));
        self.total = self.total.saturating_sub(1);
    }

    /// How much `host` holds.
    #[must_use]
    pub fn of(&self, host: IpAddr) -> usize {
        self.hosts.get(&host).copied().unwrap_or_default()
    }

    /// How much all hold.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// How heavy `host` is: how much it holds, and among equals how much its network does.
    #[must_use]
    pub fn weight(&self, host: IpAddr) -> Weight {
        let of_network = self.networks.get(&one_network(host)).copied();
        Weight { host: self.of(host), network: of_network.unwrap_or_default() }
    }

    /// The weight of those that give way first.
    #[must_use]
    pub fn heaviest(&self) -> Weight {
        self.hosts.keys().map(|host| self.weight(*host)).max().unwrap_or_default()
    }
}

/// How heavy a host is, compared in this order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight {
    /// How much it holds.
    pub host: usize,
    /// How much its network holds.
    pub network: usize,
}

/// Counts one less of `key`, and forgets what is not there any more.
pub(crate) fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K) {
    if let std::collections::hash_map::Entry::Occupied(mut entry) = counts.entry(key) {
        *entry.get_mut() -= 1;
        if *entry.get() == 0 {
            entry.remove();
        }
    }
}

/// Who wants an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// From where; see [`one_host`].
    pub host: IpAddr,
    /// Whether it has access, as far as can be told before it proves anything.
    pub known: bool,
}

/// How many entries fit.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// In all.
    pub all: usize,
    /// Of them, for strangers.
    pub strangers: usize,
    /// Of them, for one host. One more, and the host loses its own oldest.
    pub host: usize,
}

/// A bounded table that hosts share, in the order in which entries came.
#[derive(Debug)]
pub struct FairTable<T> {
    bounds: Bounds,
    entries: BTreeMap<u64, (Holder, T)>,
    added: u64,
    known: Holdings,
    strangers: Holdings,
}

impl<T> FairTable<T> {
    /// An empty one.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        let (known, strangers) = (Holdings::default(), Holdings::default());
        Self { bounds, entries: BTreeMap::new(), added: 0, known, strangers }
    }

    /// Adds `value`: its key, and the entry that gives way to it, if one has to. Of those that hold most it is the
    /// oldest entry that is `idle`; where none is, the oldest.
    pub fn add(&mut self, holder: Holder, value: T, idle: impl Fn(&T) -> bool) -> (u64, Option<(Holder, T)>) {
        let Bounds { all, strangers, host } = self.bounds;
        let key = self.added;
        self.added += 1;
        self.entries.insert(key, (holder, value));
        self.holdings(holder.known).add(holder.host);
        let gives_way = if self.holdings(holder.known).of(holder.host) > host {
            self.oldest(key, idle, |other| other == holder)
        } else if (!holder.known && self.strangers.total() > strangers) || self.entries.len() > all {
            let known = self.strangers.total() == 0;
            let holdings = if known { &self.known } else { &self.strangers };
            let most = holdings.heaviest();
            self.oldest(key, idle, |other| other.known == known && holdings.weight(other.host) == most)
        } else {
            None
        };
        (key, gives_way.and_then(|gives_way| self.remove(gives_way)))
    }

    /// The entry that gives way, of the holders that `of` selects. The one that has just come does so only where there is
    /// no other.
    fn oldest(&self, newest: u64, idle: impl Fn(&T) -> bool, of: impl Fn(Holder) -> bool) -> Option<u64> {
        let theirs = || self.entries.iter().filter(|(_, (holder, _))| of(*holder));
        let idle = theirs().find(|(key, (_, value))| **key != newest && idle(value));
        idle.or_else(|| theirs().next()).map(|(key, _)| *key)
    }

    /// Takes the entry of this key out.
    pub fn remove(&mut self, key: u64) -> Option<(Holder, T)> {
        let entry = self.entries.remove(&key)?;
        self.holdings(entry.0.known).remove(entry.0.host);
        Some(entry)
    }

    /// Takes out those for which `is` holds, oldest first.
    pub fn take_if(&mut self, is: impl Fn(Holder, &T) -> bool) -> Vec<(Holder, T)> {
        let found: Vec<_> = self
            .entries
            .iter()
            .filter(|(_, (holder, value))| is(*holder, value))
            .map(|(key, _)| *key)
            .collect();
        found.into_iter().filter_map(|key| self.remove(key)).collect()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn holdings(&mut self, known: bool) -> &mut Holdings {
        if known { &mut self.known } else { &mut self.strangers }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { all: 8, strangers: 6, host: 4 };

    fn stranger(address: &str) -> Holder {
        Holder { host: one_host(address.parse().unwrap()), known: false }
    }

    fn viewer(address: &str) -> Holder {
        Holder { known: true, ..stranger(address) }
    }

    /// Adds an entry; the value of the one that gives way.
    fn add(table: &mut FairTable<u32>, holder: Holder, value: u32) -> Option<u32> {
        table.add(holder, value, |_| true).1.map(|(_, value)| value)
    }

    #[test]
    fn a_host_that_floods_pushes_out_its_own() {
        let mut table = FairTable::new(BOUNDS);
        assert_eq!(add(&mut table, stranger("10.0.0.1"), 1), None);
        for n in 100..104 {
            assert_eq!(add(&mut table, stranger("2001:db8::1"), n), None);
        }
        for n in 104..200 {
            assert_eq!(add(&mut table, stranger(&format!("2001:db8::{n}")), n), Some(n - 4), "one /64");
        }
        assert_eq!(add(&mut table, stranger("10.0.0.2"), 2), None);
        assert_eq!(add(&mut table, stranger("10.0.0.3"), 3), Some(196), "who holds most gives way");
        assert_eq!(table.len(), BOUNDS.strangers);
    }

    #[test]
    fn among_equals_the_network_that_holds_most_gives_way() {
        let mut table = FairTable::new(BOUNDS);
        add(&mut table, stranger("10.0.0.1"), 1);
        for n in 0..200 {
            add(&mut table, stranger(&format!("192.0.2.{n}")), 1000 + n);
        }
        let left = table.take_if(|_, value| *value < 1000);
        assert_eq!(left.len(), 1, "it is still there");
    }

    #[test]
    fn strangers_never_push_out_who_is_known() {
        let mut table = FairTable::new(BOUNDS);
        for n in 0..100 {
            add(&mut table, stranger(&format!("10.0.{n}.1")), n);
        }
        assert_eq!(table.len(), BOUNDS.strangers);
        for n in 1000..1004 {
            add(&mut table, viewer("10.0.0.9"), n);
        }
        for n in 2000..2004 {
            add(&mut table, viewer("10.0.0.10"), n);
        }
        assert_eq!(table.len(), BOUNDS.all);
        for n in 0..100 {
            assert_eq!(add(&mut table, stranger(&format!("10.0.{n}.1")), n), Some(n), "there is no room");
        }
        assert_eq!(table.take_if(|holder, _| holder.known).len(), 8);
        assert!(table.is_empty() && table.known.hosts.is_empty() && table.strangers.networks.is_empty());
    }

    #[test]
    fn what_is_in_use_gives_way_last() {
        let mut table = FairTable::new(BOUNDS);
        let holder = stranger("10.0.0.1");
        for in_use in [true, true, false, true] {
            assert!(table.add(holder, in_use, |in_use| !in_use).1.is_none());
        }
        assert_eq!(table.add(holder, false, |in_use| !in_use).1.map(|(_, in_use)| in_use), Some(false));
        for _ in 0..2 {
            let (_, gone) = table.add(holder, true, |in_use| !in_use);
            assert!(gone.is_some());
        }
        assert_eq!(table.len(), BOUNDS.host);
    }
}
