//! A certificate and the key that belongs to it, checked.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use network::certificate::{Validity, pin_of};
use rustls::Error;
use rustls::client::verify_server_name;
use rustls::crypto::ring;
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use sha2::{Digest, Sha256};
use wire::certificate_problem::CertificateProblem;
use wire::pin::Pin;

/// A certificate with its chain, and its key.
pub(super) struct Pair {
    certified: Arc<CertifiedKey>,
    pin: Pin,
    certificate: CertificateDer<'static>,
    fingerprint: String,
    validity: Validity,
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").field("fingerprint", &self.fingerprint).finish_non_exhaustive()
    }
}

/// PEM of both, and where it came from.
pub(super) struct Written<'a> {
    pub(super) certificate: (&'a Path, &'a [u8]),
    pub(super) key: (&'a Path, &'a [u8]),
}

impl Pair {
    /// Reads both, and checks that they belong together. Dates are not checked.
    ///
    /// The parser's error is not passed on: it may quote the key.
    pub(super) fn read(written: &Written<'_>) -> Result<Self, CertificateProblem> {
        let (certificate_at, pem) = written.certificate;
        let no_certificate = || CertificateProblem::NoCertificate { path: text(certificate_at) };
        let chain: Vec<_> =
            CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| no_certificate())?;
        let certificate = chain.first().cloned().ok_or_else(no_certificate)?;
        let (key_at, pem) = written.key;
        let key = PrivateKeyDer::from_pem_slice(pem)
            .map_err(|_| CertificateProblem::NoKey { path: text(key_at) })?;

        let provider = Arc::new(ring::default_provider());
        let bad_certificate = || CertificateProblem::BadCertificate { path: text(certificate_at) };
        ParsedCertificate::try_from(&certificate).map_err(|_| bad_certificate())?;
        let validity = Validity::of(&certificate).ok_or_else(bad_certificate)?;
        let certified = CertifiedKey::from_der(chain, key, &provider).map_err(|err| match err {
            Error::InconsistentKeys(_) => {
                CertificateProblem::Mismatch { certificate: text(certificate_at), key: text(key_at) }
            }
            _ => CertificateProblem::BadKey { path: text(key_at) },
        })?;
        let fingerprint = fingerprint(&certificate);
        let pin = pin_of(&certificate).ok_or_else(bad_certificate)?;
        Ok(Self { certified: Arc::new(certified), pin, certificate, fingerprint, validity })
    }

    /// What a handshake is signed with.
    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The pin of its key.
    pub(super) fn pin(&self) -> Pin {
        self.pin
    }

    pub(super) fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether the certificate is valid for all of these.
    pub(super) fn covers<'a>(
        &self,
        names: impl IntoIterator<Item = &'a String>,
        addresses: impl IntoIterator<Item = &'a IpAddr>,
    ) -> bool {
        let Ok(parsed) = ParsedCertificate::try_from(&self.certificate) else { return false };
        let has = |name: &ServerName<'_>| verify_server_name(&parsed, name).is_ok();
        names.into_iter().all(|name| ServerName::try_from(name.as_str()).is_ok_and(|name| has(&name)))
            && addresses.into_iter().all(|address| has(&ServerName::from(*address)))
    }
}

/// A path, as sentences name it.
fn text(path: &Path) -> String {
    path.display().to_string()
}

/// SHA-256, as browsers write it.
fn fingerprint(certificate: &[u8]) -> String {
    let pairs: Vec<_> = Sha256::digest(certificate).iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}
