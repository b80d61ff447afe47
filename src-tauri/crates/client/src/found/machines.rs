//! Merges DNS-SD announcements to a list of machines: no clock, no network. Nothing here is trusted as an identity.
//!
//! Where there are too many, what holds most gives way ([`surplus`]): the network that they are heard on, of that the host,
//! of that the newest. So a flood from one host hides nobody else, and one on a network nobody on another. Machines that
//! this computer is paired with have room of their own, and give way to nobody.
//!
//! A host is told by the address that it announces, since the library does not say where a packet came from. Who announces
//! many addresses of the network that others are in is taken for as many hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use mdns_sd::{ResolvedService, ScopedIp};
use network::dns_sd::key;
use network::{Network, is_private};
use wire::fault::DiscoveryFailure;
use wire::fleet::{FoundMachine, FoundMachines};
use wire::limits::{ADDRESSES, FOUND};
use wire::text::{is_id, shown};

/// Longest name of an operating system that is accepted.
const FAMILY_CHARS: usize = 16;

/// All announcements, by their instance names: [`FOUND`] of strangers, and [`ADDRESSES`] of each id.
#[derive(Debug, Default)]
pub(super) struct Machines {
    version: u64,
    claims: BTreeMap<String, Kept>,
    /// The networks that this computer is on.
    networks: Vec<Network>,
    /// Ids of machines that this computer is paired with.
    paired: BTreeSet<String>,
    /// Some were left out.
    more: bool,
    problem: Option<DiscoveryFailure>,
}

/// What one announcement claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) family: String,
    pub(super) addresses: Vec<SocketAddr>,
    /// The interface that it was heard on.
    pub(super) heard_on: String,
    /// Another one in each announcement.
    pub(super) turn: String,
}

#[derive(Debug)]
struct Kept {
    claim: Claim,
    /// See [`host`].
    host: Option<IpAddr>,
    found_at_ms: u64,
    /// The version in which it was found.
    found_in: u64,
    /// The version in which it announced itself last.
    announced_in: u64,
}

impl Claim {
    /// What `service` claims, as far as it is valid; `None` where it could not be shown or connected to.
    pub(super) fn of(service: &ResolvedService) -> Option<Self> {
        let text = |key| service.get_property_val_str(key).unwrap_or_default();
        let id = text(key::ID);
        if !is_id(id) || service.port == 0 {
            return None;
        }
        let addresses = service.addresses.iter().map(|address| address.to_ip_addr());
        // Ours announce local addresses only. An announcement must not make us connect to others.
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
            heard_on: service.addresses.iter().filter_map(interface).min().unwrap_or_default().to_owned(),
            turn: text(key::TURN).to_owned(),
        })
    }
}

/// The interface that `address` was heard on.
fn interface(address: &ScopedIp) -> Option<&str> {
    match address {
        ScopedIp::V4(address) => address.interface_ids().first().map(|it| it.name.as_str()),
        ScopedIp::V6(address) => Some(&address.scope_id().name),
        _ => None,
    }
}

impl Machines {
    /// This computer is on these networks.
    pub(super) fn on(&mut self, networks: Vec<Network>) {
        if self.networks == networks {
            return;
        }
        for kept in self.claims.values_mut() {
            kept.host = host(&kept.claim, &networks);
        }
        self.networks = networks;
    }

    /// This computer is paired with the machines of these ids, [`wire::limits::MACHINES`] at most.
    pub(super) fn paired(&mut self, ids: BTreeSet<String>) {
        self.paired = ids;
    }

    /// Announcement `instance` claims this.
    pub(super) fn announced(&mut self, instance: &str, claim: Claim, now_ms: u64) {
        let version = self.version + 1;
        match self.claims.get_mut(instance) {
            Some(kept) if kept.claim == claim => return,
            Some(kept) => {
                if kept.claim.turn != claim.turn {
                    kept.announced_in = version;
                }
                kept.host = host(&claim, &self.networks);
                kept.claim = claim;
            }
            None => {
                let host = host(&claim, &self.networks);
                let kept =
                    Kept { claim, host, found_at_ms: now_ms, found_in: version, announced_in: version };
                self.claims.insert(instance.to_owned(), kept);
                if let Some(left_out) = self.too_many(instance) {
                    self.claims.remove(&left_out);
                    let told = std::mem::replace(&mut self.more, true);
                    if told && left_out == instance {
                        return;
                    }
                }
            }
        }
        self.version = version;
    }

