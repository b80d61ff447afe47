//! Network interfaces.

use std::collections::HashMap;
use std::ffi::OsString;

use sysinfo::{InterfaceOperationalState, NetworkData, Networks};
use wire::{FaultReason, Interface, Metric};

use crate::output::{Collector, Output, Tick};
use crate::rate::Counter;
use crate::text::clean;

/// One reading of every interface's counters a tick.
#[derive(Debug, Default)]
pub(crate) struct Network {
    list: Option<Networks>,
    /// In the order in which they are shown, with the system's own name.
    shown: Vec<(OsString, Interface)>,
    counters: HashMap<OsString, [Counter; 3]>,
}

impl Collector for Network {
    fn collect(&mut self, tick: &Tick<'_>, out: &mut Output<'_>) {
        match &mut self.list {
            None => self.list = Networks::new_with_refreshed_list().ok(),
            Some(list) => list.refresh(true),
        }
        let Some(list) = &self.list else {
            return out.faults.put("network", FaultReason::NOT_ON_THIS_SYSTEM);
        };
        let same =
            list.len() == self.shown.len() && self.shown.iter().all(|(name, _)| list.contains_key(name));
        if tick.slow || !same {
            self.shown = describe(list);
            self.counters.retain(|name, _| list.contains_key(name));
            let facts = self.shown.iter().map(|(_, facts)| facts.clone()).collect();
            out.facts.edit(|draft| draft.interfaces = facts);
        }
        for (name, facts) in &self.shown {
            let Some(data) = list.get(name) else { continue };
            let [rx, tx, errors] = self.counters.entry(name.clone()).or_default();
            let failed = data.total_errors_on_received().saturating_add(data.total_errors_on_transmitted());
            for (metric, counted) in [
                (Metric::NetRx, rx.counted(Some(data.total_received()), tick.clock)),
                (Metric::NetTx, tx.counted(Some(data.total_transmitted()), tick.clock)),
                (Metric::NetErrors, errors.counted(Some(failed), tick.clock)),
            ] {
                out.readings.put_counted(metric, &facts.device, &facts.name, counted);
            }
        }
    }
}

fn describe(list: &Networks) -> Vec<(OsString, Interface)> {
    let mut shown: Vec<_> = list.iter().map(|(name, data)| (name.clone(), one(name, data))).collect();
    shown.sort_by(|(_, a), (_, b)| (a.kind == "loopback", &a.name).cmp(&(b.kind == "loopback", &b.name)));
    let mut count: HashMap<String, usize> = HashMap::new();
    for mac in shown.iter().filter_map(|(_, interface)| interface.mac.clone()) {
        *count.entry(mac).or_default() += 1;
    }
    for (_, interface) in &mut shown {
        if let Some(mac) = interface.mac.as_ref().filter(|mac| count.get(*mac) == Some(&1)) {
            interface.device = mac.clone();
        }
    }
    shown
}

fn one(name: &OsString, data: &NetworkData) -> Interface {
    let name = clean(name.to_string_lossy().as_bytes());
    let mac = data.mac_address().to_string();
    let mut addresses: Vec<_> = data.ip_networks().iter().map(|network| network.addr).collect();
    addresses.sort_by_key(|ip| (ip.is_ipv6(), *ip));
    addresses.dedup();
    let loopback = !addresses.is_empty() && addresses.iter().all(|ip| ip.is_loopback());
    Interface {
        device: name.clone(),
        kind: kind(&name, loopback).to_owned(),
        mac: (!data.mac_address().is_unspecified()).then_some(mac),
        addresses: addresses.iter().map(ToString::to_string).collect(),
        link_bits_per_s: data.receive_link_speed().filter(|speed| *speed > 0),
        up: match data.operational_state() {
            InterfaceOperationalState::Up => Some(true),
            InterfaceOperationalState::Down => Some(false),
            _ => None,
        },
        default_route: false,
        name,
    }
}

/// By the names that macOS and Windows give.
fn kind(name: &str, loopback: bool) -> &'static str {
    let lower = name.to_lowercase();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| lower.starts_with(prefix));
    if loopback || begins(&["lo0", "loopback"]) {
        "loopback"
    } else if begins(&["utun", "ipsec", "ppp", "tun", "wireguard", "tailscale"]) {
        "tunnel"
    } else if begins(&["bridge"]) {
        "bridge"
    } else if begins(&["wi-fi", "wlan"]) {
        "wifi"
    } else if begins(&["vethernet", "awdl", "llw", "anpi", "gif", "stf", "ap1", "veth"]) {
        "virtual"
    } else {
        "ethernet"
    }
}
