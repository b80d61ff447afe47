//! The machine in the format of application managers and device dashboards: `SystemMetrics` and its parts.
//!
//! Fields that may be unknown in that format are `null`; every other number is 0 until it is known. Command lines are
//! used here only: whoever makes a list of processes has to say what the viewer is shown of them.

use serde::Serialize;
use station::Tick;
use utoipa::ToSchema;
use wire::process::Top;
use wire::{Commands, Interface, Metric, Process};

use super::figures::{cpu_rank, main_filesystem, mebibytes, percent, share_percent};
use super::times::Iso;

/// One sample of this machine, in the order of their own fields.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SystemMetrics<'a> {
    /// Busy share of all cores, percent.
    cpu_usage: f64,
    /// Of the package where there is such a sensor, else of a core, °C.
    cpu_temp: Option<f64>,
    cpu_cores: u32,
    /// MiB, as the two that follow the share are.
    memory_usage: f64,
    memory_total: f64,
    memory_percent: f64,
    /// Of the filesystem that holds `/`, MiB.
    storage_usage: Option<f64>,
    storage_total: Option<f64>,
    storage_percent: Option<f64>,
    /// Seconds.
    uptime: u64,
    hostname: &'a str,
    is_undervolted: bool,
    top_processes: Vec<TopProcess<'a>>,
    network_interfaces: Vec<NetworkInterface<'a>>,
    timestamp: Iso,
}

impl<'a> SystemMetrics<'a> {
    /// What `tick` read, as a viewer may see it who is shown `commands`.
    pub(super) fn of(tick: &'a Tick, commands: Commands) -> Self {
        let value = |metric: Metric, device: &str| tick.snapshot.value(&metric.id(device));
        let (used, total) = (value(Metric::MemoryUsed, ""), value(Metric::MemoryTotal, ""));
        let disk = main_filesystem(&tick.snapshot);
        let of_disk = |metric: Metric| value(metric, &disk?.device);
        let (disk_used, disk_total) = (of_disk(Metric::FsUsed), of_disk(Metric::FsTotal));
        Self {
            cpu_usage: percent(value(Metric::CpuBusy, "")).unwrap_or(0.0),
            cpu_temp: cpu_celsius(tick),
            cpu_cores: tick.machine.cores,
            memory_usage: mebibytes(used).unwrap_or(0.0),
            memory_total: mebibytes(total).unwrap_or(0.0),
            memory_percent: share_percent(used, total).unwrap_or(0.0),
            storage_usage: mebibytes(disk_used),
            storage_total: mebibytes(disk_total),
            storage_percent: share_percent(disk_used, disk_total),
            uptime: uptime_seconds(tick),
            hostname: &tick.machine.name,
            is_undervolted: tick.snapshot.facts.undervolted.unwrap_or(false),
            top_processes: top_processes(tick, commands),
            network_interfaces: network_interfaces(tick),
            timestamp: Iso(tick.snapshot.sampled_at_ms),
        }
    }
}

/// One process of the heaviest.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SystemMetricsProcess)]
pub(super) struct TopProcess<'a> {
    pid: u32,
    name: &'a str,
    /// Share of all cores together, percent.
    cpu: f64,
    /// Share of the machine's memory, percent.
    mem: f64,
    /// `null` for viewers who may not see command lines.
    command: Option<&'a str>,
}

impl<'a> TopProcess<'a> {
    fn of(process: &'a Process, tick: &Tick, commands: Commands) -> Self {
        let whole = tick.machine.memory_total_bytes as f64;
        let cores = f64::from(tick.machine.cores.max(1));
        Self {
            pid: process.pid,
            name: &process.name,
            cpu: percent(process.cpu_ratio.map(|ratio| ratio / cores)).unwrap_or(0.0),
            mem: share_percent(Some(process.memory_bytes as f64), Some(whole)).unwrap_or(0.0),
            command: process.command.shown(commands),
        }
    }
}

/// The ten heaviest by CPU, then memory; none before the first process table.
pub(super) fn top_processes(tick: &Tick, commands: Commands) -> Vec<TopProcess<'_>> {
    let Some(table) = tick.snapshot.processes.as_deref() else { return Vec::new() };
    let find = |pid: u32| {
        let at = table.processes.binary_search_by_key(&pid, |process| process.pid).ok()?;
        Some(&table.processes[at])
    };
    let heaviest = Top::of(table).by_cpu.into_iter().filter_map(|top| find(top.pid));
    heaviest.map(|process| TopProcess::of(process, tick, commands)).collect()
}

/// One interface, in the terms of that format.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SystemMetricsInterface)]
pub(super) struct NetworkInterface<'a> {
    name: &'a str,
    /// First address of its kind; empty where there is none, as `ip6` and `mac` are.
    ip4: &'a str,
    ip6: &'a str,
    mac: &'a str,
    /// `wired`, `wireless` or `virtual`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// `up`, `down` or `unknown`.
    operstate: &'static str,
    /// Whether the default route leaves here.
    default: bool,
    /// Bytes since the machine or the interface came up.
    rx_bytes: u64,
    tx_bytes: u64,
    /// Bytes a second.
    rx_sec: f64,
    tx_sec: f64,
}

