//! The metric catalogue: every number a machine can give, with its unit and its definition.
//!
//! A *metric* is a kind of number (`disk.read`); a *series* is that number of one device (`disk.<serial>.read`).
//! Series ids are stable over restarts and replugging, and the same ids serve the live stream, history,
//! alerts and the exporters. A metric that is not in this table does not exist anywhere else.

use serde::{Deserialize, Serialize};

/// What a value is measured in. Percent does not exist on the wire: ratios are 0..=1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// 0..=1 of a whole.
    Ratio,
    /// Bytes.
    Bytes,
    /// Bytes a second.
    BytesPerS,
    /// Events a second.
    PerS,
    /// How many.
    Count,
    /// Seconds.
    Seconds,
    /// Hertz.
    Hertz,
    /// Degrees Celsius.
    Celsius,
    /// Revolutions a minute.
    Rpm,
    /// A number without a unit, such as the load average.
    None,
}

impl Unit {
    /// Rounds a value as it travels: ratios to 4 decimals, counts and bytes to whole numbers, the rest to 4
    /// significant digits. What is not finite is unknown.
    #[must_use]
    pub fn round(self, value: f64) -> Option<f64> {
        if !value.is_finite() {
            return None;
        }
        Some(match self {
            Unit::Ratio => (value * 1e4).round() / 1e4,
            Unit::Bytes | Unit::Count | Unit::Seconds => value.round(),
            Unit::None => (value * 100.0).round() / 100.0,
            Unit::BytesPerS | Unit::PerS | Unit::Hertz | Unit::Celsius | Unit::Rpm => significant(value, 4),
        })
    }
}

/// `value` with `digits` significant digits: 123 456 becomes 123 500, 0.012 345 becomes 0.012 35.
fn significant(value: f64, digits: i32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let exponent = digits - 1 - value.abs().log10().floor() as i32;
    let scale = 10f64.powi(exponent.abs());
    if exponent >= 0 { (value * scale).round() / scale } else { (value / scale).round() * scale }
}

/// What the catalogue says about one metric.
#[derive(Debug)]
pub struct Definition {
    /// Dotted name; the id of a series without a device.
    pub name: &'static str,
    /// Unit of every value.
    pub unit: Unit,
    /// A short name for screens.
    pub label: &'static str,
    /// What exactly is measured, in one sentence.
    pub about: &'static str,
}

macro_rules! catalogue {
    ($($variant:ident $name:literal $unit:ident $label:literal $about:literal)*) => {
        /// A kind of number. The variants are in catalogue order.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Metric { $(#[doc = $about] $variant),* }

        impl Metric {
            /// Every metric, in catalogue order.
            pub const ALL: &'static [Metric] = &[$(Metric::$variant),*];

            /// Name, unit, label and definition of this metric.
            #[must_use]
            pub const fn definition(self) -> &'static Definition {
                match self {
                    $(Metric::$variant => &Definition { name: $name, unit: Unit::$unit, label: $label, about: $about }),*
                }
            }
        }
    };
}