    /// The announcement that gives way, now that `newest` was added, if one has to.
    fn too_many(&self, newest: &str) -> Option<String> {
        let id = &self.claims.get(newest)?.claim.id;
        let of_id = || self.claims.iter().filter(|(_, kept)| kept.claim.id == *id);
        let strangers = || self.claims.iter().filter(|(_, kept)| !self.paired.contains(&kept.claim.id));
        let left_out = if of_id().count() > ADDRESSES {
            surplus(of_id())
        } else if strangers().count() > FOUND {
            surplus(strangers())
        } else {
            None
        };
        left_out.map(str::to_owned)
    }

    /// Announcement `instance` was withdrawn.
    pub(super) fn gone(&mut self, instance: &str) {
        if self.claims.remove(instance).is_some() {
            self.more = false;
            self.version += 1;
        }
    }

    /// Nothing is known, for this reason if there is one.
    pub(super) fn forget(&mut self, problem: Option<DiscoveryFailure>) {
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

    /// All but the machine `own_id`, for a caller that has version `since`; addresses of our own networks first.
    /// Announcements of one id are one machine, with the name of the first of them.
    pub(super) fn list(&self, own_id: &str, since: u64) -> FoundMachines {
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
                addresses: addresses(&kept, &self.networks),
                family: family.clone(),
                found_at_ms: kept[0].found_at_ms,
            });
        }
        machines.sort_by(|a, b| (a.name.to_lowercase(), &a.id).cmp(&(b.name.to_lowercase(), &b.id)));
        let problem = self.problem.clone().or(self.more.then_some(DiscoveryFailure::TooManyMachines));
        FoundMachines {
            version: self.version,
            machines,
            announced,
            problem: problem.as_ref().map(ToString::to_string),
            problem_reason: problem.map(Box::new),
        }
    }
}

/// The instance that gives way: of the network that holds most the host that holds most, and of that the newest.
fn surplus<'a>(claims: impl Iterator<Item = (&'a String, &'a Kept)>) -> Option<&'a str> {
    type Host<'a> = Vec<(&'a String, &'a Kept)>;
    let mut groups: BTreeMap<&str, BTreeMap<Option<IpAddr>, Host<'_>>> = BTreeMap::new();
    for (instance, kept) in claims {
        let hosts = groups.entry(&kept.claim.heard_on).or_default();
        hosts.entry(kept.host).or_default().push((instance, kept));
    }
    let newest = |claims: &[(&String, &Kept)]| claims.iter().map(|(_, kept)| kept.found_in).max();
    // Of two that hold the same, the one that came last.
    let hosts = groups.into_values().max_by_key(|hosts| {
        let count: usize = hosts.values().map(Vec::len).sum();
        (count, hosts.values().filter_map(|claims| newest(claims)).max())
    })?;
    let claims = hosts.into_values().max_by_key(|claims| (claims.len(), newest(claims)))?;
    claims.into_iter().max_by_key(|(_, kept)| kept.found_in).map(|(instance, _)| instance.as_str())
}

/// The host that announces `claim`: by its address on a network of ours, of IPv6 by the /64, of which one host may have
/// as many as it likes. `None`: all that are elsewhere count as one.
fn host(claim: &Claim, networks: &[Network]) -> Option<IpAddr> {
    let mut here =
        claim.addresses.iter().map(SocketAddr::ip).filter(|it| networks.iter().any(|net| net.holds(*it)));
    here.next().map(|address| match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into(),
    })
}

