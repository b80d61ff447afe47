//! Which certificate a connection gets: apps that of the machine's own key, browsers theirs.

use std::fmt;
use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tracing::warn;
use wire::endpoint::ALPN;
use wire::pin::{ChannelBinding, Pin};

use super::key_pair::Pair;

/// What browsers and scripts ask for, or nothing.
const HTTP: &[u8] = b"http/1.1";

/// What encrypts connections. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Offer {
    acceptor: TlsAcceptor,
    machine: Pin,
    browsers: Pin,
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { machine, browsers, .. } = self;
        f.debug_struct("Offer").field("machine", machine).field("browsers", browsers).finish_non_exhaustive()
    }
}

impl Offer {
    /// The key of `machine` for apps, and that of `browsers` for all others.
    pub(super) fn of(machine: &Pair, browsers: &Pair) -> Option<Self> {
        let keys = ByClient { apps: machine.certified(), browsers: browsers.certified() };
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let config = config.with_protocol_versions(&[&TLS13, &TLS12]);
        let config = config.inspect_err(|error| warn!(%error, "links cannot be encrypted"));
        let mut config = config.ok()?.with_no_client_auth().with_cert_resolver(Arc::new(keys));
        config.alpn_protocols = vec![ALPN.to_vec(), HTTP.to_vec()];
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Some(Self { acceptor, machine: machine.pin(), browsers: browsers.pin() })
    }

    /// Encrypts `stream`; and the key that this was done with.
    ///
    /// # Errors
    /// When the handshake fails.
    pub(crate) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
    ) -> io::Result<(TlsStream<S>, ChannelBinding)> {
        let stream = self.acceptor.accept(stream).await?;
        let is_app = stream.get_ref().1.alpn_protocol() == Some(ALPN);
        Ok((stream, ChannelBinding::Key(if is_app { self.machine } else { self.browsers })))
    }
}

/// The keys, by what the client asks for.
#[derive(Debug)]
struct ByClient {
    apps: Arc<CertifiedKey>,
    browsers: Arc<CertifiedKey>,
}

impl ResolvesServerCert for ByClient {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        // Ours is preferred above: whoever names it gets it.
        let is_app = hello.alpn().is_some_and(|mut asked| asked.any(|name| name == ALPN));
        Some(Arc::clone(if is_app { &self.apps } else { &self.browsers }))
    }
}
