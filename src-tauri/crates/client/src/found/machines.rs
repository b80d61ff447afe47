//! Merges DNS-SD announcements to a list of machines: no clock, no network. Nothing here is trusted as an identity.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use mdns_sd::ResolvedService;
use network::dns_sd::key;
use network::{Network, is_private};
use wire::fault::DiscoveryFailure;
use wire::fleet::{FoundMachine, FoundMachines};
use wire::limits::{ADDRESSES, FOUND};
use wire::text::shown;

/// Longest id that is accepted: ours have 36 characters.
const ID_CHARS: usize = 64;
/// Longest name of an operating system that is accepted.
const FAMILY_CHARS: usize = 16;

/// All announcements, by their instance names.
#[derive(Debug, Default)]
pub(super) struct Machines {
    version: u64,
    claims: BTreeMap<String, Kept>,
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
    /// What `service` claims, as far as it is valid; `None` where it could not be shown or connected to.
    pub(super) fn of(service: &ResolvedService) -> Option<Self> {
        let text = |key| service.get_property_val_str(key).unwrap_or_default();
        let id = text(key::ID);
        let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if id.is_empty() || id.len() > ID_CHARS || !id.chars().all(is_id) || service.port == 0 {
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
            turn: text(key::TURN).to_owned(),
        })
    }
}

impl Machines {
    /// Announcement `instance` claims this. Past [`FOUND`], the earlier ones stay.
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

    /// All but the machine `own_id`, for a caller that has version `since`; addresses of `networks` first. Announcements
    /// of one id are one machine, with the name of the first of them.
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
        Claim { id, name, family: "linux".to_owned(), addresses, turn: "1".to_owned() }
    }

    fn home() -> Vec<Network> {
        vec![Network {
            interface: "wlp1s0".to_owned(),
            address: "192.168.1.20".parse().unwrap(),
            prefix: "192.168.1.0/24".to_owned(),
            gateway_mac: None,
            local: true,
        }]
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
        assert_eq!(whole, Some(Claim { turn: "x".to_owned(), ..claim("a-1", "nas", &addresses) }));
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
        let mut machines = Machines::default();
        machines.announced("1", claim("a", "nas", &["192.168.1.5:7444"]), 10);
        machines.announced("2", claim("b", "Atlas", &["192.168.1.6:7444"]), 20);
        machines.announced("3", claim("own", "me", &["192.168.1.20:7444"]), 30);
        let all = machines.list("own", 0, &home());
        let names: Vec<_> = all.machines.iter().map(|it| (it.name.as_str(), it.found_at_ms)).collect();
        assert_eq!((names, all.version), (vec![("Atlas", 20), ("nas", 10)], 3));
        assert_eq!(all.announced, ["a", "b"]);

        machines.announced("1", claim("a", "nas", &["192.168.1.5:7444"]), 40);
        assert_eq!(machines.version(), 3, "nothing is new");
        machines.announced("1", claim("a", "nas", &["192.168.1.7:7444"]), 40);
        let moved = machines.list("own", 3, &home());
        assert_eq!((moved.version, moved.announced.len()), (4, 0), "it did not begin anew");
        assert_eq!(moved.machines[1].addresses, ["192.168.1.7:7444"]);
        let again = Claim { turn: "2".to_owned(), ..claim("a", "nas", &["192.168.1.7:7444"]) };
        machines.announced("1", again, 50);
        let again = machines.list("own", 4, &home());
        assert_eq!((again.announced, again.machines[1].found_at_ms), (vec!["a".to_owned()], 10));

        machines.gone("1");
        machines.gone("unknown");
        assert_eq!(machines.list("own", 5, &home()).machines.len(), 1);
        assert_eq!(machines.version(), 6);
        machines.forget(Some(no_port()));
        machines.forget(Some(no_port()));
        let none = machines.list("own", 6, &home());
        assert_eq!((none.machines.len(), none.version), (0, 7));
        assert_eq!(none.problem_reason, Some(Box::new(no_port())));
    }

    #[test]
    fn who_claims_the_same_id_crowds_nobody_out() {
        let mut machines = Machines::default();
        machines.announced("nas", claim("a", "nas", &["10.0.0.5:7444", "192.168.1.5:7444"]), 10);
        let many: Vec<_> = (0..20).map(|n| format!("192.168.1.{}:1", 100 + n)).collect();
        let many: Vec<_> = many.iter().map(String::as_str).collect();
        for n in 0..3 {
            machines.announced(&format!("evil {n}"), claim("a", "evil", &many), 20);
        }
        let found = machines.list("", 0, &home());
        let [machine] = found.machines.as_slice() else { panic!("{found:?}") };
        assert_eq!((machine.name.as_str(), machine.addresses.len()), ("nas", ADDRESSES));
        assert_eq!(machine.addresses[0], "192.168.1.5:7444", "the first that claimed it, on our own network");
        assert!(machine.addresses.contains(&"10.0.0.5:7444".to_owned()), "{:?}", machine.addresses);
    }

    #[test]
    fn a_flood_of_announcements_stops_somewhere() {
        let mut machines = Machines::default();
        for n in 0..FOUND + 50 {
            machines.announced(&n.to_string(), claim(&format!("m{n}"), "x", &["192.168.1.5:7444"]), 0);
        }
        let flooded = machines.list("", 0, &home());
        assert_eq!(flooded.machines.len(), FOUND);
        assert_eq!(flooded.problem_reason.as_deref(), Some(&DiscoveryFailure::TooManyMachines));
        assert_eq!(flooded.version, FOUND as u64 + 1);
        machines.gone("0");
        assert_eq!(machines.list("", 0, &home()).problem, None);
    }
}
