//! A machine as it is described for the demo: what it is, what it has, and what it plays.

use serde::Deserialize;
use wire::sensors_absent::SensorsAbsent;
use wire::{Disk, Facts, Filesystem, Interface, Machine, Sensor, Severity};

const GB: f64 = 1e9;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;
const DAY_MS: f64 = 86_400_000.0;

/// One machine.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Groups it is in.
    pub tags: Vec<String>,
    /// `linux`, `macos` or `windows`.
    pub family: String,
    /// Operating system with its version.
    pub os: String,
    kernel: Option<String>,
    arch: String,
    pub(super) cores: u32,
    physical_cores: Option<u32>,
    cpu_model: Option<String>,
    virtualization: Option<String>,
    pub(super) memory_gib: f64,
    /// How long ago it was started.
    up_days: f64,
    /// Chapters of the recording, in order.
    pub(super) plays: Vec<String>,
    /// Seconds it is ahead of the others.
    pub(super) phase: u64,
    /// How much of the recorded CPU time it takes.
    pub(super) cpu: f64,
    /// Used share of memory, in the middle.
    pub(super) memory: f64,
    /// Idle and highest clock.
    pub(super) clock_ghz: [f64; 2],
    disks: Vec<DiskDescription>,
    filesystems: Vec<FilesystemDescription>,
    interfaces: Vec<InterfaceDescription>,
    sensors: Vec<SensorDescription>,
    /// Which processes it has: the name of a cast of [`super::demo`].
    pub(super) processes: String,
    /// What its recorded loads are called here: name, user and command, with a bar between.
    pub(super) workers: Vec<String>,
    /// Its alerts.
    #[serde(default)]
    pub alerts: Vec<AlertDescription>,
}

/// An alert.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertDescription {
    /// Its severity.
    pub severity: Severity,
    /// What happened, in a few words.
    pub title: String,
    /// What exactly, and what to do.
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DiskDescription {
    name: String,
    model: Option<String>,
    kind: String,
    size_gb: f64,
    /// How much of the recorded traffic it has.
    traffic: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FilesystemDescription {
    mount: String,
    kind: String,
    source: String,
    /// Name of the disk.
    disk: Option<String>,
    size_gb: f64,
    /// Used share.
    used: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InterfaceDescription {
    name: String,
    kind: String,
    mac: Option<String>,
    addresses: Vec<String>,
    mbits: Option<u64>,
    /// How much of the recorded traffic it has.
    traffic: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SensorDescription {
    kind: String,
    label: String,
    chip: String,
    /// What it shows when the machine has nothing to do, and when all cores are busy.
    span: [f64; 2],
    high: Option<f64>,
    critical: Option<f64>,
}

/// What of a machine moves with the recording, in the order of its facts.
#[derive(Debug, Default)]
pub(super) struct Moving {
    /// Share of the recorded traffic of each disk.
    pub(super) disks: Vec<f64>,
    /// Bytes and used share of each filesystem.
    pub(super) filesystems: Vec<(f64, f64)>,
    /// Share of the recorded traffic of each interface.
    pub(super) interfaces: Vec<f64>,
    /// Span of each sensor.
    pub(super) sensors: Vec<[f64; 2]>,
}

impl Description {
    pub(super) fn memory_bytes(&self) -> f64 {
        self.memory_gib * GIB
    }

    /// What it is; id and version are the station's to fill.
    pub(super) fn machine(&self, now_ms: u64) -> Machine {
        Machine {
            id: String::new(),
            name: self.name.clone(),
            os: self.os.clone(),
            family: self.family.clone(),
            kernel: self.kernel.clone(),
            arch: self.arch.clone(),
            cores: self.cores,
            physical_cores: self.physical_cores,
            cpu_model: self.cpu_model.clone(),
            memory_total_bytes: self.memory_bytes() as u64,
            booted_at_ms: now_ms.saturating_sub((self.up_days * DAY_MS) as u64),
            virtualization: self.virtualization.clone(),
            version: String::new(),
            demo: true,
        }
    }

    /// What is shown of it beside numbers, and what of that moves.
    pub(super) fn facts(&self) -> (Facts, Moving) {
        let disk_key = |name: &str| format!("{}-{name}", self.name);
        let disks = self.disks.iter().map(|disk| Disk {
            device: disk_key(&disk.name),
            name: disk.name.clone(),
            model: disk.model.clone(),
            kind: disk.kind.clone(),
            size_bytes: Some((disk.size_gb * GB) as u64),
        });
        let filesystems = self.filesystems.iter().map(|fs| Filesystem {
            device: fs.mount.clone(),
            mount: fs.mount.clone(),
            kind: fs.kind.clone(),
            source: fs.source.clone(),
            disk: fs.disk.as_deref().map(disk_key),
            stalled: false,
        });
        let interfaces = self.interfaces.iter().enumerate().map(|(at, interface)| Interface {
            device: interface.mac.clone().unwrap_or_else(|| interface.name.clone()),
            name: interface.name.clone(),
            kind: interface.kind.clone(),
            mac: interface.mac.clone(),
            addresses: interface.addresses.clone(),
            link_bits_per_s: interface.mbits.map(|mbits| mbits * 1_000_000),
            up: Some(true),
            default_route: at == 0,
        });
        let sensors = self.sensors.iter().enumerate().map(|(at, sensor)| Sensor {
            device: format!("{}-{at}", sensor.chip),
            kind: sensor.kind.clone(),
            label: sensor.label.clone(),
            chip: sensor.chip.clone(),
            high_celsius: sensor.high,
            critical_celsius: sensor.critical,
        });
        let mut facts = Facts {
            interval_ms: 0,
            disks: disks.collect(),
            filesystems: filesystems.collect(),
            interfaces: interfaces.collect(),
            sensors: sensors.collect(),
            ..Facts::default()
        };
        facts.set_sensors_absent(self.sensors.is_empty().then_some(SensorsAbsent::NotRecorded), String::new);
        let moving = Moving {
            disks: self.disks.iter().map(|disk| disk.traffic).collect(),
            filesystems: self.filesystems.iter().map(|fs| (fs.size_gb * GB, fs.used)).collect(),
            interfaces: self.interfaces.iter().map(|interface| interface.traffic).collect(),
            sensors: self.sensors.iter().map(|sensor| sensor.span).collect(),
        };
        (facts, moving)
    }
}
