//! What encrypts links: the machine's own key, which apps have pinned, and the certificate that browsers get.
//!
//! The machine's key is made when this machine is first shared on a network, with a self-signed certificate, and stays
//! for ever: apps that have pinned it need not pair again when names, addresses or dates change, or when the owner
//! brings another certificate for browsers. They ask for it by ALPN ([`wire::endpoint::ALPN`]). Browsers get https where
//! the owner chose that: by the same certificate, which they warn about once, or by one that the owner provided.
//!
//! A change applies to later connections; open ones go on as they began. Provided files are checked every 30 s. Keys are
//! never printed.
//!
//! In reading order: [`key_pair`] (a certificate and its key) → [`self_signed`] (the one made
//! here) → [`provided`] (the files of the user) → [`offer`] (which of them a connection gets).

mod key_pair;
mod offer;
mod provided;
mod self_signed;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use station::clock::unix_ms;
use station::{Handle, Work, WorkKind};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use wire::certificate_problem::CertificateProblem;
use wire::sharing::{CertificateInfo, Encryption};

use self::key_pair::Pair;
pub(crate) use self::offer::Offer;
use self::provided::{Provided, Versions};
use self::self_signed::Names;

/// How often files and dates are checked.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How links of one server are encrypted. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    data_dir: PathBuf,
    /// Locked while files are read and written; serving never waits for it.
    source: Mutex<Source>,
    /// Locked for a few lines.
    served: Mutex<Served>,
}

/// Where the certificate comes from.
#[derive(Default)]
struct Source {
    encryption: Encryption,
    names: Names,
    /// The files of the user, as they were when they were last checked.
    versions: Option<Versions>,
}

/// What connections get.
#[derive(Default)]
struct Served {
    /// The machine's own; `None` until it is first needed.
    machine: Option<Pair>,
    /// The owner's, for browsers.
    own: Option<Pair>,
    /// Browsers are to use https.
    https: bool,
    offer: Option<Offer>,
    /// Why the certificate of browsers is not the one it should be.
    problem: Option<CertificateProblem>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate()).finish_non_exhaustive()
    }
}

impl Tls {
    /// Off. A self-signed certificate is stored in `data_dir`.
    pub(crate) fn new(data_dir: &Path) -> Self {
        Self(Arc::new(Inner {
            data_dir: data_dir.to_owned(),
            source: Mutex::default(),
            served: Mutex::default(),
        }))
    }

    /// Loads the machine's own key, or makes it the first time: apps can connect from then on.
    ///
    /// # Errors
    /// When it cannot be read or stored.
    pub fn open_to_apps(&self) -> Result<(), CertificateProblem> {
        self.renew(&lock(&self.0.source).names)
    }

    /// Browsers connect this way from the next connection on: the certificate they get, `None` without https. Reads
    /// files, and writes two at the first time that the machine's own key is made.
    ///
    /// A certificate whose dates are wrong is used all the same, and the problem reported: it encrypts, and a browser
    /// warns before it goes on.
    ///
    /// # Errors
    /// See [`CertificateProblem`]; its text says what to do. What was there before goes on.
    pub fn set(&self, encryption: &Encryption) -> Result<Option<CertificateInfo>, CertificateProblem> {
        let mut source = lock(&self.0.source);
        let (own, versions) = match encryption {
            Encryption::Off => (None, None),
            Encryption::SelfSigned => {
                self.renew(&source.names)?;
                (None, None)
            }
            Encryption::Own { certificate, key } => {
                let brought = Provided { certificate: Path::new(certificate), key: Path::new(key) };
                // Versions first: what is written while the files are read is read again.
                let versions = brought.versions();
                (Some(brought.read()?), Some(versions))
            }
        };
        source.encryption = encryption.clone();
        source.versions = versions;
        let https = *encryption != Encryption::Off;
        self.serve(|served| (served.own, served.https, served.problem) = (own, https, None));
        drop(source);
        Ok(self.certificate())
    }

    /// What a self-signed certificate has to be valid for, beside `localhost` and loopback: names of this machine and
    /// its addresses. It is made anew only where one is missing in it, since people have to accept it again.
    ///
    /// # Errors
    /// When it cannot be stored. The one before stays in use.
    pub fn cover(&self, names: &[String], addresses: &[IpAddr]) -> Result<(), CertificateProblem> {
        let mut source = lock(&self.0.source);
        source.names.add(names, addresses);
        let is_made = lock(&self.0.served).machine.is_some();
        if is_made { self.renew(&source.names) } else { Ok(()) }
    }

