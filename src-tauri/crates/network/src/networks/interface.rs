//! A network interface, as each system reports it.

use std::net::IpAddr;

/// One interface, as the system reports it.
#[derive(Debug)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) up: bool,
    /// With the length of the prefix.
    pub(super) addresses: Vec<(IpAddr, u8)>,
    pub(super) gateway_mac: Option<String>,
}
