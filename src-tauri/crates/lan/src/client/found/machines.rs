//! What announcements claim, put together: no clock, no network. Nothing here is believed to be anybody's identity.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use mdns_sd::ResolvedService;
use wire::fleet::{FoundMachine, FoundMachines};
use wire::limits::{ADDRESSES, FOUND};

use crate::access::shown;
use crate::multicast::key;
use crate::network::{Network, is_private};

/// Longest id that is taken for one: ours have 36 characters.
const ID_CHARS: usize = 64;
/// Longest name of an operating system that is taken for one.
const FAMILY_CHARS: usize = 16;
/// What is said when there are more announcements than are shown.
const TOO_MANY: &str =
    "More machines announce themselves on this network than are shown here. Add others by address.";

/// All that announce themselves, by the names of their announcements.
#[derive(Debug, Default)]
pub(super) struct Machines {
    version: u64,
    claims: BTreeMap<String, Kept>,
    /// Some were left out.
    more: bool,
    problem: Option<String>,
}

/// What one announcement claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) family: String,
    pub(super) addresses: Vec<SocketAddr>,
    /// Another one in each announcement.
    pub(super) turn: String,
}

#[derive(Debug)]
struct Kept {
    claim: Claim,
    found_at_ms: u64,
    /// The version in which it was found.
    found_in: u64,
    /// The version in which it announced itself last.
    announced_in: u64,
}

impl Claim {
    /// What `service` claims, as far as it makes sense; `None` where it could not be shown or asked.
    pub(super) fn of(service: &ResolvedService) -> Option<Self> {
        let text = |key| service.get_property_val_str(key).unwrap_or_default();
        let id = text(key::ID);
        let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if id.is_empty() || id.len() > ID_CHARS || !id.chars().all(is_id) || service.port == 0 {
            return None;
        }
        let addresses = service.addresses.iter().map(|address| address.to_ip_addr());
        // Ours announce addresses of local networks alone. Nobody is to have us knock at others.
        let mut addresses: Vec<_> =
            addresses.filter(|it| is_private(*it)).map(|it| SocketAddr::new(it, service.port)).collect();
        addresses.sort_unstable();
        addresses.truncate(ADDRESSES);
        if addresses.is_empty() {
            return None;
        }
        let family = text(key::FAMILY);
        let is_family = family.len() <= FAMILY_CHARS && family.chars().all(|c| c.is_ascii_alphanumeric());
        Some(Self {
            id: id.to_owned(),
            name: shown(text(key::NAME)).unwrap_or_else(|| addresses[0].ip().to_string()),
            family: if is_family { family.to_owned() } else { String::new() },
            addresses,
            turn: text(key::TURN).to_owned(),
        })
    }
}

impl Machines {
    /// Announcement `instance` claims this. Past [`FOUND`], those that were there first stay.
    pub(super) fn announced(&mut self, instance: &str, claim: Claim, now_ms: u64) {
        let (version, full) = (self.version + 1, self.claims.len() >= FOUND);
        match self.claims.get_mut(instance) {
            Some(kept) if kept.claim == claim => return,
            Some(kept) => {
                if kept.claim.turn != claim.turn {
                    kept.announced_in = version;
                }
                kept.claim = claim;
            }
            None if full => {
                if std::mem::replace(&mut self.more, true) {
                    return;
                }
            }
            None => {
                let kept = Kept { claim, found_at_ms: now_ms, found_in: version, announced_in: version };
                self.claims.insert(instance.to_owned(), kept);
            }
        }
        self.version = version;
    }

    /// Announcement `instance` is good no more.
    pub(super) fn gone(&mut self, instance: &str) {
        if self.claims.remove(instance).is_some() {
            self.more = false;
            self.version += 1;
        }
    }

    /// Nothing is known, for this reason if there is one.
    pub(super) fn forget(&mut self, problem: Option<String>) {
        if self.claims.is_empty() && self.problem == problem {
            return;
        }
        self.claims.clear();
        self.more = false;
        self.problem = problem;
        self.version += 1;
    }

    /// Rises with every change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// All but the machine `own_id`, for one who knows version `since`; addresses of `networks` first. Those that
    /// claim one id are one machine, which is called what the first of them says.
    pub(super) fn list(&self, own_id: &str, since: u64, networks: &[Network]) -> FoundMachines {
        let mut by_id: BTreeMap<&str, Vec<&Kept>> = BTreeMap::new();
        for kept in self.claims.values().filter(|kept| kept.claim.id != own_id) {
            by_id.entry(&kept.claim.id).or_default().push(kept);
        }
        let mut announced = Vec::new();
        let mut machines = Vec::new();
        for (id, mut kept) in by_id {
            kept.sort_by_key(|kept| kept.found_in);
            if kept.iter().any(|kept| kept.announced_in > since) {
                announced.push(id.to_owned());
            }
            let Claim { name, family, .. } = &kept[0].claim;
            machines.push(FoundMachine {
                id: id.to_owned(),
                name: name.clone(),
                addresses: addresses(&kept, networks),
                family: family.clone(),
                found_at_ms: kept[0].found_at_ms,
            });
        }
        machines.sort_by(|a, b| (a.name.to_lowercase(), &a.id).cmp(&(b.name.to_lowercase(), &b.id)));
        let problem = self.problem.clone().or_else(|| self.more.then(|| TOO_MANY.to_owned()));
        FoundMachines { version: self.version, machines, announced, problem }
    }
}

/// The best address of each that claims to be the machine, then the next of each, so that none crowds out another;
/// of them, those of our own networks first.
fn addresses(kept: &[&Kept], networks: &[Network]) -> Vec<String> {
    let rank = |address: IpAddr| (!networks.iter().any(|network| network.holds(address)), address.is_ipv6());
    let sorted = kept.iter().map(|kept| {
        let mut addresses = kept.claim.addresses.clone();
        addresses.sort_by_key(|address| (rank(address.ip()), *address));
        addresses
    });
    let sorted: Vec<_> = sorted.collect();
    let mut mixed = Vec::new();
    for at in 0..ADDRESSES {
        for address in sorted.iter().filter_map(|addresses| addresses.get(at)) {
            if !mixed.contains(address) {
                mixed.push(*address);
            }
        }
    }
    mixed.truncate(ADDRESSES);
    mixed.sort_by_key(|address| rank(address.ip()));
    mixed.iter().map(ToString::to_string).collect()
}
