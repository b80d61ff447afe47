//! The address of a machine, and the TCP connection to it. Encryption is in [`super::tls`].

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use hyper::http::uri::Authority;
use tokio::net::{TcpStream, lookup_host};
use wire::PORT;

use super::constants::RESPONSE_TIMEOUT;

/// Host and port of a machine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address {
    /// Name or address, IPv6 without brackets.
    host: String,
    port: u16,
}

/// It is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no address with a port, as in 192.168.1.20:7444")]
pub struct BadAddress(String);

/// There is no connection.
#[derive(Debug, thiserror::Error)]
#[error("connect to {address}: {cause}")]
pub struct Unreachable {
    address: Address,
    cause: io::Error,
    no_such_name: bool,
}

impl Address {
    /// `port` of the machine that has this name or address.
    #[must_use]
    pub fn new(host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port }
    }

    /// Parses what a person typed: the default port where there is none.
    ///
    /// # Errors
    /// When it is no address.
    pub fn typed(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        let bare_v6 = text.parse::<Ipv6Addr>().is_ok();
        let whole = if bare_v6 { format!("[{text}]:{PORT}") } else { format!("{text}:{PORT}") };
        text.parse().or_else(|err: BadAddress| whole.parse().map_err(|_| err))
    }

    /// Name or address, IPv6 without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// This computer.
    #[must_use]
    pub fn here(port: u16) -> Self {
        Self { host: Ipv4Addr::LOCALHOST.to_string(), port }
    }

    /// A connection to it, within five seconds.
    pub(crate) async fn connect(&self) -> Result<TcpStream, Unreachable> {
        let unreachable = |cause, no_such_name| Unreachable { address: self.clone(), cause, no_such_name };
        let connecting = async {
            let found = lookup_host((self.host.as_str(), self.port)).await;
            let found: Vec<_> = found.map_err(|cause| unreachable(cause, true))?.collect();
            let stream = TcpStream::connect(found.as_slice()).await;
            stream.map_err(|cause| unreachable(cause, false))
        };
        let connected = tokio::time::timeout(RESPONSE_TIMEOUT, connecting).await;
        let stream = connected.unwrap_or_else(|_| Err(unreachable(io::ErrorKind::TimedOut.into(), false)))?;
        // Messages are small, and answers are waited for.
        stream.set_nodelay(true).map_err(|cause| unreachable(cause, false))?;
        Ok(stream)
    }
}

impl Unreachable {
    /// What the system says.
    #[must_use]
    pub fn cause(&self) -> &io::Error {
        &self.cause
    }

    /// Whether the connection was refused: no program listens there.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        self.cause.kind() == io::ErrorKind::ConnectionRefused
    }

    /// Whether the name cannot be resolved.
    #[must_use]
    pub fn is_no_such_name(&self) -> bool {
        self.no_such_name
    }

    /// The address that was tried.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
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

    #[test]
    fn who_types_no_port_means_the_usual_one() {
        let cases = [
            ("nas", "nas:7444"),
            (" 192.168.1.20 ", "192.168.1.20:7444"),
            ("fe80::1", "[fe80::1]:7444"),
            ("[fe80::1]", "[fe80::1]:7444"),
            ("nas.local:8080", "nas.local:8080"),
        ];
        for (typed, expected) in cases {
            assert_eq!(Address::typed(typed).map(|it| it.to_string()).as_deref(), Ok(expected));
        }
        for wrong in ["", "a b", "nas:", "nas:99999", "you@nas", "nas/path"] {
            assert!(Address::typed(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn an_address_where_nobody_listens_is_told_apart() {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let nobody = Address::here(free).connect().await.unwrap_err();
        assert!(nobody.is_refusal(), "{nobody}");
        assert!(nobody.to_string().starts_with(&format!("connect to 127.0.0.1:{free}: ")), "{nobody}");
        assert!(!nobody.is_no_such_name());
        // RFC 2606 keeps this name free for ever.
        let unnamed = Address::new("nobody.invalid", 1).connect().await.unwrap_err();
        assert!(unnamed.is_no_such_name() && !unnamed.is_refusal(), "{unnamed}");
    }
}
