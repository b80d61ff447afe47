//! How far this machine is exposed: computed from what its owner wants, what the command line asks for, and the networks
//! this machine is on. Never wider than asked: a network that the owner has not accepted is not listened on.
//!
//! Only data and decisions; [`crate::rebind`] binds and closes addresses by them.

#[cfg(unix)]
use std::io;
use std::net::{IpAddr, SocketAddr};
#[cfg(unix)]
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use network::Network;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::runtime::Handle as Runtime;
use tokio_util::sync::CancellationToken;
use wire::PORT;
use wire::sharing::Reach;
use wire::sharing_problem::{PortHolder, SharingProblem};

use crate::access::store::Store;
use crate::config::ServerConfig;
use crate::transport::listeners::{LOOPBACK, Listeners};
#[cfg(unix)]
use crate::transport::owner_listener::OwnerListener;

/// What is open, and what was asked for on the command line.
#[derive(Debug)]
pub(crate) struct Exposure {
    /// How far, while the owner has not set it.
    reach: Reach,
    listen: Option<IpAddr>,
    /// From the command line; takes precedence over the owner's. 0 stands for the one the system chose.
    port: Option<u16>,
    chosen_port: AtomicU16,
    listeners: Listeners,
    #[cfg(unix)]
    owner: OwnerListener,
    networks: Mutex<Vec<Network>>,
    /// Why it is not open as it should be.
    problem: Mutex<Option<SharingProblem>>,
    /// An agent or a window of this machine has the port.
    taken_by_ours: AtomicBool,
    /// The token that ends all listeners.
    runtime: Runtime,
}

impl Exposure {
    /// Nothing is open. To be called within the runtime.
    pub(crate) fn new(config: &ServerConfig) -> Self {
        Self {
            reach: config.reach,
            listen: config.listen,
            port: config.port,
            chosen_port: AtomicU16::new(0),
            listeners: Listeners::default(),
            #[cfg(unix)]
            owner: OwnerListener::default(),
            networks: Mutex::new(reachable_networks()),
            problem: Mutex::default(),
            taken_by_ours: AtomicBool::new(false),
            runtime: Runtime::current(),
        }
    }

    /// How far its owner wants it open.
    pub(crate) fn reach(&self, store: &Store) -> Reach {
        store.reach.unwrap_or(self.reach)
    }

    /// The port of all addresses; 0 while the system still has to choose one.
    pub(crate) fn port(&self, store: &Store) -> u16 {
        match self.port.or(store.port).unwrap_or(PORT) {
            0 => self.chosen_port.load(Ordering::Relaxed),
            port => port,
        }
    }

    /// Whether the port is from the command line, so that the owner cannot change it by sharing.
    pub(crate) fn port_is_fixed(&self) -> bool {
        self.port.is_some()
    }

    /// Where it is open, those of this computer last.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.addresses()
    }

    /// The networks this machine is on, as last read.
    pub(crate) fn networks(&self) -> Vec<Network> {
        lock(&self.networks).clone()
    }

    /// Reads the networks again; whether they are others than before.
    pub(crate) fn refresh_networks(&self) -> bool {
        let mut now = reachable_networks();
        let mut known = lock(&self.networks);
        // The system forgets the hardware address of a gateway that is idle; the network is still the same.
        for network in now.iter_mut().filter(|network| network.gateway_mac.is_none()) {
            let same = |it: &&Network| {
                (&it.interface, it.address, &it.prefix)
                    == (&network.interface, network.address, &network.prefix)
            };
            network.gateway_mac = known.iter().find(same).and_then(|before| before.gateway_mac.clone());
        }
        let changed = *known != now;
        *known = now;
        changed
    }

    /// Why it is not open as it should be.
    pub(crate) fn problem(&self) -> Option<SharingProblem> {
        lock(&self.problem).clone()
    }

    /// Whether an agent or a window of this machine has the port.
    pub(crate) fn is_taken_by_ours(&self) -> bool {
        self.taken_by_ours.load(Ordering::Relaxed)
    }

    /// Whether addresses of the network are wanted, or only those of this computer.
    pub(crate) fn is_of_network(&self, store: &Store) -> bool {
        self.reach(store) == Reach::Lan || self.listens_on_network()
    }

    /// Whether anything is to be open, to this computer or to others.
    pub(crate) fn is_open(&self, store: &Store) -> bool {
        self.reach(store) != Reach::Off || self.listen.is_some()
    }

    /// Whether the command line asks for an address of the network.
    pub(crate) fn listens_on_network(&self) -> bool {
        self.listen.is_some_and(|address| !address.is_loopback())
    }

    /// Opens and closes addresses until they are those that are wanted, of this computer only if `local`; `serve` gets
    /// each new listener, with what ends it.
    ///
    /// # Errors
    /// The first address that could not be opened; the others are.
    pub(crate) fn bind(
        &self,
        store: &Store,
        local: bool,
        closing: &CancellationToken,
        serve: impl FnMut(TcpListener, CancellationToken),
    ) -> Result<(), SharingProblem> {
        let _within = self.runtime.enter();
        let mut wanted = self.wanted(store, &self.networks());
        if local && wanted.iter().any(|address| !address.is_loopback()) {
            // The wildcard address includes this computer's.
            wanted = LOOPBACK.to_vec();
        }
        let opened = self.listeners.set(&wanted, self.port(store), closing, serve);
        if let Some(address) = self.addresses().first() {
            self.chosen_port.store(address.port(), Ordering::Relaxed);
        }
        let ours =
            |holder: &PortHolder| holder.name.as_ref().is_some_and(|name| name.starts_with("sightline"));
        let by_ours =
            matches!(&opened, Err(SharingProblem::PortTaken { holder: Some(holder), .. }) if ours(holder));
        self.taken_by_ours.store(by_ours, Ordering::Relaxed);
        opened
    }

    /// Listens at the owner's socket, however far this machine is exposed: see [`OwnerListener::keep`].
    ///
    /// # Errors
    /// The same.
    #[cfg(unix)]
    pub(crate) fn keep_owner_socket(
        &self,
        data_dir: &Path,
        closing: &CancellationToken,
        serve: impl FnOnce(UnixListener, CancellationToken),
    ) -> io::Result<()> {
        let _within = self.runtime.enter();
        self.owner.keep(data_dir, closing, serve)
    }

    /// Closes the owner's socket.
    #[cfg(unix)]
    pub(crate) fn close_owner_socket(&self) {
        self.owner.close();
    }

    /// Stores why it is not open as it should be; whether that is another reason than before.
    pub(crate) fn set_problem(&self, problem: Option<SharingProblem>) -> bool {
        let mut known = lock(&self.problem);
        let changed = *known != problem;
        *known = problem;
        changed
    }

    fn wanted(&self, store: &Store, networks: &[Network]) -> Vec<IpAddr> {
        let mut wanted = match self.reach(store) {
            Reach::Off => Vec::new(),
            Reach::Local => LOOPBACK.to_vec(),
            Reach::Lan => {
                let open =
                    networks.iter().filter(|network| is_chosen(store, network) && is_allowed(store, network));
                LOOPBACK.into_iter().chain(open.map(|network| network.address)).collect()
            }
        };
        if let Some(listen) = self.listen {
            // The wildcard address is one listener; it would conflict with each single address.
            wanted.retain(|address| !listen.is_unspecified() || address.is_ipv4() != listen.is_ipv4());
            wanted.extend(LOOPBACK.into_iter().filter(|_| !listen.is_unspecified()));
            wanted.push(listen);
        }
        let mut once = Vec::new();
        wanted.retain(|address| {
            let new = !once.contains(address);
            once.push(*address);
            new
        });
        wanted
    }
}

