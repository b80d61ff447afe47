//! Where a machine is, and the connection to it. Plain TCP: encryption begins here, once links can be encrypted.

use std::fmt;
use std::io;
use std::net::Ipv4Addr;
use std::str::FromStr;

use hyper::http::uri::Authority;
use tokio::net::TcpStream;

use super::PATIENCE;

/// Host and port of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Name or address, IPv6 without brackets.
    host: String,
    port: u16,
}

/// It is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no address with a port, as in 192.168.1.20:7444")]
pub struct BadAddress(String);

/// Nobody answers there.
#[derive(Debug, thiserror::Error)]
#[error("connect to {address}: {cause}")]
pub struct Unreachable {
    address: Address,
    cause: io::Error,
}

impl Address {
    /// This computer.
    #[must_use]
    pub fn here(port: u16) -> Self {
        Self { host: Ipv4Addr::LOCALHOST.to_string(), port }
    }

    /// A connection to it, within five seconds.
    pub(super) async fn connect(&self) -> Result<TcpStream, Unreachable> {
        let connecting = TcpStream::connect((self.host.as_str(), self.port));
        let connected = tokio::time::timeout(PATIENCE, connecting).await;
        let connected = connected.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        connected.map_err(|cause| Unreachable { address: self.clone(), cause })
    }
}

impl Unreachable {
    /// Whether the machine said that nobody listens there.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.cause.kind() == io::ErrorKind::ConnectionRefused
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let authority = text.parse::<Authority>().ok().filter(|_| !text.contains('@'));
        let found = authority.and_then(|authority| {
            let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
            Some(Self { host, port: authority.port_u16()? })
        });
        found.filter(|address| !address.host.is_empty()).ok_or_else(|| BadAddress(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port } = self;
        if host.contains(':') { write!(f, "[{host}]:{port}") } else { write!(f, "{host}:{port}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_the_same_way() {
        for text in ["192.168.1.20:7444", "[fe80::1]:80", "nas.local:1"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        for text in ["", "nas", ":7444", "nas:", "nas:99999", "you@nas:7444", "nas:1/path", "[::1]", "a b:1"]
        {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn an_address_where_nobody_listens_is_told_apart() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let nobody = Address::here(free).connect().await.unwrap_err();
        assert!(nobody.is_refusal(), "{nobody}");
        assert!(nobody.to_string().starts_with(&format!("connect to 127.0.0.1:{free}: ")), "{nobody}");
    }
}
