//! Why an address cannot be listened on, and what to do about it.

use std::io;
use std::net::{IpAddr, SocketAddr};

use wire::PORT;

/// The server could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Somebody else listens there.
    #[error("port {port} is taken{}. Use another one: --port {}", by_whom(.holder), port.saturating_add(1))]
    Taken {
        /// The port that was asked for.
        port: u16,
        /// The program that has it, where that is known.
        holder: Option<String>,
    },
    /// Ports below 1024 are for root.
    #[error("port {0} needs root. Use one above 1023: --port {PORT}")]
    Privileged(u16),
    /// The address belongs to another machine, or to none.
    #[error("{0} is not an address of this machine. Listen on one of its own, or on 127.0.0.1")]
    NotOurs(IpAddr),
    /// Anything else.
    #[error("listen on {address}: {cause}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        cause: io::Error,
    },
}

fn by_whom(holder: &Option<String>) -> String {
    holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default()
}
