//! Applies what [`crate::exposure`] and [`crate::advertise`] decide: binds and closes listeners, makes certificates and
//! advertises, after each change of sharing and whenever the networks of this machine change.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use network::Network;
use station::{Work, WorkKind, clock, settings};
use tokio::time::{MissedTickBehavior, interval};
use tracing::{debug, info, warn};
use wire::certificate_problem::CertificateProblem;
use wire::fault::FaultReason;
use wire::sharing::{AccessEvent, AccessWhat, Encryption, Reach};
use wire::sharing_problem::SharingProblem;

use crate::access::access_file;
use crate::access::events::about;
use crate::advertise::{self, Advertisement};
use crate::exposure::is_chosen;
use crate::state::ServerState;
#[cfg(unix)]
use crate::transport::serve::listen_to_owner;
use crate::transport::serve::{HolderOf, Service, listen};

/// How often networks are read while they are listened on, and addresses that could not be bound are tried again.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often it is looked whether another program or a person wrote who has access, or the settings: what they took away
/// is gone within 2 s, a busy disk included.
const FOLLOW_EVERY: Duration = Duration::from_millis(500);
/// How often last-seen times and the access log are written, if they changed: a guesser must not wear out a disk.
const KEEP_EVERY: Duration = Duration::from_secs(60);

/// The source of the notice that an address is not open.
const NOTICES: &str = "sharing on the network";
/// The source of the notice that commands do not get here.
#[cfg(unix)]
const OWNER_NOTICES: &str = "commands of this computer";

/// What is served, and the state that says where. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Rebinder {
    pub(crate) server: Arc<ServerState>,
    router: Router,
}

impl Rebinder {
    /// Serves `router` on every address that is opened from now on.
    pub(crate) fn new(server: Arc<ServerState>, router: Router) -> Self {
        Self { server, router }
    }

    /// Opens and closes addresses until they are those that are wanted. Those of the network are opened only where links
    /// can be encrypted as wanted, what says how far is understood, and no other program writes who has access.
    ///
    /// # Errors
    /// The first address that could not be opened, or that another program has the network; the others are open.
    pub(crate) fn bind_as_wanted(&self) -> Result<(), SharingProblem> {
        let server = &self.server;
        let store = || server.access.state().store.clone();
        let elsewhere = server.exposure.is_of_network(&store()) && !server.access.may_be_open();
        let shared_elsewhere = elsewhere.then_some(SharingProblem::SharedElsewhere);
        // Before the first viewer connects, whose secrets would cross the network in clear.
        let unencrypted = self.encrypt_as_wanted();
        let keeps_local = shared_elsewhere.clone().or_else(|| self.not_understood()).or(unencrypted);
        let local = keeps_local.is_some();
        let opened = server.exposure.bind(&store(), local, &server.closing, |listener, closing| {
            server.tasks.spawn(listen(listener, self.service(), closing));
        });
        let problem = opened.clone().err().or(keeps_local);
        if server.exposure.set_problem(problem.clone()) {
            match problem {
                Some(problem) => {
                    warn!(%problem, "not shared as it should be");
                    server.station.set_notice(NOTICES, FaultReason::NotShared { problem });
                }
                None => server.station.clear_notice(NOTICES),
            }
            server.access.changed();
        }
        server.advertiser.advertise(self.advertisement(), &server.station);
        match shared_elsewhere {
            // What the command line asks for cannot be done; what the file says is done by the other program.
            Some(problem) if server.exposure.listens_on_network() => opened.and(Err(problem)),
            _ => opened,
        }
    }

    /// What connections are served with.
    fn service(&self) -> Service {
        let server = &self.server;
        Service {
            router: self.router.clone(),
            holder: HolderOf::new({
                let access = server.access.clone();
                move |address, user| access.holder(address, user)
            }),
            connections: server.connections.clone(),
            tls: server.tls.clone(),
            budgets: server.station.cpu_budgets().clone(),
            tasks: server.tasks.clone(),
        }
    }