impl<'a> NetworkInterface<'a> {
    fn of(interface: &'a Interface, tick: &Tick) -> Self {
        let (rx, tx) = (Metric::NetRx.id(&interface.device), Metric::NetTx.id(&interface.device));
        let total = |id: &str| tick.snapshot.total(id).map_or(0, |count| count as u64);
        Self {
            name: &interface.name,
            ip4: address(interface, |text| !is_ip6(text)),
            ip6: address(interface, is_ip6),
            mac: interface.mac.as_deref().unwrap_or(""),
            kind: match interface.kind.as_str() {
                "ethernet" => "wired",
                "wifi" | "mobile" => "wireless",
                _ => "virtual",
            },
            operstate: match interface.up {
                Some(true) => "up",
                Some(false) => "down",
                None => "unknown",
            },
            default: interface.default_route,
            rx_bytes: total(&rx),
            tx_bytes: total(&tx),
            rx_sec: tick.snapshot.value(&rx).unwrap_or(0.0),
            tx_sec: tick.snapshot.value(&tx).unwrap_or(0.0),
        }
    }
}

/// All interfaces, the default route's first, loopback last.
pub(super) fn network_interfaces(tick: &Tick) -> Vec<NetworkInterface<'_>> {
    tick.snapshot.facts.interfaces.iter().map(|interface| NetworkInterface::of(interface, tick)).collect()
}

/// Address and MAC by which other machines know this one: those of the default route's interface.
pub(super) fn own_address(tick: &Tick) -> (&str, &str) {
    let mut interfaces = tick.snapshot.facts.interfaces.iter();
    let Some(interface) = interfaces.find(|interface| interface.default_route) else { return ("", "") };
    // IPv4 stands first.
    let address = interface.addresses.first().map_or("", String::as_str);
    (address, interface.mac.as_deref().unwrap_or(""))
}

/// Time since the machine was started.
pub(super) fn uptime_seconds(tick: &Tick) -> u64 {
    tick.snapshot.sampled_at_ms.saturating_sub(tick.machine.booted_at_ms) / 1000
}

/// The processor's temperature: the package's where it has a sensor, else the first of a core.
fn cpu_celsius(tick: &Tick) -> Option<f64> {
    let sensors = tick.snapshot.facts.sensors.iter().filter_map(|sensor| {
        let celsius = tick.snapshot.value(&Metric::Temperature.id(&sensor.device))?;
        Some((cpu_rank(sensor)?, celsius))
    });
    sensors.min_by_key(|(rank, _)| *rank).map(|(_, celsius)| celsius)
}

fn address(interface: &Interface, wanted: impl Fn(&str) -> bool) -> &str {
    interface.addresses.iter().map(String::as_str).find(|text| wanted(text)).unwrap_or("")
}

fn is_ip6(address: &str) -> bool {
    address.contains(':')
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;
    use crate::compat::example;

    fn pretty(tick: &Tick, commands: Commands) -> String {
        serde_json::to_string_pretty(&SystemMetrics::of(tick, commands)).unwrap() + "\n"
    }

    #[test]
    fn a_machine_has_the_shape_these_clients_know() {
        let tick = example::tick();
        expect_file!["../../golden/system-metrics.json"].assert_eq(&pretty(&tick, Commands::Whole));
    }

    #[test]
    fn command_lines_are_null_in_scope_view_and_nothing_else_differs() {
        let tick = example::tick();
        let mut full: serde_json::Value = serde_json::from_str(&pretty(&tick, Commands::Whole)).unwrap();
        for process in full["top_processes"].as_array_mut().unwrap() {
            assert!(process["command"].is_string(), "{process}");
            process["command"] = serde_json::Value::Null;
        }
        let view: serde_json::Value = serde_json::from_str(&pretty(&tick, Commands::Hidden)).unwrap();
        assert_eq!(view, full);
        let programs = top_processes(&tick, Commands::Programs);
        let whole = top_processes(&tick, Commands::Whole);
        assert!(programs.iter().zip(&whole).all(|(program, whole)| {
            program.command == whole.command.and_then(|whole| whole.split(' ').next())
        }));
        assert!(programs.iter().zip(&whole).any(|(program, whole)| program.command != whole.command));
    }

    #[test]
    fn a_machine_that_tells_little_gives_numbers_where_clients_count_on_them() {
        let tick = example::bare_tick();
        expect_file!["../../golden/system-metrics-bare.json"].assert_eq(&pretty(&tick, Commands::Whole));
    }

    #[test]
    fn the_packages_temperature_goes_before_a_cores_and_other_parts_have_none() {
        let cases = [
            (&["NVMe 1", "CPU core 0", "CPU package"][..], Some(62.0)),
            (&["CPU core 0", "CPU core 1"], Some(60.0)),
            (&["CPU core 0", "CPU Tctl"], Some(61.0)),
            (&["Board", "GPU edge"], None),
        ];
        for (labels, expected) in cases {
            assert_eq!(cpu_celsius(&example::tick_with_sensors(labels)), expected, "{labels:?}");
        }
    }
}
