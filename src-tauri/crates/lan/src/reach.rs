//! How far the door is open: from what its owner wants, what the command line asks for, and the networks this
//! machine is on. Never wider than asked: a network nobody was asked about is not listened on.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use network::Network;
use station::{Work, WorkKind, clock};
use tokio::runtime::Handle as Runtime;
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, info, warn};
use wire::PORT;
use wire::sharing::{AccessEvent, AccessWhat, Encryption, Reach};

use crate::access::about;
use crate::access::book::Book;
use crate::door::{DoorConfig, OpenError, Shared, router};
use crate::listeners::{LOOPBACK, Listeners};
use crate::serve;

/// How often networks are looked at while the door is open to them, and what could not be opened is tried again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often last-seen times and the access log are written, if they changed: a guesser must not wear out a disk.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// Under which name people are told that something is not open.
const NOTICES: &str = "sharing on the network";

/// What is open, and what was asked for on the command line.
#[derive(Debug)]
pub(crate) struct Opening {
    /// How far, while nobody has said otherwise.
    reach: Reach,
    listen: Option<IpAddr>,
    /// From the command line; goes before what sharing says. 0 is taken for the one the system chose.
    port: Option<u16>,
    chosen_port: AtomicU16,
    listeners: Listeners,
    networks: Mutex<Vec<Network>>,
    /// Why it is not open as it should be.
    problem: Mutex<Option<String>>,
    /// An agent or a window of this machine has the port.
    taken_by_ours: AtomicBool,
    runtime: Runtime,
}

impl Opening {
    /// Nothing is open. To be called within the runtime.
    pub(crate) fn new(config: &DoorConfig) -> Self {
        Self {
            reach: config.reach,
            listen: config.listen,
            port: config.port,
            chosen_port: AtomicU16::new(0),
            listeners: Listeners::default(),
            networks: Mutex::new(reachable_networks()),
            problem: Mutex::default(),
            taken_by_ours: AtomicBool::new(false),
            runtime: Runtime::current(),
        }
    }

    /// How far its owner wants it open.
    pub(crate) fn reach(&self, book: &Book) -> Reach {
        book.reach.unwrap_or(self.reach)
    }

    /// The port of all addresses; 0 while the system still has to choose one.
    pub(crate) fn port(&self, book: &Book) -> u16 {
        match self.port.or(book.port).unwrap_or(PORT) {
            0 => self.chosen_port.load(Ordering::Relaxed),
            port => port,
        }
    }

    /// Whether the port was asked for on the command line, so that sharing has no say in it.
    pub(crate) fn port_is_fixed(&self) -> bool {
        self.port.is_some()
    }

