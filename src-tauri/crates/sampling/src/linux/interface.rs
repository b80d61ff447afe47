//! What a network interface is: `/sys/class/net` and the routing tables. Slow lane.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

use wire::Interface;

use super::file::{self, Buffer, number, text};
use super::parse::{lines, words};
use crate::Sources;
use crate::text::clean;

/// Hardware types of Linux (include/uapi/linux/if_arp.h) that say what an interface is.
const LOOPBACK: i64 = 772;
const TUNNELS: [i64; 6] = [65534, 768, 769, 776, 778, 512];
/// `IFF_LOWER_UP` of an interface says that its carrier is there; `IFF_UP` that it was switched on.
const UP: &str = "up";
/// A routing table of a router on the internet has a million lines; the default route is among the first.
const ROUTES: usize = 4096;

/// What is read once for all interfaces.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    default_route: Option<String>,
    addresses: HashMap<String, Vec<IpAddr>>,
}

impl Surroundings {
    pub(crate) fn look(sources: &Sources) -> Self {
        let mut addresses = if sources.is_live() { live_addresses() } else { recorded_addresses(sources) };
        for list in addresses.values_mut() {
            // IPv4 first, and what only reaches the neighbours last.
            list.sort_by_key(|ip| (ip.is_ipv6(), is_link_local(*ip), *ip));
            list.dedup();
        }
        Self { default_route: default_route(sources), addresses }
    }
}

/// Each of `names`, in their order.
pub(crate) fn describe(sources: &Sources, names: &[&[u8]], surroundings: &Surroundings) -> Vec<Interface> {
    let root = sources.path("sys/class/net");
    let mut interfaces: Vec<_> = names.iter().map(|name| one(&root, &clean(name), surroundings)).collect();
    // A bond lends its address to its members: then it names none of them.
    let mut count: HashMap<String, usize> = HashMap::new();
    for mac in interfaces.iter().filter(|interface| is_real(interface)).filter_map(|real| real.mac.clone()) {
        *count.entry(mac).or_default() += 1;
    }
    for interface in &mut interfaces {
        // 0 is the address it was made with; others are drawn at random for each network, or set by hand.
        let assigned = number(root.join(&interface.name).join("addr_assign_type")).unwrap_or(0);
        if let Some(mac) = &interface.mac
            && is_real(interface)
            && assigned == 0
            && count.get(mac) == Some(&1)
        {
            interface.device = mac.clone();
        }
    }
    interfaces
}

/// The order in which interfaces are shown: the default route's, real ones, made-up ones, loopback.
pub(crate) fn order(interface: &Interface) -> (bool, u8, &str) {
    let rank = match interface.kind.as_str() {
        "loopback" => 2,
        "virtual" => 1,
        _ => 0,
    };
    (!interface.default_route, rank, &interface.name)
}

fn one(root: &Path, name: &str, surroundings: &Surroundings) -> Interface {
    let dir = root.join(name);
    let mac = text(dir.join("address"))
        .filter(|mac| mac.len() == 17 && mac.chars().any(|c| !matches!(c, '0' | ':')));
    // A link that is down, and drivers that do not know, say -1.
    let megabits =
        number(dir.join("speed")).and_then(|speed| u64::try_from(speed).ok()).filter(|speed| *speed > 0);
    let addresses = surroundings.addresses.get(name).map(Vec::as_slice).unwrap_or_default();
    Interface {
        device: name.to_owned(),
        name: name.to_owned(),
        kind: kind(name, &dir).to_owned(),
        mac,
        addresses: addresses.iter().map(IpAddr::to_string).collect(),
        link_bits_per_s: megabits.map(|megabits| megabits * 1_000_000),
        up: up(&dir),
        default_route: surroundings.default_route.as_deref() == Some(name),
    }
}

/// Whether it is a thing with an address of its own; what is made by software has one as long as it lives.
fn is_real(interface: &Interface) -> bool {
    matches!(interface.kind.as_str(), "ethernet" | "wifi" | "mobile")
}

