//! Encryption of the connection to a machine: TLS by its own key, or none where a person asked for that.
//!
//! A machine has a self-signed certificate, which no CA has signed. So a connection to one whose key is not known accepts
//! any, and the proofs that follow cover it ([`wire::proof`]): in the middle of two connections nobody has a proof for
//! the other one. After that only this key is accepted. Names and dates of a certificate mean nothing for a pinned key,
//! and are not checked; that the other side has the private key is checked each time.

use std::io;
use std::sync::Arc;

use network::certificate::pin_of;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;
use wire::diagnosis::{Diagnosis, TlsFault};
use wire::endpoint::ALPN;
use wire::limits::TEXT_CHARS;
use wire::pin::{ChannelBinding, Pin};
use wire::text::harmless;

use super::address::{Address, Unreachable};
use super::constants::RESPONSE_TIMEOUT;
use super::secrets::Known;

/// The encryption that a connection has to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Not encrypted.
    Plain,
    /// Encrypted, by whatever key the other side has: a proof that covers it has to follow.
    AnyKey,
    /// Encrypted by this key, and no other.
    Key(Pin),
}

/// Why a connection could not be encrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TlsTrouble {
    /// The key is not the one that was pinned.
    #[error("its key is not the one it had when it was paired")]
    OtherKey,
    /// The other side does not speak TLS.
    #[error("it does not encrypt")]
    NotEncrypted,
    /// Anything else.
    #[error("{0}")]
    Failed(TlsFault),
}

impl From<TlsTrouble> for Diagnosis {
    fn from(trouble: TlsTrouble) -> Self {
        match trouble {
            TlsTrouble::OtherKey => Diagnosis::OtherKey,
            TlsTrouble::NotEncrypted => Diagnosis::NotEncrypted,
            TlsTrouble::Failed(fault) => Diagnosis::TlsFailed { fault },
        }
    }
}

/// There is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    #[error(transparent)]
    Tls(#[from] TlsTrouble),
}

/// A connection, and what tells it from one that somebody else opened.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) carrier: Carrier,
    pub(crate) binding: ChannelBinding,
}

/// Plain TCP, TLS over it, or a socket of this computer.
pub(crate) type Carrier = Either<Either<TcpStream, LocalSocket>, TlsStream<TcpStream>>;

/// The owner's socket; none on Windows.
#[cfg(unix)]
pub(crate) type LocalSocket = tokio::net::UnixStream;
#[cfg(not(unix))]
pub(crate) type LocalSocket = TcpStream;

impl Connection {
    fn plain(tcp: TcpStream) -> Self {
        Self { carrier: Either::Left(Either::Left(tcp)), binding: ChannelBinding::Plain }
    }

    /// By the owner's socket.
    #[cfg(unix)]
    pub(crate) fn local(socket: LocalSocket) -> Self {
        Self { carrier: Either::Left(Either::Right(socket)), binding: ChannelBinding::Plain }
    }
}

impl Privacy {
    /// The encryption for a machine whose links are `secure`, or not. One that was paired before its links were encrypted
    /// has no pin yet: it is given one when it has proven itself over its key ([`super::stream::Stream::pin`]).
    #[must_use]
    pub(crate) fn of(secure: bool, known: Option<&Known>) -> Self {
        match known.and_then(|known| known.token.pin) {
            _ if !secure => Privacy::Plain,
            Some(pin) => Privacy::Key(pin),
            None => Privacy::AnyKey,
        }
    }
}

/// A connection to `address`, within five seconds for TCP and five for TLS.
pub(crate) async fn connect(address: &Address, privacy: Privacy) -> Result<Connection, ConnectError> {
    let tcp = address.connect().await?;
    let pin = match privacy {
        Privacy::Plain => return Ok(Connection::plain(tcp)),
        Privacy::AnyKey => None,
        Privacy::Key(pin) => Some(pin),
    };
    let name =
        ServerName::try_from(address.host().to_owned()).map_err(|_| TlsTrouble::Failed(TlsFault::BadName))?;
    let shaking = TlsConnector::from(config(pin)?).connect(name, tcp);
    let shaken = tokio::time::timeout(RESPONSE_TIMEOUT, shaking).await;
    let stream = shaken.map_err(|_| TlsTrouble::Failed(TlsFault::TimedOut))?.map_err(|err| trouble(&err))?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let pin = certificate.and_then(pin_of).ok_or(TlsTrouble::Failed(TlsFault::BadCertificate))?;
    Ok(Connection { carrier: Either::Right(stream), binding: ChannelBinding::Key(pin) })
}

fn config(pin: Option<Pin>) -> Result<Arc<ClientConfig>, TlsTrouble> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|err| TlsTrouble::Failed(TlsFault::Other { detail: err.to_string() }))?;
    let verifier = Arc::new(KnownKey { pin, provider });
    let mut config = config.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
    config.alpn_protocols = vec![ALPN.to_vec()];
    Ok(Arc::new(config))
}

/// The cause of a failed handshake.
fn trouble(err: &io::Error) -> TlsTrouble {
    match err.get_ref().and_then(|cause| cause.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)) => {
            TlsTrouble::OtherKey
        }
        Some(Error::InvalidMessage(_)) => TlsTrouble::NotEncrypted,
        Some(other) => {
            let detail = harmless(&other.to_string(), TEXT_CHARS).into_owned();
            TlsTrouble::Failed(TlsFault::Other { detail })
        }
        // It closed the connection at the ClientHello.
        None => TlsTrouble::NotEncrypted,
    }
}

/// Accepts the pinned key, or any; the signature of the handshake is checked in any case.
#[derive(Debug)]
struct KnownKey {
    pin: Option<Pin>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for KnownKey {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let found = pin_of(certificate).ok_or(CertificateError::BadEncoding)?;
        if self.pin.is_some_and(|expected| expected != found) {
            return Err(CertificateError::ApplicationVerificationFailure.into());
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