    /// Where it is open, those of this computer last.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.listeners.addresses()
    }

    /// The networks this machine is on, as last looked.
    pub(crate) fn networks(&self) -> Vec<Network> {
        lock(&self.networks).clone()
    }

    /// Looks at the networks; whether they are others than before.
    pub(crate) fn look(&self) -> bool {
        let mut now = reachable_networks();
        let mut known = lock(&self.networks);
        // A gateway that has not been spoken with for a while is forgotten by the system; it is the same all the same.
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
    pub(crate) fn problem(&self) -> Option<String> {
        lock(&self.problem).clone()
    }

    /// Whether an agent or a window of this machine has the port.
    pub(crate) fn is_taken_by_ours(&self) -> bool {
        self.taken_by_ours.load(Ordering::Relaxed)
    }

    fn wanted(&self, book: &Book, networks: &[Network]) -> Vec<IpAddr> {
        let mut wanted = match self.reach(book) {
            Reach::Off => Vec::new(),
            Reach::Local => LOOPBACK.to_vec(),
            Reach::Lan => {
                let open =
                    networks.iter().filter(|network| is_chosen(book, network) && is_allowed(book, network));
                LOOPBACK.into_iter().chain(open.map(|network| network.address)).collect()
            }
        };
        if let Some(listen) = self.listen {
            // All addresses of a kind are one listener; it would be in the way of each single one.
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

/// The networks that others can reach this machine by. A link-local address of IPv6 is good with the name of an
/// interface only, which no link can say.
fn reachable_networks() -> Vec<Network> {
    let reachable = |address: IpAddr| match address {
        IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
    };
    network::networks().into_iter().filter(|network| reachable(network.address)).collect()
}

/// Whether the owner's choice of interfaces takes this one in.
pub(crate) fn is_chosen(book: &Book, network: &Network) -> bool {
    match &book.interfaces {
        None => network.local,
        Some(names) => names.contains(&network.interface),
    }
}

fn is_allowed(book: &Book, network: &Network) -> bool {
    book.allowed(&network.key()) == Some(true)
}

impl Shared {
    /// Opens and closes addresses until they are those that are wanted.
    ///
    /// # Errors
    /// The first address that could not be opened; the others are.
    pub(crate) fn open_as_wanted(&self) -> Result<(), OpenError> {
        let Some(shared) = self.me.upgrade() else { return Ok(()) };
        let _within = self.opening.runtime.enter();
        let (wanted, port) = {
            let state = self.access.state();
            (self.opening.wanted(&state.book, &self.opening.networks()), self.opening.port(&state.book))
        };
        let opened = self.opening.listeners.set(&wanted, port, &self.closing, |listener, closing| {
            let serving = serve::listen(listener, router(&shared), Arc::clone(&shared), closing);
            shared.tasks.spawn(serving);
        });
        if let Some(address) = self.opening.addresses().first() {
            self.opening.chosen_port.store(address.port(), Ordering::Relaxed);
        }
        let ours = |holder: &String| holder.starts_with("sightline");
        let by_ours = matches!(&opened, Err(OpenError::Taken { holder: Some(holder), .. }) if ours(holder));
        self.opening.taken_by_ours.store(by_ours, Ordering::Relaxed);
        let problem = opened.as_ref().err().map(ToString::to_string).or(self.encrypt_as_wanted());
        let mut known = lock(&self.opening.problem);
        if *known != problem {
            match &problem {
                Some(problem) => {
                    self.station.notify(NOTICES, format!("Not shared as it should be: {problem}."))
                }
                None => self.station.settle(NOTICES),
            }
            *known = problem;
            drop(known);
            self.access.changed();
        }
        self.announce_as_wanted();
        opened
    }

    /// Encrypts links as their owner wants it, if that is not done yet; or says why it cannot be.
    fn encrypt_as_wanted(&self) -> Option<String> {
        let wanted = self.access.state().book.encryption.clone();
        if wanted == Encryption::Off || self.tls.certificate().is_some() {
            return None;
        }
        self.encrypt(&wanted).err().map(|err| format!("links are not encrypted as they should be: {err}"))
    }

    /// Looks at the networks where the door is open to them, and tries again what could not be opened. Reads what the
    /// system says, may make a certificate and open ports.
    fn follow_networks(&self, slept: bool) {
        if slept {
            // Who watched this machine took it for gone, and hears by this that it is back.
            self.announcer.again();
        }
        self.access.note_unanswered();
        let reach = self.opening.reach(&self.access.state().book);
        if reach == Reach::Lan {
            let before = self.opening.networks();
            if self.opening.look() {
                self.note_new_networks(&before);
                if let Err(err) = self.cover() {
                    warn!(error = %err, "the certificate does not name every address");
                }
                self.access.changed();
            }
        }
        if reach != Reach::Off
            && let Err(err) = self.open_as_wanted()
        {
            debug!(error = %err, "not open as wanted");
        }
    }

    /// Notes networks nobody was asked about.
    fn note_new_networks(&self, before: &[Network]) {
        for network in self.opening.networks() {
            let known = before.iter().any(|known| known.key() == network.key());
            let state = self.access.state();
            let unasked = is_chosen(&state.book, &network) && state.book.allowed(&network.key()).is_none();
            drop(state);
            if unasked && !known {
                info!(
                    interface = network.interface,
                    prefix = network.prefix,
                    "a network nobody was asked about"
                );
                let who = Some(network.prefix);
                self.access.note(AccessEvent { who, ..about(AccessWhat::NetworkNew, None) });
            }
        }
    }
}

/// Follows the networks while the door is open to them, tries again what could not be opened, and keeps what is to
/// be kept; until the door closes.
pub(crate) async fn keep_open(shared: Arc<Shared>) {
    let mut look = interval(LOOK_EVERY);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut keep = interval(KEEP_EVERY);
    keep.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut clocks = (Instant::now(), clock::unix_ms());
    loop {
        tokio::select! {
            biased;
            () = shared.closing.cancelled() => return,
            _ = look.tick() => {}
            _ = keep.tick() => {
                let access = shared.access.clone();
                // Where too much waits already, it is kept the next time.
                drop(shared.station.later(Work::own(WorkKind::Change), move || access.keep()).await);
                continue;
            }
        }
        let (before, before_ms) = clocks;
        clocks = (Instant::now(), clock::unix_ms());
        let by_the_wall = Duration::from_millis(clocks.1.saturating_sub(before_ms));
        let slept = by_the_wall > clocks.0.duration_since(before) + LOOK_EVERY;
        let followed = Arc::clone(&shared);
        let follow = move || followed.follow_networks(slept);
        tokio::select! {
            biased;
            () = shared.closing.cancelled() => return,
            // Where too much waits already, it is done the next time.
            done = shared.station.later(Work::own(WorkKind::Change), follow) => drop(done),
        }
    }
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
        let mut book = Book { reach: Some(Reach::Lan), ..Book::default() };
        book.remember(home.key(), true);
        book.remember(public.key(), true);
        let opening = Opening::new(&DoorConfig::default());
        let shown = |book: &Book| {
            let wanted = opening.wanted(book, &networks);
            wanted
                .iter()
                .filter(|it| !it.is_loopback())
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(shown(&book), "192.168.1.20", "allowed, local; the other two are not both");
        book.interfaces = Some(vec!["eth0".to_owned(), "wg0".to_owned()]);
        assert_eq!(shown(&book), "203.0.113.5", "chosen by name; wg0 was not asked about");
        book.remember(vpn.key(), false);
        assert_eq!(shown(&book), "203.0.113.5");
        book.reach = Some(Reach::Local);
        assert_eq!(opening.wanted(&book, &networks), LOOPBACK);
        book.reach = Some(Reach::Off);
        assert!(opening.wanted(&book, &networks).is_empty());
        book.reach = None;
        assert_eq!(opening.wanted(&book, &networks), LOOPBACK, "as the program has it");
    }

    #[tokio::test]
    async fn an_address_of_the_command_line_comes_on_top() {
        let (book, any) = (Book { reach: Some(Reach::Local), ..Book::default() }, "0.0.0.0".parse().unwrap());
        let wanted =
            |listen| Opening::new(&DoorConfig { listen, ..DoorConfig::default() }).wanted(&book, &[]);
        let one = "192.168.1.20".parse().unwrap();
        assert_eq!(wanted(Some(one)), [LOOPBACK[0], LOOPBACK[1], one]);
        assert_eq!(wanted(Some(any)), [LOOPBACK[1], any], "it takes 127.0.0.1 in");
        assert_eq!(wanted(Some(LOOPBACK[0])), LOOPBACK);
    }
}