/// The best address of each announcement of the machine, then the next of each, so that none displaces another; of them,
/// those of our own networks first.
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

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceInfo;
    use network::dns_sd::SERVICE;

    use super::*;

    fn no_port() -> DiscoveryFailure {
        DiscoveryFailure::PortTaken { port: 5353, detail: "in use".to_owned() }
    }

    fn claim(id: &str, name: &str, addresses: &[&str]) -> Claim {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let (id, name) = (id.to_owned(), name.to_owned());
        let heard_on = "wlp1s0".to_owned();
        Claim { id, name, family: "linux".to_owned(), addresses, heard_on, turn: "1".to_owned() }
    }

    fn at_home() -> Machines {
        Machines { networks: home(), ..Machines::default() }
    }

    fn home() -> Vec<Network> {
        let network = |address: &str, prefix: &str| Network {
            interface: "wlp1s0".to_owned(),
            address: address.parse().unwrap(),
            prefix: prefix.to_owned(),
            gateway_mac: None,
            local: true,
        };
        vec![network("192.168.1.20", "192.168.1.0/24"), network("fd00::20", "fd00::/64")]
    }

    fn resolved(properties: &[(&str, &str)], addresses: &str, port: u16) -> Option<Claim> {
        let info = ServiceInfo::new(SERVICE, "i", "h.local.", addresses, port, properties).unwrap();
        Claim::of(&info.as_resolved_service())
    }

    #[test]
    fn a_claim_is_cleaned_or_left_out() {
        let whole = resolved(
            &[("id", "a-1"), ("name", " n\u{202e}as\n"), ("family", "linux"), ("turn", "x")],
            "10.0.0.5,fd00::5,192.168.1.5",
            7444,
        );
        let addresses = ["10.0.0.5:7444", "192.168.1.5:7444", "[fd00::5]:7444"];
        assert_eq!(
            whole,
            Some(Claim { turn: "x".to_owned(), heard_on: String::new(), ..claim("a-1", "nas", &addresses) })
        );
        let strange = [("id", "a"), ("name", "\u{200b}"), ("family", "<img src=x onerror=a>")];
        let strange = resolved(&strange, "192.168.1.5", 1).unwrap();
        assert_eq!((strange.name.as_str(), strange.family.as_str()), ("192.168.1.5", ""));

        let id = [("id", "a")];
        // Nobody has us knock at this computer, at the internet, or where no link leads.
        for addresses in ["127.0.0.1", "::1", "8.8.8.8", "fe80::1", "169.254.1.1", "0.0.0.0", "224.0.0.1"] {
            assert_eq!(resolved(&id, addresses, 7444), None, "{addresses}");
        }
        assert_eq!(resolved(&id, "192.168.1.5", 0), None);
        let long = "a".repeat(200);
        for id in ["", "a b", "<a>", "../a", long.as_str()] {
            assert_eq!(resolved(&[("id", id)], "192.168.1.5", 7444), None, "{id}");
        }
        assert_eq!(resolved(&[("name", "nas")], "192.168.1.5", 7444), None);
    }

    #[test]
    fn machines_are_told_by_name_without_our_own_and_those_that_are_new_by_version() {
        let mut machines = at_home();
        machines.announced("1", claim("a", "nas", &["192.168.1.5:7444"]), 10);
        machines.announced("2", claim("b", "Atlas", &["192.168.1.6:7444"]), 20);
        machines.announced("3", claim("own", "me", &["192.168.1.20:7444"]), 30);
        let all = machines.list("own", 0);
        let names: Vec<_> = all.machines.iter().map(|it| (it.name.as_str(), it.found_at_ms)).collect();
        assert_eq!((names, all.version), (vec![("Atlas", 20), ("nas", 10)], 3));
        assert_eq!(all.announced, ["a", "b"]);

        machines.announced("1", claim("a", "nas", &["192.168.1.5:7444"]), 40);
        assert_eq!(machines.version(), 3, "nothing is new");
        machines.announced("1", claim("a", "nas", &["192.168.1.7:7444"]), 40);
        let moved = machines.list("own", 3);
        assert_eq!((moved.version, moved.announced.len()), (4, 0), "it did not begin anew");
        assert_eq!(moved.machines[1].addresses, ["192.168.1.7:7444"]);
        let again = Claim { turn: "2".to_owned(), ..claim("a", "nas", &["192.168.1.7:7444"]) };
        machines.announced("1", again, 50);
        let again = machines.list("own", 4);
        assert_eq!((again.announced, again.machines[1].found_at_ms), (vec!["a".to_owned()], 10));

        machines.gone("1");
        machines.gone("unknown");
        assert_eq!(machines.list("own", 5).machines.len(), 1);
        assert_eq!(machines.version(), 6);
        machines.forget(Some(no_port()));
        machines.forget(Some(no_port()));
        let none = machines.list("own", 6);
        assert_eq!((none.machines.len(), none.version), (0, 7));
        assert_eq!(none.problem_reason, Some(Box::new(no_port())));
    }

    #[test]
    fn who_claims_the_same_id_crowds_nobody_out() {
        let mut machines = at_home();
        machines.announced("nas", claim("a", "nas", &["10.0.0.5:7444", "192.168.1.5:7444"]), 10);
        let many: Vec<_> = (0..20).map(|n| format!("192.168.1.{}:1", 100 + n)).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        for n in 0..3 {
            machines.announced(&format!("evil {n}"), claim("a", "evil", &many), 20);
        }
        let found = machines.list("", 0);
        let [machine] = found.machines.as_slice() else { panic!("{found:?}") };
        assert_eq!((machine.name.as_str(), machine.addresses.len()), ("nas", ADDRESSES));
        assert_eq!(machine.addresses[0], "192.168.1.5:7444", "the first that claimed it, on our own network");
        assert!(machine.addresses.contains(&"10.0.0.5:7444".to_owned()), "{:?}", machine.addresses);
    }

    /// What is found of `machines`, by name.
    fn names(machines: &Machines) -> Vec<String> {
        machines.list("", 0).machines.into_iter().map(|it| it.name).collect()
    }

    #[test]
    fn a_flood_of_announcements_stops_somewhere() {
        let mut machines = at_home();
        for n in 0..FOUND + 50 {
            machines.announced(&n.to_string(), claim(&format!("m{n}"), "x", &["192.168.1.5:7444"]), 0);
        }
        let flooded = machines.list("", 0);
        assert_eq!(flooded.machines.len(), FOUND);
        assert_eq!(flooded.problem_reason.as_deref(), Some(&DiscoveryFailure::TooManyMachines));
        assert_eq!(flooded.version, FOUND as u64 + 1);
        machines.gone("0");
        assert_eq!(machines.list("", 0).problem, None);
    }

    #[test]
    fn a_flood_from_one_host_hides_nobody_who_announces_itself_once() {
        const MANY: u32 = 2_000;
        let other_network =
            || Claim { heard_on: "enp5s0".to_owned(), ..claim("n", "nas", &["192.168.1.6:7444"]) };
        type Flood = Box<dyn Fn(u32) -> Claim>;
        let flood = |addresses: fn(u32) -> String| -> Flood {
            Box::new(move |n| claim(&format!("evil{n}"), "evil", &[&addresses(n)]))
        };
        let floods: [(&str, Flood, Claim); 5] = [
            ("one address", flood(|_| "192.168.1.66:1".to_owned()), claim("n", "nas", &["192.168.1.6:7444"])),
            ("one /64", flood(|n| format!("[fd00::{n:x}]:1")), claim("n", "nas", &["192.168.1.6:7444"])),
            (
                "addresses of other networks",
                flood(|n| format!("10.{}.{}.{}:1", n >> 16, n >> 8 & 255, n & 255)),
                claim("n", "nas", &["192.168.1.6:7444"]),
            ),
            (
                "all addresses of its network",
                flood(|n| format!("192.168.1.{}:1", [1 + n % 5, 7 + n % 248][usize::from(n % 253 > 5)])),
                claim("n", "nas", &["192.168.1.6:7444"]),
            ),
            ("another network", flood(|n| format!("192.168.1.{}:1", n % 255)), other_network()),
        ];
        for (what, flood, nas) in floods {
            for first in [0, MANY - 1] {
                let mut machines = at_home();
                for n in 0..MANY {
                    if n == first {
                        machines.announced("nas", nas.clone(), 0);
                    }
                    machines.announced(&format!("evil {n}"), flood(n), 0);
                }
                let found = names(&machines);
                assert!(found.contains(&"nas".to_owned()), "{what}: after {first}");
                assert_eq!(found.len(), FOUND, "{what}");
            }
        }
    }

    #[test]
    fn who_is_paired_gives_way_to_nobody_and_its_id_gives_no_room_to_others() {
        let mut machines = at_home();
        machines.paired(BTreeSet::from(["n".to_owned()]));
        // The heaviest of all, and its own host the worst.
        for n in 0..3_000 {
            machines.announced(
                &format!("evil {n}"),
                claim(&format!("evil{n}"), "evil", &["192.168.1.6:1"]),
                0,
            );
            machines.announced(&format!("false {n}"), claim("n", "false", &["192.168.1.66:1"]), 0);
        }
        machines.announced("nas", claim("n", "nas", &["192.168.1.6:7444"]), 0);
        let found = machines.list("", 0);
        let nas = found.machines.iter().find(|it| it.id == "n").unwrap();
        assert!(nas.addresses.contains(&"192.168.1.6:7444".to_owned()), "{nas:?}");
        assert_eq!(machines.claims.len(), FOUND + ADDRESSES);
    }
}
