//! For the tests of the families: a machine that was never there, a door onto a station that reads nothing, and how
//! an exchange is written down.

use std::fmt::Write as _;
use std::sync::Arc;

use sampling::Sources;
use station::{Config, Payload, Station};
use wire::{Facts, Filesystem, Interface, Metric, Sensor, Series, SeriesSet, Snapshot, Total};

use super::Compat;
use crate::door::Shared;

/// When the made-up machine was looked at: 2026-03-01T14:05:09.042Z.
pub(super) const AT_MS: u64 = 1_772_373_909_042;

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// One look at a machine with a disk of 100 GiB, two interfaces that lead out, and a processor that tells how warm
/// it is.
pub(super) fn snapshot() -> Snapshot {
    let readings: [(Metric, &str, Option<f64>, Option<f64>); 17] = [
        (Metric::CpuBusy, "", Some(0.1234), None),
        (Metric::Load1, "", Some(1.5), None),
        (Metric::MemoryTotal, "", Some(16.0 * GIB), None),
        (Metric::MemoryUsed, "", Some(6.0 * GIB), None),
        (Metric::SwapTotal, "", Some(2.0 * GIB), None),
        (Metric::SwapUsed, "", Some(0.5 * GIB), None),
        (Metric::FsTotal, "/", Some(100.0 * GIB), None),
        (Metric::FsUsed, "/", Some(42.5 * GIB), None),
        (Metric::FsTotal, "/home", Some(900.0 * GIB), None),
        (Metric::FsUsed, "/home", Some(90.0 * GIB), None),
        (Metric::NetRx, "eth0", Some(1_500.0), Some(4_000_000.0)),
        (Metric::NetTx, "eth0", Some(800.5), Some(1_000_000.0)),
        (Metric::NetRx, "wlan0", Some(500.0), Some(70_000.0)),
        (Metric::NetTx, "wlan0", None, Some(30_000.0)),
        (Metric::NetRx, "lo", Some(9_999.0), Some(9_999_999.0)),
        (Metric::NetTx, "lo", Some(9_999.0), Some(9_999_999.0)),
        (Metric::Temperature, "k10temp-1", Some(61.25), None),
    ];
    let series = readings.iter().map(|&(metric, device, ..)| Series {
        id: metric.id(device),
        metric: metric.definition().name.to_owned(),
        device: device.to_owned(),
        label: String::new(),
        unit: metric.definition().unit,
    });
    Snapshot {
        sampled_at_ms: AT_MS,
        series: Arc::new(SeriesSet { generation: 1, series: series.collect() }),
        values: readings.iter().map(|(_, _, value, _)| *value).collect(),
        totals: readings.iter().map(|(.., total)| total.map(|count| Total { count, whole: None })).collect(),
        facts: Arc::new(facts()),
        faults: [].into(),
        processes: None,
        details: Vec::new(),
    }
}

fn facts() -> Facts {
    let filesystem = |mount: &str| Filesystem {
        device: mount.to_owned(),
        mount: mount.to_owned(),
        kind: "ext4".to_owned(),
        source: "/dev/nvme0n1p2".to_owned(),
        disk: None,
        stalled: false,
    };
    let interface = |name: &str, kind: &str| Interface {
        device: name.to_owned(),
        name: name.to_owned(),
        kind: kind.to_owned(),
        mac: None,
        addresses: Vec::new(),
        link_bits_per_s: None,
        up: Some(true),
        default_route: name == "eth0",
    };
    let sensor = |device: &str, label: &str| Sensor {
        device: device.to_owned(),
        kind: "temperature".to_owned(),
        label: label.to_owned(),
        chip: "k10temp".to_owned(),
        high_celsius: None,
        critical_celsius: None,
    };
    Facts {
        interval_ms: 1000,
        filesystems: vec![filesystem("/"), filesystem("/home")],
        interfaces: vec![
            interface("eth0", "ethernet"),
            interface("wlan0", "wifi"),
            interface("lo", "loopback"),
        ],
        sensors: vec![sensor("acpitz-1", "Board"), sensor("k10temp-1", "CPU Tctl")],
        ..Facts::default()
    }
}

/// A door's insides without a listener.
pub(super) struct Inside {
    pub(super) station: Station,
    pub(super) shared: Arc<Shared>,
    _folder: tempfile::TempDir,
}

impl Inside {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let config = Config {
            data_dir: folder.path().join("data"),
            sources: Sources::recorded(folder.path().join("machine")),
            version: "test".to_owned(),
        };
        let station = Station::start(config).expect("a station");
        let shared = Shared {
            compat: Compat::new(&station.handle()),
            station: station.handle(),
            closing: tokio_util::sync::CancellationToken::new(),
            tasks: tokio_util::task::TaskTracker::new(),
            tokens: crate::access::Tokens::default(),
            insecure_open: false,
            connections: crate::serve::Connections::default(),
            unproven: crate::unproven::Unproven::default(),
            requests: std::sync::atomic::AtomicU64::new(0),
        };
        Self { station, shared: Arc::new(shared), _folder: folder }
    }
}

/// An exchange as it is kept: `#` what happens, `>` what the client says, `<` what it is told.
#[derive(Debug, Default)]
pub(super) struct Exchange(String);

impl Exchange {
    pub(super) fn happens(&mut self, what: &str) {
        writeln!(self.0, "# {what}").expect("text takes it");
    }

    pub(super) fn said(&mut self, what: &str) {
        writeln!(self.0, "> {what}").expect("text takes it");
    }

    /// Writes down what is told, and empties it. Moments and names that differ each time are left out.
    pub(super) fn told(&mut self, out: &mut Vec<Payload>) {
        for payload in out.drain(..) {
            let text = String::from_utf8(payload.bytes.to_vec()).expect("text");
            let text = blanked(&blanked(&text, "\"client_id\":\"", 36), "\"timestamp\":\"", 24);
            writeln!(self.0, "< {text}").expect("text takes it");
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }
}

/// `text` with the first `length` characters after `before` as an ellipsis.
fn blanked(text: &str, before: &str, length: usize) -> String {
    match text.split_once(before) {
        Some((start, rest)) => format!("{start}{before}…{}", &rest[length..]),
        None => text.to_owned(),
    }
}