    /// Listens at the owner's socket, where no other program of this user does.
    #[cfg(unix)]
    pub(crate) fn keep_owner_socket(&self) {
        let server = &self.server;
        let kept = server.exposure.keep_owner_socket(
            server.station.data_dir(),
            &server.closing,
            |listener, closing| {
                server.tasks.spawn(listen_to_owner(listener, self.service(), closing));
            },
        );
        match kept {
            Ok(()) => server.station.clear_notice(OWNER_NOTICES),
            Err(err) => {
                let detail = err.to_string();
                server.station.set_notice(OWNER_NOTICES, FaultReason::NoOwnerSocket { detail });
            }
        }
    }

    /// Why nothing is opened on the network although it is asked for: a file that may have closed it, or said how links are
    /// encrypted, is not understood.
    fn not_understood(&self) -> Option<SharingProblem> {
        let server = &self.server;
        let wanted = server.exposure.is_of_network(&server.access.state().store);
        let file = if !server.access.is_understood() {
            access_file::FILE
        } else if !server.station.knows_settings() {
            settings::FILE
        } else {
            return None;
        };
        wanted.then(|| SharingProblem::NotUnderstood { file: file.to_owned() })
    }

    /// Encrypts links that way from the next connection on, with a certificate for all names and addresses of this
    /// machine.
    pub(crate) fn encrypt(&self, encryption: &Encryption) -> Result<(), CertificateProblem> {
        self.cover()?;
        self.server.tls.set(encryption).map(drop)
    }

    /// Makes the self-signed certificate valid for all names and addresses of this machine.
    fn cover(&self) -> Result<(), CertificateProblem> {
        let server = &self.server;
        let machine = server.station.machine();
        let announced = advertise::host_name(&machine.id);
        let mut names = vec![machine.name.clone(), format!("{}.local", machine.name), announced];
        names.extend(server.access.state().store.host_names.iter().cloned());
        let addresses: Vec<_> = server.exposure.networks().iter().map(|network| network.address).collect();
        server.tls.cover(&names, &addresses)
    }

    /// Makes the machine's key, by which apps connect to what is open, and applies the owner's choice of encryption for
    /// browsers, as far as that is not done yet; the error where it fails and matters to others.
    fn encrypt_as_wanted(&self) -> Option<SharingProblem> {
        let server = &self.server;
        let (wanted, is_open, of_network) = {
            let (state, exposure) = (server.access.state(), &server.exposure);
            let store = &state.store;
            (store.encryption.clone(), exposure.is_open(store), exposure.is_of_network(store))
        };
        let open_to_apps = || -> Result<(), CertificateProblem> {
            if !is_open || server.tls.is_open_to_apps() {
                return Ok(());
            }
            self.cover()?;
            server.tls.open_to_apps()
        };
        let apps = open_to_apps().inspect_err(|err| debug!(error = %err, "apps cannot connect"));
        let is_done = wanted == Encryption::Off || server.tls.certificate().is_some();
        let browsers = if is_done { Ok(()) } else { self.encrypt(&wanted) };
        let problem = browsers.err().or(apps.err().filter(|_| of_network));
        problem.map(|certificate| SharingProblem::NotEncrypted { certificate })
    }

    /// What is to be advertised now.
    fn advertisement(&self) -> Option<Advertisement> {
        let server = &self.server;
        let store = server.access.state().store.clone();
        if server.closing.is_cancelled() || server.exposure.reach(&store) != Reach::Lan {
            return None;
        }
        let (listening, networks) = (server.exposure.addresses(), server.exposure.networks());
        let encrypted = server.tls.certificate().is_some();
        Advertisement::of(&server.station.machine(), &listening, &networks, encrypted)
    }

    /// Records networks that the owner has not been asked about.
    fn note_new_networks(&self, before: &[Network]) {
        let access = &self.server.access;
        for network in self.server.exposure.networks() {
            let known = before.iter().any(|known| known.key() == network.key());
            let state = access.state();
            let unasked = is_chosen(&state.store, &network) && state.store.allowed(&network.key()).is_none();
            drop(state);
            if unasked && !known {
                info!(
                    interface = network.interface,
                    prefix = network.prefix,
                    "a network nobody was asked about"
                );
                let who = Some(network.prefix);
                access.note(AccessEvent { who, ..about(AccessWhat::NetworkNew, None) });
            }
        }
    }