/// The networks that others can reach this machine by. A link-local address of IPv6 is valid with the name of an
/// interface only, which no pairing link can contain.
fn reachable_networks() -> Vec<Network> {
    let reachable = |address: IpAddr| match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    };
    network::networks().into_iter().filter(|network| reachable(network.address)).collect()
}

/// Whether the owner's choice of interfaces includes this one.
pub(crate) fn is_chosen(store: &Store, network: &Network) -> bool {
    match &store.interfaces {
        None => network.local,
        Some(names) => names.contains(&network.interface),
    }
}

fn is_allowed(store: &Store, network: &Network) -> bool {
    store.allowed(&network.key()) == Some(true)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(interface: &str, address: &str, local: bool) -> Network {
        let prefix = format!("{}.0/24", address.rsplit_once('.').unwrap().0);
        let gateway_mac = Some("52:54:00:00:00:01".to_owned());
        Network {
            interface: interface.to_owned(),
            address: address.parse().unwrap(),
            prefix,
            gateway_mac,
            local,
        }
    }

    #[tokio::test]
    async fn it_is_never_wider_than_asked() {
        let home = network("wlp1s0", "192.168.1.20", true);
        let vpn = network("wg0", "10.8.0.2", true);
        let public = network("eth0", "203.0.113.5", false);
        let networks = [home.clone(), vpn.clone(), public.clone()];
        let mut store = Store { reach: Some(Reach::Lan), ..Store::default() };
        store.remember(home.key(), true);
        store.remember(public.key(), true);
        let exposure = Exposure::new(&ServerConfig::default());
        let shown = |store: &Store| {
            let wanted = exposure.wanted(store, &networks);
            wanted
                .iter()
                .filter(|it| !it.is_loopback())
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(shown(&store), "192.168.1.20", "allowed, local; the other two are not both");
        store.interfaces = Some(vec!["eth0".to_owned(), "wg0".to_owned()]);
        assert_eq!(shown(&store), "203.0.113.5", "chosen by name; wg0 was not asked about");
        store.remember(vpn.key(), false);
        assert_eq!(shown(&store), "203.0.113.5");
        store.reach = Some(Reach::Local);
        assert_eq!(exposure.wanted(&store, &networks), LOOPBACK);
        store.reach = Some(Reach::Off);
        assert!(exposure.wanted(&store, &networks).is_empty());
        store.reach = None;
        assert_eq!(exposure.wanted(&store, &networks), LOOPBACK, "as the program has it");
    }

    #[tokio::test]
    async fn an_address_of_the_command_line_comes_on_top() {
        let (store, any) =
            (Store { reach: Some(Reach::Local), ..Store::default() }, "0.0.0.0".parse().unwrap());
        let wanted =
            |listen| Exposure::new(&ServerConfig { listen, ..ServerConfig::default() }).wanted(&store, &[]);
        let one = "192.168.1.20".parse().unwrap();
        assert_eq!(wanted(Some(one)), [LOOPBACK[0], LOOPBACK[1], one]);
        assert_eq!(wanted(Some(any)), [LOOPBACK[1], any], "it takes 127.0.0.1 in");
        assert_eq!(wanted(Some(LOOPBACK[0])), LOOPBACK);
    }
}
