//! Advertises this machine by DNS-SD while it is shared: its addresses and its name, and nothing that gives access.
//! Only on networks where it listens, never on bridges of virtual machines or towards the internet; while it is not
//! shared, nothing is sent at all.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mdns_sd::{DaemonStatus, ServiceInfo};
use network::Network;
use network::dns_sd::{Daemon, DnsSdError, SERVICE, VERSION, key};
use station::Handle;
use tracing::{debug, info, warn};
use wire::Machine;
use wire::fault::{DiscoveryFailure, FaultReason};
use wire::proof::hex;

use crate::random::random;

/// The source of the notice that this machine cannot be discovered.
const NOTICES: &str = "being found on the network";
/// Most bytes of a name in an advertisement: a label of DNS has 63, and the beginning of the id follows.
const NAME_BYTES: usize = 48;
/// Digits of the machine's id that distinguish its advertisement from one of the same name.
const ID_DIGITS: usize = 8;
/// Longest wait for the DNS-SD goodbye to be sent. It takes a millisecond.
const LAST_WORD: Duration = Duration::from_secs(1);

/// What is advertised, if anything is.
#[derive(Debug, Default)]
pub(crate) struct Advertiser {
    /// Locked while the DNS-SD daemon is called.
    state: Mutex<State>,
    /// The host name that is advertised now. Locked for one line: each request is compared with it.
    host: Mutex<Option<String>>,
}

#[derive(Debug, Default)]
struct State {
    announced: Option<(Advertisement, Daemon)>,
    /// Why nothing is advertised that should be.
    problem: Option<DiscoveryFailure>,
}

/// The addresses and the name of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advertisement {
    id: String,
    name: String,
    family: String,
    /// Sorted. Never empty.
    addresses: Vec<IpAddr>,
    port: u16,
    encrypted: bool,
}

impl Advertisement {
    /// The advertisement of `machine`, which listens on these addresses; `None` where none of them is on a local network.
    pub(crate) fn of(
        machine: &Machine,
        listening: &[SocketAddr],
        networks: &[Network],
        encrypted: bool,
    ) -> Option<Self> {
        let is_advertised = |address: IpAddr| {
            listening.iter().any(|open| {
                open.ip() == address || (open.ip().is_unspecified() && open.is_ipv4() == address.is_ipv4())
            })
        };
        let local = networks.iter().filter(|network| network.local && is_advertised(network.address));
        let mut addresses: Vec<_> = local.map(|network| network.address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        let port = listening.first()?.port();
        let (id, name, family) = (machine.id.clone(), machine.name.clone(), machine.family.clone());
        (!addresses.is_empty()).then_some(Self { id, name, family, addresses, port, encrypted })
    }

    /// Advertises until the daemon that is returned is dropped.
    fn advertise(&self) -> Result<Daemon, DnsSdError> {
        let addresses = self.addresses.clone();
        let daemon = Daemon::start(move |_, address| addresses.contains(&address))?;
        daemon.0.register(self.service()?)?;
        Ok(daemon)
    }

    fn service(&self) -> Result<ServiceInfo, mdns_sd::Error> {
        let turn = random::<4>().map(|turn| hex(&turn)).unwrap_or_default();
        let name = short(&self.name);
        let instance = format!("{name} {}", digits(&self.id));
        let encrypted = if self.encrypted { "1" } else { "0" };
        let properties = [
            (key::ID, self.id.as_str()),
            (key::NAME, name),
            (key::FAMILY, &self.family),
            (key::VERSION, VERSION),
            (key::TLS, encrypted),
            (key::TURN, &turn),
        ];
        let host = format!("{}.", host_name(&self.id));
        ServiceInfo::new(SERVICE, &instance, &host, self.addresses.as_slice(), self.port, &properties[..])
    }
}

impl Advertiser {
    /// Advertises this and nothing else from now on. Where that fails, it is a notice: the machine can be reached by its
    /// address all the same.
    pub(crate) fn advertise(&self, wanted: Option<Advertisement>, station: &Handle) {
        let problem = self.set(wanted).err().map(DiscoveryFailure::from);
        let mut state = self.lock();
        if state.problem == problem {
            return;
        }
        match &problem {
            Some(problem) => {
                warn!(%problem, "this machine cannot be discovered by DNS-SD");
                station.set_notice(NOTICES, FaultReason::NotAdvertised { cause: problem.clone() });
            }
            None => station.clear_notice(NOTICES),
        }
        state.problem = problem;
    }