    /// Checks whether files have changed or dates come near, and serves the newest valid one. Done every 30 s.
    pub fn reload(&self) {
        let mut source = lock(&self.0.source);
        let is_made = lock(&self.0.served).machine.is_some();
        if is_made && let Err(problem) = self.renew(&source.names) {
            self.keep(problem);
        }
        if let Encryption::Own { certificate, key } = source.encryption.clone() {
            let brought = Provided { certificate: Path::new(&certificate), key: Path::new(&key) };
            let versions = Some(brought.versions());
            if source.versions != versions {
                source.versions = versions;
                self.take(brought.read(), Path::new(&certificate));
            }
        }
    }

    /// Reloads until the server closes, on the worker threads of `station`.
    pub(crate) async fn watch(self, station: Handle, closing: CancellationToken) {
        let mut looks = interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                () = closing.cancelled() => return,
                _ = looks.tick() => {}
            }
            let tls = self.clone();
            // Where too much waits already, it is checked the next time.
            drop(station.later(Work::own(WorkKind::Query), move || tls.reload()).await);
        }
    }

    /// What viewers see of the certificate that browsers get; `None` without https.
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateInfo> {
        let served = lock(&self.0.served);
        let pair = served.of_browsers().filter(|_| served.https)?;
        let problem = served.problem.clone().or_else(|| pair.validity().problem(unix_ms()));
        Some(CertificateInfo {
            fingerprint: pair.fingerprint().to_owned(),
            expires_at_ms: pair.validity().until_ms,
            problem: problem.as_ref().map(ToString::to_string),
            problem_reason: problem.map(Box::new),
        })
    }

    /// Whether apps can connect: the machine has its key.
    pub(crate) fn is_open_to_apps(&self) -> bool {
        lock(&self.0.served).machine.is_some()
    }

    /// What encrypts the next connection; `None` where nothing can.
    pub(crate) fn offer(&self) -> Option<Offer> {
        lock(&self.0.served).offer.clone()
    }

    /// Makes the certificate of the machine's own key valid for `names` and for a while.
    fn renew(&self, names: &Names) -> Result<(), CertificateProblem> {
        let now_ms = unix_ms();
        let is_good = |pair: &Pair| self_signed::is_good(pair, names, now_ms);
        if !lock(&self.0.served).machine.as_ref().is_some_and(is_good) {
            let made = self_signed::load_or_make(&self.0.data_dir, names, now_ms)?;
            self.serve(|served| served.machine = Some(made));
        }
        Ok(())
    }

    /// Uses what the files contain now, unless the pair in use is better.
    fn take(&self, read: Result<Pair, CertificateProblem>, certificate: &Path) {
        let now_ms = unix_ms();
        match read {
            Err(problem) => self.keep(problem),
            Ok(pair) => {
                let before =
                    lock(&self.0.served).own.as_ref().and_then(|pair| pair.validity().problem(now_ms));
                match pair.validity().problem(now_ms) {
                    Some(problem) if before.is_none() => {
                        self.keep(problem.of_file(certificate.display().to_string()));
                    }
                    _ => self.serve(|served| (served.own, served.problem) = (Some(pair), None)),
                }
            }
        }
    }

    /// Serves what `change` says from now on.
    fn serve(&self, change: impl FnOnce(&mut Served)) {
        let mut served = lock(&self.0.served);
        change(&mut served);
        served.offer = served.of_browsers().and_then(|browsers| {
            // Without a key of the machine, apps get what browsers get, which none of them has pinned.
            Offer::of(served.machine.as_ref().unwrap_or(browsers), browsers)
        });
        info!(machine = ?served.machine, own = ?served.own, https = served.https, "what encrypts links");
    }

    /// Keeps the pair in use, because of `problem`.
    fn keep(&self, problem: CertificateProblem) {
        let mut served = lock(&self.0.served);
        if served.problem.as_ref() != Some(&problem) {
            warn!(%problem, "the certificate stays the one before");
            served.problem = Some(problem);
        }
    }
}

impl Served {
    fn of_browsers(&self) -> Option<&Pair> {
        self.own.as_ref().or(self.machine.as_ref())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For tests: a client that trusts the certificate in this file, and no other.
#[cfg(test)]
pub(crate) fn trusting(certificate: &Path) -> Arc<rustls::ClientConfig> {
    use rustls_pki_types::pem::PemObject as _;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls_pki_types::CertificateDer::from_pem_file(certificate).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    Arc::new(config.unwrap().with_root_certificates(roots).with_no_client_auth())
}
