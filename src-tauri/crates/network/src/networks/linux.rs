//! Linux: addresses by the crate that reads them for the numbers too; the gateway from `/proc/net`.
//!
//! The crate that is asked elsewhere reads leases and the files of NetworkManager here, for each interface.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::net::Ipv4Addr;

use sysinfo::{InterfaceOperationalState, NetworkData, Networks};

use super::interface::Interface;

/// A route that is in use, and leads through a gateway (`linux/route.h`).
const UP_AND_GATEWAY: u32 = 0x1 | 0x2;
/// Address of a neighbour that did not answer.
const NO_MAC: &str = "00:00:00:00:00:00";

pub(super) fn interfaces() -> Vec<Interface> {
    let Ok(networks) = Networks::new_with_refreshed_list() else { return Vec::new() };
    let text = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let gateways = gateways(&text("/proc/net/route"), &text("/proc/net/arp"));
    let interface = |(name, data): (&OsString, &NetworkData)| {
        let name = name.to_string_lossy().into_owned();
        Interface {
            // Tunnels do not tell, and are gone when they are down.
            up: matches!(
                data.operational_state(),
                InterfaceOperationalState::Up | InterfaceOperationalState::Unknown
            ),
            addresses: data.ip_networks().iter().map(|network| (network.addr, network.prefix)).collect(),
            gateway_mac: gateways.get(&name).cloned(),
            name,
        }
    };
    networks.iter().map(interface).collect()
}

/// The MAC address of the gateway behind each interface that has a default route, of the best one where there are
/// more. A gateway of IPv6 is not asked for: the kernel tells it by netlink alone, and a private prefix of IPv6 is
/// random enough to know its network by.
fn gateways(routes: &str, neighbours: &str) -> BTreeMap<String, String> {
    let mut best: BTreeMap<&str, (u32, Ipv4Addr)> = BTreeMap::new();
    for (interface, metric, gateway) in routes.lines().filter_map(default_route) {
        let route = best.entry(interface).or_insert((metric, gateway));
        *route = (*route).min((metric, gateway));
    }
    let mac = |(interface, (_, gateway)): (&str, (u32, Ipv4Addr))| {
        let found = neighbours.lines().filter_map(neighbour);
        let mut found = found.filter(|(at, address, _)| (*at, *address) == (interface, gateway));
        found.next().map(|(_, _, mac)| (interface.to_owned(), mac.to_ascii_lowercase()))
    };
    best.into_iter().filter_map(mac).collect()
}

/// Interface, metric and gateway, where a line of `/proc/net/route` is a default route. Addresses there are hex of
/// the bytes as they lie in memory.
fn default_route(line: &str) -> Option<(&str, u32, Ipv4Addr)> {
    let fields: Vec<_> = line.split_ascii_whitespace().collect();
    let &[interface, destination, gateway, flags, _, _, metric, mask, ..] = fields.as_slice() else {
        return None;
    };
    let hex = |text| u32::from_str_radix(text, 16).ok();
    let flags = hex(flags)?;
    let whole = hex(destination)? == 0 && hex(mask)? == 0;
    let gateway = Ipv4Addr::from(hex(gateway)?.to_ne_bytes());
    (whole && flags & UP_AND_GATEWAY == UP_AND_GATEWAY).then_some((interface, metric.parse().ok()?, gateway))
}

/// Interface, address and MAC address of a line of `/proc/net/arp`.
fn neighbour(line: &str) -> Option<(&str, Ipv4Addr, &str)> {
    let fields: Vec<_> = line.split_ascii_whitespace().collect();
    let &[address, _, _, mac, _, interface] = fields.as_slice() else { return None };
    (mac != NO_MAC).then_some((interface, address.parse().ok()?, mac))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A laptop by cable and Wi-Fi, with a VPN and containers.
    const ROUTES: &str = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0                                                                               
eth0\t00000000\tFE01A8C0\t0003\t0\t0\t20100\t00000000\t0\t0\t0                                                                               
wlan0\t00000000\t0102A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0                                                                               
wg0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0                                                                               
eth0\t0000000A\t0501A8C0\t0003\t0\t0\t0\t000000FF\t0\t0\t0                                                                               
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0                                                                               
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0                                                                               
";
    const NEIGHBOURS: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.254    0x1         0x2         02:00:00:00:00:fe     *        eth0
192.168.1.1      0x1         0x2         02:FC:00:00:00:05     *        eth0
192.168.1.1      0x1         0x2         02:00:00:00:00:99     *        wlan0
192.168.2.1      0x1         0x0         00:00:00:00:00:00     *        wlan0
172.17.0.2       0x1         0x2         02:42:ac:11:00:02     *        docker0
";

    #[test]
    #[cfg(target_endian = "little")]
    fn the_gateway_of_each_interface_is_that_of_its_best_default_route() {
        let found = gateways(ROUTES, NEIGHBOURS);
        // That of the Wi-Fi did not answer yet, the VPN has none, and other routes do not count.
        assert_eq!(found, BTreeMap::from([("eth0".to_owned(), "02:fc:00:00:00:05".to_owned())]));
        let answered = NEIGHBOURS.replace("0x0         00:00:00:00:00:00", "0x2         02:00:00:00:00:77");
        assert_eq!(gateways(ROUTES, &answered).get("wlan0").map(String::as_str), Some("02:00:00:00:00:77"));
        assert!(gateways(ROUTES, "").is_empty() && gateways("", NEIGHBOURS).is_empty());
    }
}
