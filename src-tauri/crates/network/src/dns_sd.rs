//! DNS-SD over multicast DNS (RFC 6762, 6763), by which machines find each other: the name of our service, the keys of
//! its TXT record, and the daemon's thread, limited to chosen interfaces.
//!
//! It sends addresses and a name only, and all that it receives is untrusted.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use mdns_sd::{IfKind, IfPredicate, MDNS_PORT, ServiceDaemon};
use socket2::{Domain, Protocol, Socket, Type};
use wire::fault::DiscoveryFailure;

/// Our service.
pub const SERVICE: &str = "_sightline._tcp.local.";
/// Version of its TXT record.
pub const VERSION: &str = "1";

/// Keys of its TXT record.
pub mod key {
    /// The machine's id.
    pub const ID: &str = "id";
    /// The machine's name.
    pub const NAME: &str = "name";
    /// The operating system.
    pub const FAMILY: &str = "family";
    /// See [`super::VERSION`].
    pub const VERSION: &str = "v";
    /// Whether links are encrypted, `0` or `1`.
    pub const TLS: &str = "tls";
    /// A different value in each announcement, because browsers ignore one that repeats what they know.
    pub const TURN: &str = "turn";
}

/// Nothing can be sent or received.
#[derive(Debug, thiserror::Error)]
pub enum DnsSdError {
    /// The port cannot be bound.
    #[error("open UDP port {MDNS_PORT}: {0}")]
    Port(io::Error),
    /// Anything else.
    #[error(transparent)]
    Daemon(#[from] mdns_sd::Error),
}

impl From<DnsSdError> for DiscoveryFailure {
    fn from(error: DnsSdError) -> Self {
        match error {
            DnsSdError::Port(err) => DiscoveryFailure::PortTaken { port: MDNS_PORT, detail: err.to_string() },
            DnsSdError::Daemon(err) => DiscoveryFailure::Other { detail: err.to_string() },
        }
    }
}

/// The daemon's thread. When this is dropped it sends its goodbyes and ends, without being waited for.
pub struct Daemon(pub ServiceDaemon);

impl std::fmt::Debug for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Daemon")
    }
}

impl Daemon {
    /// Uses the interfaces for which `is_used` is true of their name and address, as they come and go.
    ///
    /// # Errors
    /// See [`DnsSdError`]; its text says what to do.
    pub fn start(is_used: impl Fn(&str, IpAddr) -> bool + Send + Sync + 'static) -> Result<Self, DnsSdError> {
        // Without its port, the daemon would run and report no error.
        try_port().map_err(DnsSdError::Port)?;
        let daemon = Self(ServiceDaemon::new()?);
        let chosen = IfPredicate::new(move |interface| is_used(&interface.name, interface.ip()));
        daemon.0.disable_interface(IfKind::All)?;
        daemon.0.enable_interface(IfKind::Predicate(chosen))?;
        Ok(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Err(err) = self.0.shutdown() {
            tracing::debug!(error = %err, "the multicast thread ended before");
        }
    }
}

/// Binds the port and closes it again; other programs may share it.
fn try_port() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, MDNS_PORT)).into())
}
