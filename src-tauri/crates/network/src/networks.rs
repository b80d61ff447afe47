//! Which networks this machine is on, so that sharing can be limited to known ones and asks again on another.
//!
//! A network is known by its prefix and by the MAC address of its gateway: the prefix alone is the same in half of
//! all homes. Nothing is sent to find out; what the system knows is read, in a fraction of a millisecond.

mod interface;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod portable;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use self::interface::Interface;
#[cfg(target_os = "linux")]
use self::linux as system;
#[cfg(not(target_os = "linux"))]
use self::portable as system;

/// What the names of bridges and links begin with that lead to containers and virtual machines of this computer.
const INNER: &[&str] = &[
    "docker",
    "br-",
    "podman",
    "cni",
    "flannel",
    "cali",
    "veth",
    "lxcbr",
    "lxdbr",
    "incusbr",
    "virbr",
    "vnet",
    "vmnet",
    "vboxnet",
    // Those of macOS for its virtual machines; `bridge0` joins sockets of the computer itself.
    "bridge1",
    "vEthernet (WSL",
    "vEthernet (Default Switch",
];
/// Of them, the one that OpenWrt calls its own network by.
const NOT_INNER: &str = "br-lan";

/// One address of this machine, and the network it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// Name of the interface, as people see it.
    pub interface: String,
    /// The machine's own address there.
    pub address: IpAddr,
    /// Network address and length, like `192.168.1.0/24`.
    pub prefix: String,
    /// MAC address of the gateway, like `02:fc:00:00:00:05`; `None` without one, or while the machine has not
    /// spoken with it.
    pub gateway_mac: Option<String>,
    /// Only this network reaches the address: it is a private one, and leads neither to containers nor to virtual
    /// machines of this computer.
    pub local: bool,
}

/// By which a network is known again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NetworkKey {
    /// See [`Network::prefix`].
    pub prefix: String,
    /// See [`Network::gateway_mac`].
    pub gateway_mac: Option<String>,
}

impl Network {
    /// By which it is known again.
    #[must_use]
    pub fn key(&self) -> NetworkKey {
        NetworkKey { prefix: self.prefix.clone(), gateway_mac: self.gateway_mac.clone() }
    }

    /// Whether `address` is one of this network.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        let length = self.prefix.rsplit_once('/').and_then(|(_, length)| length.parse().ok());
        let same_kind = address.is_ipv4() == self.address.is_ipv4();
        same_kind && length.is_some_and(|length| prefix(address, length) == self.prefix)
    }
}

/// Whether an address on an interface of this name is one of a local network: see [`Network::local`].
#[must_use]
pub fn is_local(interface: &str, address: IpAddr) -> bool {
    !is_inner(interface) && is_private(address)
}

/// All addresses of this machine on interfaces that are up, by interface, then those of IPv4 first. Where the system
/// tells nothing, none.
#[must_use]
pub fn networks() -> Vec<Network> {
    judged(system::interfaces())
}

fn judged(interfaces: Vec<Interface>) -> Vec<Network> {
    let mut networks = Vec::new();
    for interface in interfaces.into_iter().filter(|interface| interface.up) {
        networks.extend(interface.addresses.iter().map(|(address, length)| Network {
            interface: interface.name.clone(),
            address: *address,
            prefix: prefix(*address, *length),
            gateway_mac: interface.gateway_mac.clone(),
            local: is_local(&interface.name, *address),
        }));
    }
    networks.sort_by(|a, b| (&a.interface, a.address).cmp(&(&b.interface, b.address)));
    networks.dedup();
    networks
}

fn is_inner(interface: &str) -> bool {
    !interface.starts_with(NOT_INNER) && INNER.iter().any(|start| interface.starts_with(start))
}

/// Whether an address is of those that no router of the internet passes on (RFC 1918, 6598, 4193).
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let shared = address.octets()[0] == 100 && address.octets()[1] & 0xC0 == 64;
            address.is_private() || shared
        }
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

fn prefix(address: IpAddr, length: u8) -> String {
    let network = match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(length.min(32))).unwrap_or(0);
            IpAddr::from(Ipv4Addr::from_bits(address.to_bits() & mask))
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(length.min(128))).unwrap_or(0);
            IpAddr::from(Ipv6Addr::from_bits(address.to_bits() & mask))
        }
    };
    format!("{network}/{length}")
}

#[cfg(test)]
mod tests;