catalogue! {
    CpuBusy       "cpu.busy"    Ratio "CPU"    "Share of all logical cores' time that was not idle and not waiting for I/O."
    CpuUser       "cpu.user"    Ratio "user"   "Share of time in programs, niced ones included."
    CpuSystem     "cpu.system"  Ratio "system" "Share of time in the kernel, interrupts included."
    CpuIowait     "cpu.iowait"  Ratio "iowait" "Share of time idle while a disk request was outstanding."
    CpuSteal      "cpu.steal"   Ratio "steal"  "Share of time the hypervisor gave to other guests."
    CpuFrequency  "cpu.frequency" Hertz "Clock" "Mean clock of the logical cores."
    CpuContextSwitches "cpu.contextSwitches" PerS "Context switches" "Switches between threads, all cores."
    CpuThrottled  "cpu.throttled" Ratio "Throttled" "Share of the scheduler's periods in which this control group ran into its CPU quota."
    CoreBusy      "cpu.core.busy"   Ratio "core busy"   "Share of one logical core's time that was not idle and not waiting for I/O."
    CoreUser      "cpu.core.user"   Ratio "core user"   "Share of one logical core's time in programs."
    CoreSystem    "cpu.core.system" Ratio "core system" "Share of one logical core's time in the kernel."
    CoreIowait    "cpu.core.iowait" Ratio "core iowait" "Share of one logical core's time idle with a disk request outstanding."
    CoreSteal     "cpu.core.steal"  Ratio "core steal"  "Share of one logical core's time given to other guests."
    Load1         "load.1"  None "Load 1 min"  "Runnable and uninterruptible threads, mean over 1 minute."
    Load5         "load.5"  None "Load 5 min"  "Runnable and uninterruptible threads, mean over 5 minutes."
    Load15        "load.15" None "Load 15 min" "Runnable and uninterruptible threads, mean over 15 minutes."
    PressureCpu        "pressure.cpu"        Ratio "CPU pressure"    "Share of the last 10 s in which some thread waited for a CPU."
    PressureIo         "pressure.io"         Ratio "I/O pressure"    "Share of the last 10 s in which some thread waited for I/O."
    PressureIoFull     "pressure.ioFull"     Ratio "I/O stall"       "Share of the last 10 s in which all runnable threads waited for I/O."
    PressureMemory     "pressure.memory"     Ratio "memory pressure" "Share of the last 10 s in which some thread waited for memory."
    PressureMemoryFull "pressure.memoryFull" Ratio "memory stall"    "Share of the last 10 s in which all runnable threads waited for memory."
    MemoryTotal     "memory.total"     Bytes "total"     "Memory the machine can use, or its control group's limit."
    MemoryUsed      "memory.used"      Bytes "used"      "Total less available: what programs hold and the kernel cannot give back."
    MemoryAvailable "memory.available" Bytes "available" "What programs could still get without swapping, as the kernel estimates it."
    MemoryFree      "memory.free"      Bytes "free"      "Memory that holds nothing at all."
    MemoryCached    "memory.cached"    Bytes "cached"    "File cache and reclaimable kernel memory: given back when programs ask."
    SwapTotal       "swap.total"       Bytes "swap"      "Size of all swap."
    SwapUsed        "swap.used"        Bytes "swap used" "Swap that holds something."
    SwapIn          "swap.in"          BytesPerS "swapped in"  "Read back from swap."
    SwapOut         "swap.out"         BytesPerS "swapped out" "Written to swap."
    DiskRead     "disk.read"     BytesPerS "read"   "Read from this disk by anyone."
    DiskWrite    "disk.write"    BytesPerS "write"  "Written to this disk by anyone."
    DiskReadOps  "disk.readOps"  PerS      "reads"  "Read requests completed."
    DiskWriteOps "disk.writeOps" PerS      "writes" "Write requests completed."
    DiskBusy     "disk.busy"     Ratio     "busy"   "Share of time with at least one request outstanding."
    FsTotal      "fs.total"      Bytes     "size"      "Size of the filesystem."
    FsUsed       "fs.used"       Bytes     "used"      "Space that holds data."
    FsAvailable  "fs.available"  Bytes     "available" "Space an ordinary user can still fill."
    NetRx        "net.rx"        BytesPerS "receive" "Received on this interface."
    NetTx        "net.tx"        BytesPerS "send"    "Sent on this interface."
    NetErrors    "net.errors"    PerS      "errors"  "Packets with errors, both directions."
    NetDrops     "net.drops"     PerS      "drops"   "Packets dropped, both directions."
    Temperature  "sensor.temperature" Celsius "temperature" "What this temperature sensor reports."
    Fan          "sensor.fan"    Rpm       "fan" "What this fan's tachometer reports."
    Uptime       "uptime"        Seconds   "up" "Time since the machine was started."
    Processes    "process.count" Count     "processes" "Processes, kernel threads included."
    Threads      "process.threads" Count   "threads" "Threads of all processes."
    SelfCpu      "self.cpu"      Ratio     "own CPU" "Time of Sightline itself and its children, of one core."
    SelfMemory   "self.memory"   Bytes     "own memory" "Proportional memory (PSS) of Sightline itself and its children."
}

impl Metric {
    /// Id of the series of this metric for `device`: the device key goes before the last word of the name.
    /// An empty key is the machine itself, whose id is the name.
    #[must_use]
    pub fn id(self, device: &str) -> String {
        let name = self.definition().name;
        match name.rsplit_once('.') {
            Some((group, word)) if !device.is_empty() => format!("{group}.{device}.{word}"),
            _ => name.to_owned(),
        }
    }
}

/// One number of one device, as it is announced in a key frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Series {
    /// Stable over restarts and replugging: `cpu.busy`, `cpu.core.3.busy`, `disk.<serial>.read`.
    pub id: String,
    /// Name of the metric: `disk.read`.
    pub metric: String,
    /// Key of the device within its kind: a serial number, a MAC, a core's number. Empty: the machine itself.
    pub device: String,
    /// What a person calls it: `nvme0n1`, `wlp1s0`, `CPU package`.
    pub label: String,
    /// Unit of every value.
    pub unit: Unit,
}

/// The series of one machine, in the order in which their values travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeriesSet {
    /// Changes whenever the set does. Values are only meaningful together with the set of their generation.
    pub generation: u32,
    /// Sorted by kind of device, then as the machine lists them.
    pub series: Vec<Series>,
}

impl SeriesSet {
    /// Where `id` stands in the values, if it is there.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.series.iter().position(|series| series.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_ids_put_the_device_before_the_last_word() {
        let mut names: Vec<_> = Metric::ALL.iter().map(|metric| metric.definition().name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(Metric::CpuBusy.id(""), "cpu.busy");
        assert_eq!(Metric::CoreBusy.id("3"), "cpu.core.3.busy");
        assert_eq!(Metric::DiskRead.id("S4EWNX0R"), "disk.S4EWNX0R.read");
        assert_eq!(Metric::Uptime.id(""), "uptime");
    }

    #[test]
    fn rounding_keeps_what_a_person_can_use() {
        assert_eq!(Unit::Ratio.round(0.123_456), Some(0.1235));
        assert_eq!(Unit::BytesPerS.round(123_456.0), Some(123_500.0));
        assert_eq!(Unit::Celsius.round(61.049_9), Some(61.05));
        assert_eq!(Unit::Bytes.round(7.6), Some(8.0));
        assert_eq!(Unit::PerS.round(0.0), Some(0.0));
        assert_eq!(Unit::Ratio.round(f64::NAN), None);
        assert_eq!(Unit::Hertz.round(f64::INFINITY), None);
    }
}
