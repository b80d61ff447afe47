//! For tests: a made-up machine, each of whose numbers is distinct.

use std::sync::Arc;

use station::Tick;
use wire::{
    Facts, Filesystem, Interface, Machine, Metric, Process, ProcessState, ProcessTable, Sensor, Series,
    SeriesSet, Snapshot, Total,
};

/// When it was read: 2023-11-14T22:13:20.250Z.
pub(super) const SAMPLED_AT_MS: u64 = 1_700_000_000_250;

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// A machine with every value.
pub(super) fn tick() -> Tick {
    let facts = Facts {
        interval_ms: 1000,
        filesystems: vec![filesystem("/"), filesystem("/data")],
        interfaces: vec![
            interface(
                "enp3s0",
                "ethernet",
                Some("52:54:00:12:34:56"),
                &["192.0.2.7", "2001:db8::7", "fe80::7"],
            ),
            Interface {
                default_route: false,
                up: None,
                ..interface("wlp2s0", "wifi", Some("52:54:00:65:43:21"), &["fe80::8"])
            },
            Interface {
                default_route: false,
                up: Some(false),
                ..interface("docker0", "bridge", None, &["172.17.0.1"])
            },
            Interface { default_route: false, ..interface("lo", "loopback", None, &["127.0.0.1", "::1"]) },
        ],
        sensors: vec![sensor("NVMe"), sensor("CPU core 0"), sensor("CPU package")],
        undervolted: Some(true),
        ..Facts::default()
    };
    let values = [
        (Metric::CpuBusy, "", 0.1234, None),
        (Metric::MemoryTotal, "", 8.0 * GIB, None),
        (Metric::MemoryUsed, "", 3.0 * GIB, None),
        (Metric::FsTotal, "/", 100.0 * GIB, None),
        (Metric::FsUsed, "/", 25.5 * GIB, None),
        (Metric::FsTotal, "/data", 1000.0 * GIB, None),
        (Metric::FsUsed, "/data", 900.0 * GIB, None),
        (Metric::NetRx, "enp3s0", 1_234.0, Some(9_876_543_210.0)),
        (Metric::NetTx, "enp3s0", 567.0, Some(1_234_567_890.0)),
        (Metric::NetRx, "lo", 10.0, Some(11.0)),
        (Metric::NetTx, "lo", 12.0, Some(13.0)),
        (Metric::Temperature, "NVMe", 40.0, None),
        (Metric::Temperature, "CPU core 0", 60.0, None),
        (Metric::Temperature, "CPU package", 61.5, None),
    ];
    let processes = vec![
        process(1, "systemd", 0.0, 13.0, "/sbin/init"),
        process(812, "sshd", 0.004, 8.0, "sshd: /usr/sbin/sshd -D [listener]"),
        process(1200, "worker", 3.2, 512.0, "/usr/bin/worker --threads 4 --token ***"),
        process(1201, "reader", 0.004, 64.0, "/usr/bin/reader"),
        process(2000, "kworker/0:1", 0.0, 0.0, ""),
    ];
    made(facts, &values, Some(processes))
}

/// One with required values only.
pub(super) fn bare_tick() -> Tick {
    let nobody = Interface { default_route: false, up: None, ..interface("eth0", "virtual", None, &[]) };
    made(Facts { interval_ms: 1000, interfaces: vec![nobody], ..Facts::default() }, &[], None)
}

/// One with temperature sensors of these labels: 60 °C, 61 °C, …
pub(super) fn tick_with_sensors(labels: &[&str]) -> Tick {
    let sensors = labels.iter().map(|label| sensor(label)).collect();
    let celsius = labels.iter().zip(60u8..);
    let values: Vec<_> =
        celsius.map(|(label, celsius)| (Metric::Temperature, *label, f64::from(celsius), None)).collect();
    made(Facts { interval_ms: 1000, sensors, ..Facts::default() }, &values, None)
}

fn made(facts: Facts, values: &[(Metric, &str, f64, Option<f64>)], processes: Option<Vec<Process>>) -> Tick {
    let series = values.iter().map(|(metric, device, ..)| Series {
        id: metric.id(device),
        metric: metric.definition().name.to_owned(),
        device: (*device).to_owned(),
        label: (*device).to_owned(),
        unit: metric.definition().unit,
    });
    let total = |count: &Option<f64>| count.map(|count| Total { count, whole: None });
    let snapshot = Snapshot {
        sampled_at_ms: SAMPLED_AT_MS,
        series: Arc::new(SeriesSet { generation: 0, series: series.collect() }),
        values: values.iter().map(|(_, _, value, _)| Some(*value)).collect(),
        totals: values.iter().map(|(.., count)| total(count)).collect(),
        facts: Arc::new(facts),
        faults: [].into(),
        processes: processes
            .map(|processes| Arc::new(ProcessTable { sampled_at_ms: SAMPLED_AT_MS, processes })),
        details: Vec::new(),
    };
    let machine = Machine {
        id: "8f14e45f-ceea-467f-a9c3-30b1b2c3d4e5".to_owned(),
        name: "kitchen".to_owned(),
        os: "Debian GNU/Linux 13 (trixie)".to_owned(),
        family: "linux".to_owned(),
        kernel: Some("6.12.0".to_owned()),
        arch: "x86_64".to_owned(),
        cores: 4,
        physical_cores: Some(4),
        cpu_model: None,
        memory_total_bytes: 8 * 1024 * 1024 * 1024,
        booted_at_ms: SAMPLED_AT_MS - 86_400_000,
        virtualization: None,
        version: "test".to_owned(),
        demo: false,
    };
    Tick::after(None, snapshot, &Arc::new(machine))
}

fn filesystem(mount: &str) -> Filesystem {
    Filesystem {
        device: mount.to_owned(),
        mount: mount.to_owned(),
        kind: "ext4".to_owned(),
        source: "/dev/nvme0n1p2".to_owned(),
        disk: None,
        stalled: false,
    }
}

fn interface(name: &str, kind: &str, mac: Option<&str>, addresses: &[&str]) -> Interface {
    Interface {
        device: name.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        mac: mac.map(str::to_owned),
        addresses: addresses.iter().map(|address| (*address).to_owned()).collect(),
        link_bits_per_s: None,
        up: Some(true),
        default_route: true,
    }
}

fn sensor(label: &str) -> Sensor {
    Sensor {
        device: label.to_owned(),
        kind: "temperature".to_owned(),
        label: label.to_owned(),
        chip: "chip".to_owned(),
        high_celsius: None,
        critical_celsius: None,
    }
}

fn process(pid: u32, name: &str, cpu_ratio: f64, memory_mib: f64, command: &str) -> Process {
    Process {
        pid,
        started_at_ms: SAMPLED_AT_MS - 1_000,
        parent_pid: Some(1),
        name: name.into(),
        state: ProcessState::Sleeping,
        cpu_ratio: Some(cpu_ratio),
        memory_bytes: (memory_mib * 1024.0 * 1024.0) as u64,
        read_bytes_per_s: None,
        write_bytes_per_s: None,
        threads: 1,
        user: "root".into(),
        command: command.into(),
    }
}
