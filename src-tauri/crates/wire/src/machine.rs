//! What a machine is, as far as it is no number that moves.

use serde::{Deserialize, Serialize};

use crate::sensors_absent::SensorsAbsent;

/// What does not change while the machine is up. A machine of another version may leave out all but `id` and `name`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// Random UUID made at the first start; says which machine this is, and proves nothing.
    pub id: String,
    /// Host name.
    pub name: String,
    /// Operating system with its version: `Debian GNU/Linux 12 (bookworm)`.
    #[serde(default)]
    pub os: String,
    /// `linux`, `macos` or `windows`.
    #[serde(default)]
    pub family: String,
    /// Kernel release; `null` where the system tells none.
    pub kernel: Option<String>,
    /// `x86_64`, `aarch64`, …
    #[serde(default)]
    pub arch: String,
    /// Logical cores.
    #[serde(default)]
    pub cores: u32,
    /// Physical cores; `null` where the system does not tell.
    pub physical_cores: Option<u32>,
    /// Model name of the processor.
    pub cpu_model: Option<String>,
    /// Memory the machine can use, in bytes.
    #[serde(default)]
    pub memory_total_bytes: u64,
    /// When it was started, Unix milliseconds.
    #[serde(default)]
    pub booted_at_ms: u64,
    /// `kvm`, `docker`, `wsl`, …: what this machine runs inside. `null` on bare metal, or where it cannot be told.
    pub virtualization: Option<String>,
    /// Its version of Sightline.
    #[serde(default)]
    pub version: String,
    /// It plays a recording, for a demo: nothing of it is real. Absent where it is a real machine.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(as = "Option<bool>", optional))]
    pub demo: bool,
}

/// What is shown beside the numbers but is none: names, kinds, addresses, limits. Travels in key frames.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Facts {
    /// Time between two samples, in milliseconds.
    pub interval_ms: u32,
    /// Disks, in the order in which lanes show them.
    pub disks: Vec<Disk>,
    /// Mounted filesystems a person would count, `/` first, then by mount point.
    pub filesystems: Vec<Filesystem>,
    /// Network interfaces: the default route's first, then by name; loopback last.
    pub interfaces: Vec<Interface>,
    /// Temperature sensors and fans.
    pub sensors: Vec<Sensor>,
    /// Why there are no sensors, when there are none; a sentence for people.
    pub sensors_absent_because: Option<String>,
    /// The code of that sentence.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::known::known")]
    #[cfg_attr(test, ts(optional))]
    #[cfg_attr(any(test, feature = "openapi"), schema(nullable = false))]
    pub sensors_absent: Option<SensorsAbsent>,
    /// Whether the supply's voltage is too low just now, on boards that watch it (Raspberry Pi); `null` elsewhere.
    pub undervolted: Option<bool>,
}

impl Facts {
    /// Sets why there are no sensors on the machine called `name`, which is asked for only then; `None`: there are some.
    pub fn set_sensors_absent(&mut self, absent: Option<SensorsAbsent>, name: impl FnOnce() -> String) {
        self.sensors_absent = absent;
        self.sensors_absent_because = absent.map(|absent| absent.message(&name()));
    }
}

/// One disk. Its series are `disk.<device>.…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Disk {
    /// Device key: serial number, else its WWID, else its name.
    pub device: String,
    /// Kernel's name: `nvme0n1`.
    pub name: String,
    /// Model as the device tells it.
    pub model: Option<String>,
    /// `nvme`, `ssd`, `hdd`, `usb`, `card`, `virtual`, or `disk` where it cannot be told.
    pub kind: String,
    /// Capacity in bytes.
    pub size_bytes: Option<u64>,
}

/// One mounted filesystem. Its series are `fs.<device>.…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Filesystem {
    /// Device key: the mount point, as `mount`.
    pub device: String,
    /// Where it is mounted, without the names of people: `/run/media/…/USB`.
    pub mount: String,
    /// `ext4`, `btrfs`, `nfs4`, …
    pub kind: String,
    /// What is mounted, likewise: `/dev/nvme0n1p2`, `nas:/export`.
    pub source: String,
    /// Device key of the disk it lies on, where that can be told.
    pub disk: Option<String>,
    /// The mount does not answer; its last numbers are kept.
    pub stalled: bool,
}

/// One network interface. Its series are `net.<device>.…`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Interface {
    /// Device key: the MAC address where it has one of its own, else its name.
    pub device: String,
    /// Kernel's name: `wlp1s0`.
    pub name: String,
    /// `ethernet`, `wifi`, `loopback`, `bridge`, `tunnel`, `virtual`, …
    pub kind: String,
    /// MAC address; `null` where there is none.
    pub mac: Option<String>,
    /// Addresses, IPv4 first.
    pub addresses: Vec<String>,
    /// Link speed in bit/s; `null` where the driver tells none.
    pub link_bits_per_s: Option<u64>,
    /// Whether the link is up; `null` where the driver does not tell.
    pub up: Option<bool>,
    /// The default route leaves through this one.
    pub default_route: bool,
}

/// One temperature sensor or fan. Its series is `sensor.<device>.temperature` or `.fan`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Sensor {
    /// Device key: chip and channel, stable over restarts.
    pub device: String,
    /// `temperature` or `fan`.
    pub kind: String,
    /// What a person calls it: `CPU package`.
    pub label: String,
    /// Chip as the kernel names it: `coretemp`.
    pub chip: String,
    /// Above this the maker calls it hot (°C), where the chip tells.
    pub high_celsius: Option<f64>,
    /// Above this the machine protects itself (°C), where the chip tells.
    pub critical_celsius: Option<f64>,
}