    /// Withdraws the advertisement, and waits until that is sent.
    pub(crate) async fn withdraw(&self) {
        let announced = self.lock().announced.take();
        if let Some((_, daemon)) = announced
            && let Ok(left) = daemon.0.shutdown()
            && tokio::time::timeout(LAST_WORD, left.recv_async()).await.is_err()
        {
            debug!("the DNS-SD goodbye was not sent in time");
        }
    }

    /// Advertises this and nothing else from now on. Withdraws what was advertised before, if it is different.
    fn set(&self, wanted: Option<Advertisement>) -> Result<(), DnsSdError> {
        let mut state = self.lock();
        let is_so = match (&state.announced, &wanted) {
            (Some((announced, daemon)), Some(wanted)) => announced == wanted && is_running(daemon),
            (None, None) => true,
            _ => false,
        };
        if is_so {
            return Ok(());
        }
        self.set_host(None);
        state.announced = None;
        if let Some(wanted) = wanted {
            let daemon = wanted.advertise()?;
            info!(addresses = ?wanted.addresses, "advertised");
            self.set_host(Some(host_name(&wanted.id)));
            state.announced = Some((wanted, daemon));
        }
        Ok(())
    }

    /// Whether `name` is the host name that is advertised now.
    pub(crate) fn is_host(&self, name: &str) -> bool {
        let host = self.host.lock().unwrap_or_else(PoisonError::into_inner);
        host.as_ref().is_some_and(|host| host.eq_ignore_ascii_case(name))
    }

    /// Advertises the same once more: others may have missed that this machine was away.
    pub(crate) fn again(&self) {
        self.lock().announced = None;
    }

    fn set_host(&self, host: Option<String>) {
        *self.host.lock().unwrap_or_else(PoisonError::into_inner) = host;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Name of the machine of this id for those on its networks, such as `sightline-8f14e45f.local`.
pub(crate) fn host_name(id: &str) -> String {
    format!("sightline-{}.local", digits(id))
}

fn digits(id: &str) -> String {
    id.chars().filter(char::is_ascii_hexdigit).take(ID_DIGITS).collect::<String>().to_ascii_lowercase()
}

fn short(name: &str) -> &str {
    &name[..name.floor_char_boundary(NAME_BYTES)]
}

fn is_running(daemon: &Daemon) -> bool {
    let status = daemon.0.status().map(|status| status.try_recv());
    !matches!(status, Err(_) | Ok(Ok(DaemonStatus::Shutdown)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advertisement(name: &str) -> Advertisement {
        Advertisement {
            id: "8F14E45F-ceea-467f-a8ff-5c1d7c1b1b6e".to_owned(),
            name: name.to_owned(),
            family: "linux".to_owned(),
            addresses: vec!["192.168.1.20".parse().unwrap()],
            port: 7444,
            encrypted: true,
        }
    }

    #[test]
    fn an_address_and_a_name_are_said_and_nothing_else() {
        let service = advertisement("nas.lab").service().unwrap();
        assert_eq!(service.get_hostname(), "sightline-8f14e45f.local.");
        assert_eq!(service.get_fullname(), "nas\\.lab 8f14e45f._sightline._tcp.local.");
        assert_eq!(service.get_port(), 7444);
        let said: Vec<_> = service.get_properties().iter().map(|property| property.key()).collect();
        assert_eq!(said, ["id", "name", "family", "v", "tls", "turn"]);
        let text = |key| service.get_property_val_str(key).unwrap_or_default();
        assert_eq!(
            ["id", "name", "family", "v", "tls"].map(text),
            ["8F14E45F-ceea-467f-a8ff-5c1d7c1b1b6e", "nas.lab", "linux", "1", "1"]
        );
        let again = advertisement("nas.lab").service().unwrap();
        assert_ne!(again.get_property_val_str("turn"), Some(text("turn")), "each advertisement is noticed");
    }

    #[test]
    fn a_name_of_any_length_fits_into_a_label() {
        for name in ["é".repeat(500), "x".repeat(500), "\u{1f5a5}".repeat(100), String::new()] {
            let service = advertisement(&name).service().unwrap();
            let instance = service.get_fullname().split("._sightline").next().unwrap();
            assert!(instance.len() <= 63, "{instance}");
        }
    }
}