    /// Reads the networks where they are listened on, and tries again what could not be opened. Asks the operating
    /// system, may make a certificate and open ports.
    fn follow_networks(&self, slept: bool) {
        let server = &self.server;
        if slept {
            // Browsers of DNS-SD took this machine for gone; this announces that it is back.
            server.advertiser.again();
        }
        server.access.note_unanswered();
        #[cfg(unix)]
        self.keep_owner_socket();
        let reach = server.exposure.reach(&server.access.state().store);
        if reach == Reach::Lan {
            let before = server.exposure.networks();
            if server.exposure.refresh_networks() {
                self.note_new_networks(&before);
                if let Err(err) = self.cover() {
                    warn!(error = %err, "the certificate does not name every address");
                }
                server.access.changed();
            }
        }
        // Where sharing was turned off by another program, or nothing is to be open any more, what is open is closed.
        let exposure = &server.exposure;
        let idle =
            !exposure.listens_on_network() && exposure.addresses().is_empty() && exposure.problem().is_none();
        if (reach != Reach::Off || !idle)
            && let Err(err) = self.bind_as_wanted()
        {
            debug!(error = %err, "not open as wanted");
        }
    }

    /// Uses what another program or a person wrote about how far this machine is exposed.
    fn apply_followed(&self) {
        let wanted = self.server.access.state().store.encryption.clone();
        if let Err(err) = self.encrypt(&wanted) {
            warn!(error = %err, "links are not encrypted as another program of this user has it");
        }
        self.follow_networks(false);
    }

    /// Follows what other programs and people write into files, until the server shuts down.
    pub(crate) async fn keep_followed(self) {
        let server = Arc::clone(&self.server);
        let mut follow = interval(FOLLOW_EVERY);
        follow.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = server.closing.cancelled() => return,
                _ = follow.tick() => {}
            }
            let (access, station) = (server.access.clone(), server.station.clone());
            let look = move || {
                station.follow_settings();
                access.follow_file();
            };
            // A query: it waits for no change, which may wait for a port or a certificate, and ends sessions at once.
            tokio::select! {
                biased;
                () = server.closing.cancelled() => return,
                // Where too much waits already, it is done the next time.
                done = server.station.later(Work::own(WorkKind::Query), look) => drop(done),
            }
        }
    }

    /// Follows the networks while they are listened on, tries again what could not be opened, and writes what is to be
    /// written; until the server shuts down.
    pub(crate) async fn keep_bound(self) {
        let server = Arc::clone(&self.server);
        let mut look = interval(LOOK_EVERY);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut keep = interval(KEEP_EVERY);
        keep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut clocks = (Instant::now(), clock::unix_ms());
        loop {
            tokio::select! {
                biased;
                () = server.closing.cancelled() => return,
                () = server.access.adopted() => {
                    let followed = self.clone();
                    let apply = move || followed.apply_followed();
                    tokio::select! {
                        biased;
                        () = server.closing.cancelled() => return,
                        // Where too much waits already, it is applied when networks are looked at.
                        done = server.station.later(Work::own(WorkKind::Change), apply) => drop(done),
                    }
                    continue;
                }
                _ = look.tick() => {}
                _ = keep.tick() => {
                    let access = server.access.clone();
                    let keep = move || access.keep();
                    // Where too much waits already, it is written the next time.
                    drop(server.station.later(Work::own(WorkKind::Change), keep).await);
                    continue;
                }
            }
            let (before, before_ms) = clocks;
            clocks = (Instant::now(), clock::unix_ms());
            let by_the_wall = Duration::from_millis(clocks.1.saturating_sub(before_ms));
            let slept = by_the_wall > clocks.0.duration_since(before) + LOOK_EVERY;
            let followed = self.clone();
            let follow = move || followed.follow_networks(slept);
            tokio::select! {
                biased;
                () = server.closing.cancelled() => return,
                // Where too much waits already, it is done the next time.
                done = server.station.later(Work::own(WorkKind::Change), follow) => drop(done),
            }
        }
    }
}
