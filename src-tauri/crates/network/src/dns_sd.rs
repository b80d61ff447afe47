//! DNS-SD over multicast (RFC 6762, 6763), by which machines find each other: what our service is called, and
//! the thread that speaks it, on the networks it may.
//!
//! What it tells is an address and a name, and all that it hears is hearsay.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use mdns_sd::{IfKind, IfPredicate, MDNS_PORT, ServiceDaemon};
use socket2::{Domain, Protocol, Socket, Type};

/// Our service.
pub const SERVICE: &str = "_sightline._tcp.local.";
/// Version of what stands in its TXT record.
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
    /// Another text in each announcement: one that says what was known already would not be noticed.
    pub const TURN: &str = "turn";
}

/// Nothing is said and nothing is heard.
#[derive(Debug, thiserror::Error)]
pub enum Silent {
    /// The port cannot be had.
    #[error(
        "UDP port {MDNS_PORT}, by which machines find each other, cannot be opened: {0}. End the program that keeps \
         it for itself, or add machines by their address"
    )]
    Port(io::Error),
    /// Anything else.
    #[error("machines cannot find each other on this network: {0}")]
    Daemon(#[from] mdns_sd::Error),
}

/// The thread that speaks. It takes its leave when this is dropped, without being waited for.
pub struct Daemon(pub ServiceDaemon);

impl std::fmt::Debug for Daemon {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Daemon")
    }
}

impl Daemon {
    /// Speaks on the interfaces of this name and address for which `speaks` says so, as they come and go.
    ///
    /// # Errors
    /// See [`Silent`]; its text says what to do.
    pub fn start(speaks: impl Fn(&str, IpAddr) -> bool + Send + Sync + 'static) -> Result<Self, Silent> {
        // The daemon goes on without its port, and says nothing of it.
        try_port().map_err(Silent::Port)?;
        let daemon = Self(ServiceDaemon::new()?);
        let chosen = IfPredicate::new(move |interface| speaks(&interface.name, interface.ip()));
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

/// Opens the port and closes it again, beside whoever shares it.
fn try_port() -> io::Result<()> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, MDNS_PORT)).into())
}
