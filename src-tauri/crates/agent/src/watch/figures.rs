//! What is shown of a machine: the line it says about itself, or the same of its whole snapshot while it is polled.

use lan::client::control::plain;
use serde::Serialize;
use wire::message::{Frame, FullestDisk, SnapshotBody, Summary};
use wire::{Metric, Unit};

/// The numbers of a moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// When they were read, Unix milliseconds, by the machine's own clock.
    pub(crate) sampled_at_ms: u64,
    #[serde(flatten)]
    pub(crate) summary: Summary,
}

/// Those of a frame; nothing where it is none of `summary`.
pub(crate) fn of_frame(frame: Frame) -> Option<Figures> {
    let mut summary: Summary = serde_json::from_value(frame.data).ok()?;
    if let Some(disk) = &mut summary.fullest_disk {
        disk.mount = plain(&disk.mount);
    }
    Some(Figures { sampled_at_ms: frame.sampled_at_ms, summary })
}

/// Those of a snapshot, which tells of no alerts.
pub(crate) fn of_snapshot(body: &SnapshotBody) -> Figures {
    let overview = &body.overview;
    let value = |metric: Metric, device: &str| {
        let id = metric.id(device);
        let at = overview.series.iter().position(|series| series.id == id)?;
        overview.values.get(at).copied().flatten()
    };
    let share = |used: Option<f64>, total: Option<f64>| {
        let (used, total) = (used?, total.filter(|total| *total > 0.0)?);
        Unit::Ratio.round(used / total)
    };
    let sum = |metric: Metric, devices: &[&str]| {
        let known: Vec<f64> = devices.iter().filter_map(|device| value(metric, device)).collect();
        if known.is_empty() { None } else { Unit::BytesPerS.round(known.iter().sum()) }
    };
    let facts = &overview.facts;
    let links: Vec<_> = facts.interfaces.iter().filter(|link| link.kind != "loopback").collect();
    let links: Vec<_> = links.iter().map(|link| link.device.as_str()).collect();
    let disks: Vec<_> = facts.disks.iter().filter(|disk| disk.kind != "virtual").collect();
    let disks: Vec<_> = disks.iter().map(|disk| disk.device.as_str()).collect();
    let moved = [sum(Metric::DiskRead, &disks), sum(Metric::DiskWrite, &disks)];
    let sensors = facts.sensors.iter().filter(|sensor| sensor.kind == "temperature");
    let filesystems = facts.filesystems.iter().map(|fs| FullestDisk {
        mount: plain(&fs.mount),
        used_ratio: share(value(Metric::FsUsed, &fs.device), value(Metric::FsTotal, &fs.device)),
    });
    let summary = Summary {
        cpu_ratio: value(Metric::CpuBusy, ""),
        memory_ratio: share(value(Metric::MemoryUsed, ""), value(Metric::MemoryTotal, "")),
        fullest_disk: filesystems
            .max_by(|a, b| a.used_ratio.unwrap_or(0.0).total_cmp(&b.used_ratio.unwrap_or(0.0))),
        rx_bytes_per_s: sum(Metric::NetRx, &links),
        tx_bytes_per_s: sum(Metric::NetTx, &links),
        disk_bytes_per_s: moved.into_iter().flatten().reduce(|read, written| read + written),
        temperature_celsius: sensors
            .filter_map(|sensor| value(Metric::Temperature, &sensor.device))
            .max_by(f64::total_cmp),
        worst_alert: None,
    };
    Figures { sampled_at_ms: body.sampled_at_ms, summary }
}
