//! macOS and Windows: all by one crate.

use std::net::IpAddr;

use netdev::interface::state::OperState;

use super::interface::Interface;

pub(super) fn interfaces() -> Vec<Interface> {
    netdev::get_interfaces().into_iter().map(interface).collect()
}

fn interface(found: netdev::Interface) -> Interface {
    let v4 = found.ipv4.iter().map(|network| (IpAddr::from(network.addr()), network.prefix_len()));
    let v6 = found.ipv6.iter().map(|network| (IpAddr::from(network.addr()), network.prefix_len()));
    // A gateway that did not answer yet is told as all zeros.
    let mac = found.gateway.as_ref().map(|gateway| gateway.mac_addr.octets());
    let mac = mac.filter(|mac| *mac != [0; 6]);
    Interface {
        up: matches!(found.oper_state, OperState::Up | OperState::Unknown),
        addresses: v4.chain(v6).collect(),
        gateway_mac: mac.map(|mac| mac.map(|byte| format!("{byte:02x}")).join(":")),
        // On Windows the name is a number that no person knows.
        name: found.friendly_name.filter(|_| cfg!(windows)).unwrap_or(found.name),
    }
}
