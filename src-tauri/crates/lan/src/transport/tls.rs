//! The certificate that encrypts links: none, a self-signed one, or one that the user provided.
//!
//! A change applies to later connections; open ones go on as they began. A self-signed certificate keeps its key for
//! ever, so that clients that have pinned the key need not pair again when names, addresses or dates change. Provided
//! files are checked every 30 s. Keys are never printed.
//!
//! In reading order: [`key_pair`] (a certificate and its key) → [`self_signed`] (the one made
//! here) → [`provided`] (the files of the user).

mod key_pair;
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
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use wire::certificate_problem::CertificateProblem;
use wire::pin::Pin;
use wire::sharing::{CertificateInfo, Encryption};

use self::key_pair::Pair;
use self::provided::{Provided, Stamps};
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
    stamps: Option<Stamps>,
}

/// What connections get.
#[derive(Default)]
struct Served {
    pair: Option<Pair>,
    acceptor: Option<TlsAcceptor>,
    /// Why the pair is not the one it should be.
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

    /// Encrypts this way from the next connection on; `None` where that is off. Reads files, and writes two at the
    /// first time that a self-signed one is made.
    ///
    /// A certificate whose dates are wrong is used all the same, and the problem reported: it encrypts, and a browser
    /// warns before it goes on.
    ///
    /// # Errors
    /// See [`CertificateProblem`]; its text says what to do. What was there before goes on.
    pub fn set(&self, encryption: &Encryption) -> Result<Option<CertificateInfo>, CertificateProblem> {
        let mut source = lock(&self.0.source);
        let (pair, stamps) = match encryption {
            Encryption::Off => (None, None),
            Encryption::SelfSigned => {
                (Some(self_signed::load_or_make(&self.0.data_dir, &source.names, unix_ms())?), None)
            }
            Encryption::Own { certificate, key } => {
                let brought = Provided { certificate: Path::new(certificate), key: Path::new(key) };
                // Stamps first: what is written while the files are read is read again.
                let stamps = brought.stamps();
                (Some(brought.read()?), Some(stamps))
            }
        };
        source.encryption = encryption.clone();
        source.stamps = stamps;
        self.serve(pair);
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
        if source.encryption == Encryption::SelfSigned {
            self.renew(&source.names)?;
        }
        Ok(())
    }

    /// Checks whether files have changed or dates come near, and serves the newest valid one. Done every 30 s.
    pub fn reload(&self) {
        let mut source = lock(&self.0.source);
        match source.encryption.clone() {
            Encryption::Off => {}
            Encryption::SelfSigned => {
                if let Err(problem) = self.renew(&source.names) {
                    self.keep(problem);
                }
            }
            Encryption::Own { certificate, key } => {
                let brought = Provided { certificate: Path::new(&certificate), key: Path::new(&key) };
                let stamps = Some(brought.stamps());
                if source.stamps != stamps {
                    source.stamps = stamps;
                    self.take(brought.read(), Path::new(&certificate));
                }
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

    /// What viewers see of the certificate in use; `None` without one.
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateInfo> {
        let served = lock(&self.0.served);
        let pair = served.pair.as_ref()?;
        let problem = served.problem.clone().or_else(|| pair.validity().problem(unix_ms()));
        Some(CertificateInfo {
            fingerprint: pair.fingerprint().to_owned(),
            expires_at_ms: pair.validity().until_ms,
            problem: problem.as_ref().map(ToString::to_string),
            problem_reason: problem.map(Box::new),
        })
    }

    /// The pin of the key in use, for clients that paired over it; `None` without a certificate.
    pub(crate) fn pin(&self) -> Option<Pin> {
        lock(&self.0.served).pair.as_ref()?.pin()
    }

    /// What encrypts the next connection; `None` where none is to be.
    pub(crate) fn acceptor(&self) -> Option<TlsAcceptor> {
        lock(&self.0.served).acceptor.clone()
    }

    /// Makes the self-signed certificate valid for `names` and for a while.
    fn renew(&self, names: &Names) -> Result<(), CertificateProblem> {
        let now_ms = unix_ms();
        let good =
            lock(&self.0.served).pair.as_ref().is_some_and(|pair| self_signed::is_good(pair, names, now_ms));
        if !good {
            self.serve(Some(self_signed::load_or_make(&self.0.data_dir, names, now_ms)?));
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
                    lock(&self.0.served).pair.as_ref().and_then(|pair| pair.validity().problem(now_ms));
                match pair.validity().problem(now_ms) {
                    Some(problem) if before.is_none() => {
                        self.keep(problem.of_file(certificate.display().to_string()));
                    }
                    _ => self.serve(Some(pair)),
                }
            }
        }
    }

    /// Serves `pair` from now on.
    fn serve(&self, pair: Option<Pair>) {
        let acceptor = pair.as_ref().map(Pair::acceptor);
        match &pair {
            Some(pair) => info!(?pair, "links can be encrypted"),
            None => info!("links are not encrypted"),
        }
        *lock(&self.0.served) = Served { pair, acceptor, problem: None };
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