/// Tunnels and loopback say `unknown`; whether they carry is in `carrier`.
fn up(dir: &Path) -> Option<bool> {
    match text(dir.join("operstate")).as_deref() {
        Some(UP) => Some(true),
        Some("unknown") | None => number(dir.join("carrier")).map(|carrier| carrier == 1),
        Some(_) => Some(false),
    }
}

fn kind(name: &str, dir: &Path) -> &'static str {
    let has = |file: &str| dir.join(file).exists();
    let uevent = text(dir.join("uevent")).unwrap_or_default();
    let says = |kind: &str| uevent.contains(kind);
    let hardware = number(dir.join("type"));
    if hardware == Some(LOOPBACK) {
        return "loopback";
    }
    if has("wireless") || has("phy80211") || says("DEVTYPE=wlan") {
        return "wifi";
    }
    if has("bridge") || says("DEVTYPE=bridge") {
        return "bridge";
    }
    if has("bonding") || says("DEVTYPE=bond") {
        return "bond";
    }
    if says("DEVTYPE=vlan") {
        return "vlan";
    }
    if says("DEVTYPE=wwan") {
        return "mobile";
    }
    let tunnel = has("tun_flags") || says("DEVTYPE=wireguard") || says("DEVTYPE=vxlan");
    if tunnel || hardware.is_some_and(|hardware| TUNNELS.contains(&hardware)) {
        // A virtual machine's end of a cable is a tap, and no tunnel a person would count.
        return if name.starts_with("vnet") || name.starts_with("tap") { "virtual" } else { "tunnel" };
    }
    if has("device") { "ethernet" } else { "virtual" }
}

/// The interface of the default route with the best metric; IPv6's where IPv4 has none.
fn default_route(sources: &Sources) -> Option<String> {
    let mut buffer = Buffer::default();
    let table = file::read(&sources.path("proc/net/route"), &mut buffer).unwrap_or_default();
    let best = lines(table).skip(1).take(ROUTES).filter_map(|line| {
        let fields: Vec<_> = words(line).collect();
        let whole = fields.get(1) == Some(&&b"00000000"[..]) && fields.get(7) == Some(&&b"00000000"[..]);
        whole.then(|| Some((super::parse::unsigned(fields.get(6)?)?, clean(fields.first()?)))).flatten()
    });
    if let Some((_, name)) = best.min() {
        return Some(name);
    }
    // Destination, prefix length, source, its length, next hop, metric, …, name.
    let table = file::read(&sources.path("proc/net/ipv6_route"), &mut buffer).unwrap_or_default();
    let best = lines(table).take(ROUTES).filter_map(|line| {
        let fields: Vec<_> = words(line).collect();
        let nowhere = fields.get(9).is_none_or(|name| *name == b"lo");
        let whole = fields.first()?.iter().all(|b| *b == b'0') && fields.get(1) == Some(&&b"00"[..]);
        let metric =
            std::str::from_utf8(fields.get(5)?).ok().and_then(|hex| u64::from_str_radix(hex, 16).ok())?;
        (whole && !nowhere).then(|| (metric, clean(fields[9])))
    });
    best.min().map(|(_, name)| name)
}

fn live_addresses() -> HashMap<String, Vec<IpAddr>> {
    let Ok(networks) = sysinfo::Networks::new_with_refreshed_list() else { return HashMap::new() };
    let addresses =
        |data: &sysinfo::NetworkData| data.ip_networks().iter().map(|network| network.addr).collect();
    networks.iter().map(|(name, data)| (name.to_string_lossy().into_owned(), addresses(data))).collect()
}

/// Recorded machines have `/proc/net/if_inet6` only: the kernel tells IPv4 addresses by netlink alone.
fn recorded_addresses(sources: &Sources) -> HashMap<String, Vec<IpAddr>> {
    let mut addresses: HashMap<String, Vec<IpAddr>> = HashMap::new();
    let mut buffer = Buffer::default();
    for line in lines(file::read(&sources.path("proc/net/if_inet6"), &mut buffer).unwrap_or_default()) {
        let mut fields = words(line);
        let hex = fields.next().and_then(|hex| u128::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        if let (Some(bits), Some(name)) = (hex, fields.last()) {
            addresses.entry(clean(name)).or_default().push(Ipv6Addr::from(bits).into());
        }
    }
    addresses
}

fn is_link_local(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}
