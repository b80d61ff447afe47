//! What every metric of the catalogue is called in Prometheus: one table.
//!
//! Where there is a running total, the total is exposed and not our rate: Prometheus makes rates over any time.
//! Conventions: opentelemetry.io/docs/specs/semconv/system/system-metrics and …/hardware. They know no load, no
//! pressure, no swapped bytes and no CPU quota; those names follow the others' pattern. Names that end in
//! `_count` are reserved by Prometheus, so processes are `system_processes`.

use std::collections::HashMap;

use wire::{Metric, Series, Snapshot};

use super::text::{Family, Kind, Text};

/// A family and the metrics it is made of.
#[derive(Debug)]
struct Entry {
    family: Family,
    device: Device,
    rows: &'static [Row],
}

/// How the device of a series becomes labels.
#[derive(Debug, Clone, Copy)]
enum Device {
    /// The machine itself.
    None,
    /// `cpu="0"`.
    Core,
    /// `device="eth0"`: the name the system gives it.
    Named,
    /// `device`, `mountpoint` and `type`.
    Mount,
    /// `id` and `name`.
    Sensor,
}

/// One metric in a family.
#[derive(Debug)]
struct Row {
    metric: Metric,
    reading: Reading,
    labels: &'static [(&'static str, &'static str)],
}

/// Which number of a series is exposed.
#[derive(Debug)]
enum Reading {
    Value,
    /// The value less those of other metrics of the same device; never below 0.
    ValueLess(&'static [Metric]),
    Total,
    /// What the total is a part of.
    Whole,
    /// What the total is a part of, less it and less the totals of other metrics of the same device.
    Rest(&'static [Metric]),
}

use Reading::{Rest, Total, Value, ValueLess, Whole};

const fn entry(
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    help: &'static str,
    device: Device,
    rows: &'static [Row],
) -> Entry {
    Entry { family: Family { name, kind, unit, help }, device, rows }
}

const fn row(metric: Metric, reading: Reading, labels: &'static [(&'static str, &'static str)]) -> Row {
    Row { metric, reading, labels }
}

const TABLE: &[Entry] = &[
    entry(
        "system_cpu_time_seconds",
        Kind::Counter,
        "seconds",
        "Time of each logical core by state; user includes nice, system includes interrupts.",
        Device::Core,
        &[
            row(Metric::CoreUser, Total, &[("state", "user")]),
            row(Metric::CoreSystem, Total, &[("state", "system")]),
            row(Metric::CoreIowait, Total, &[("state", "iowait")]),
            row(Metric::CoreSteal, Total, &[("state", "steal")]),
            row(Metric::CoreBusy, Rest(&[Metric::CoreIowait]), &[("state", "idle")]),
        ],
    ),
    entry(
        "system_cpu_utilization_ratio",
        Kind::Gauge,
        "ratio",
        "Share of each logical core's time since the last sample that was not idle and not waiting for I/O.",
        Device::Core,
        &[row(Metric::CoreBusy, Value, &[])],
    ),
    entry(
        "system_cpu_frequency_hertz",
        Kind::Gauge,
        "hertz",
        "Mean clock of the logical cores.",
        Device::None,
        &[row(Metric::CpuFrequency, Value, &[])],
    ),
    entry(
        "system_cpu_context_switches",
        Kind::Counter,
        "",
        "Switches between threads, all cores.",
        Device::None,
        &[row(Metric::CpuContextSwitches, Total, &[])],
    ),
    entry(
        "system_cpu_quota_periods",
        Kind::Counter,
        "",
        "Scheduler periods of this control group.",
        Device::None,
        &[row(Metric::CpuThrottled, Whole, &[])],
    ),
    entry(
        "system_cpu_quota_throttled_periods",
        Kind::Counter,
        "",
        "Scheduler periods in which this control group ran into its CPU quota.",
        Device::None,
        &[row(Metric::CpuThrottled, Total, &[])],
    ),
    entry(
        "system_cpu_load_average_1m",
        Kind::Gauge,
        "",
        "Runnable and uninterruptible threads, mean over 1 minute.",
        Device::None,
        &[row(Metric::Load1, Value, &[])],
    ),
    entry(
        "system_cpu_load_average_5m",
        Kind::Gauge,
        "",
        "Runnable and uninterruptible threads, mean over 5 minutes.",
        Device::None,
        &[row(Metric::Load5, Value, &[])],
    ),
    entry(
        "system_cpu_load_average_15m",
        Kind::Gauge,
        "",
        "Runnable and uninterruptible threads, mean over 15 minutes.",
        Device::None,
        &[row(Metric::Load15, Value, &[])],
    ),
    entry(
        "system_pressure_time_seconds",
        Kind::Counter,
        "seconds",
        "Time in which some thread, or all runnable threads at once (full), waited for a resource.",
        Device::None,
        &[
            row(Metric::PressureCpu, Total, &[("resource", "cpu"), ("kind", "some")]),
            row(Metric::PressureIo, Total, &[("resource", "io"), ("kind", "some")]),
            row(Metric::PressureIoFull, Total, &[("resource", "io"), ("kind", "full")]),
            row(Metric::PressureMemory, Total, &[("resource", "memory"), ("kind", "some")]),
            row(Metric::PressureMemoryFull, Total, &[("resource", "memory"), ("kind", "full")]),
        ],
    ),
    entry(
        "system_memory_usage_bytes",
        Kind::Gauge,
        "bytes",
        "Memory by state: held by programs, holding nothing, and cache that is given back when asked for.",
        Device::None,
        &[
            row(Metric::MemoryUsed, Value, &[("state", "used")]),
            row(Metric::MemoryFree, Value, &[("state", "free")]),
            row(Metric::MemoryCached, Value, &[("state", "cached")]),
        ],
    ),
    entry(
        "system_memory_limit_bytes",
        Kind::Gauge,
        "bytes",
        "Memory the machine can use, or its control group's limit.",
        Device::None,
        &[row(Metric::MemoryTotal, Value, &[])],
    ),
    // The conventions call it `system.memory.linux.available`; other systems tell it too.
    entry(
        "system_memory_available_bytes",
        Kind::Gauge,
        "bytes",
        "What programs could still get without swapping, as the system estimates it.",
        Device::None,
        &[row(Metric::MemoryAvailable, Value, &[])],
    ),
    entry(
        "system_paging_usage_bytes",
        Kind::Gauge,
        "bytes",
        "Swap by state.",
        Device::None,
        &[
            row(Metric::SwapUsed, Value, &[("state", "used")]),
            row(Metric::SwapTotal, ValueLess(&[Metric::SwapUsed]), &[("state", "free")]),
        ],
    ),
    entry(
        "system_paging_io_bytes",
        Kind::Counter,
        "bytes",
        "Read back from swap (in) and written to it (out).",
        Device::None,
        &[
            row(Metric::SwapIn, Total, &[("direction", "in")]),
            row(Metric::SwapOut, Total, &[("direction", "out")]),
        ],
    ),
    entry(
        "system_disk_io_bytes",
        Kind::Counter,
        "bytes",
        "Read from and written to this disk by anyone.",
        Device::Named,
        &[
            row(Metric::DiskRead, Total, &[("direction", "read")]),
            row(Metric::DiskWrite, Total, &[("direction", "write")]),
        ],
    ),
    entry(
        "system_disk_operations",
        Kind::Counter,
        "",
        "Requests that this disk completed.",
        Device::Named,
        &[
            row(Metric::DiskReadOps, Total, &[("direction", "read")]),
            row(Metric::DiskWriteOps, Total, &[("direction", "write")]),
        ],
    ),
    entry(
        "system_disk_io_time_seconds",
        Kind::Counter,
        "seconds",
        "Time with at least one request outstanding.",
        Device::Named,
        &[row(Metric::DiskBusy, Total, &[])],
    ),
    entry(
        "system_filesystem_usage_bytes",
        Kind::Gauge,
        "bytes",
        "Space by state; reserved is what only root can fill. A mount that does not answer is not told.",
        Device::Mount,
        &[
            row(Metric::FsUsed, Value, &[("state", "used")]),
            row(Metric::FsAvailable, Value, &[("state", "free")]),
            row(Metric::FsTotal, ValueLess(&[Metric::FsUsed, Metric::FsAvailable]), &[("state", "reserved")]),
        ],
    ),
    entry(
        "system_filesystem_limit_bytes",
        Kind::Gauge,
        "bytes",
        "Size of the filesystem. A mount that does not answer is not told.",
        Device::Mount,
        &[row(Metric::FsTotal, Value, &[])],
    ),
    entry(
        "system_network_io_bytes",
        Kind::Counter,
        "bytes",
        "Received and sent on this interface.",
        Device::Named,
        &[
            row(Metric::NetRx, Total, &[("direction", "receive")]),
            row(Metric::NetTx, Total, &[("direction", "transmit")]),
        ],
    ),
    entry(
        "system_network_errors",
        Kind::Counter,
        "",
        "Packets with errors, both directions.",
        Device::Named,
        &[row(Metric::NetErrors, Total, &[])],
    ),
    entry(
        "system_network_packet_dropped",
        Kind::Counter,
        "",
        "Packets dropped though they had no error, both directions.",
        Device::Named,
        &[row(Metric::NetDrops, Total, &[])],
    ),
    entry(
        "hw_temperature_celsius",
        Kind::Gauge,
        "celsius",
        "What this temperature sensor reports.",
        Device::Sensor,
        &[row(Metric::Temperature, Value, &[])],
    ),
    entry(
        "hw_fan_speed_rpm",
        Kind::Gauge,
        "rpm",
        "Turns a minute that this fan's tachometer reports.",
        Device::Sensor,
        &[row(Metric::Fan, Value, &[])],
    ),
    entry(
        "system_uptime_seconds",
        Kind::Gauge,
        "seconds",
        "Time since the machine was started.",
        Device::None,
        &[row(Metric::Uptime, Value, &[])],
    ),
    entry(
        "system_processes",
        Kind::Gauge,
        "",
        "Processes, kernel threads included.",
        Device::None,
        &[row(Metric::Processes, Value, &[])],
    ),
    entry(
        "system_threads",
        Kind::Gauge,
        "",
        "Threads of all processes.",
        Device::None,
        &[row(Metric::Threads, Value, &[])],
    ),
    entry(
        "sightline_cpu_time_seconds",
        Kind::Counter,
        "seconds",
        "CPU time of Sightline itself and its children.",
        Device::None,
        &[row(Metric::SelfCpu, Total, &[])],
    ),
    entry(
        "sightline_memory_usage_bytes",
        Kind::Gauge,
        "bytes",
        "Proportional memory (PSS) of Sightline itself and its children.",
        Device::None,
        &[row(Metric::SelfMemory, Value, &[])],
    ),
];

/// Metrics of the catalogue that are not exposed, and why.
#[cfg(test)]
const LEFT_OUT: &[(Metric, &str)] = &[
    (Metric::CpuBusy, "the mean of system_cpu_utilization_ratio"),
    (Metric::CpuUser, "the sum of system_cpu_time_seconds over the cores"),
    (Metric::CpuSystem, "the sum of system_cpu_time_seconds over the cores"),
    (Metric::CpuIowait, "the sum of system_cpu_time_seconds over the cores"),
    (Metric::CpuSteal, "the sum of system_cpu_time_seconds over the cores"),
];

/// Writes the samples of the table for this snapshot.
pub(super) fn of_the_catalogue(text: &mut Text, snapshot: &Snapshot) {
    let readings = Readings::of(snapshot);
    for entry in TABLE {
        text.family(&entry.family);
        for row in entry.rows {
            for at in readings.of_metric(row.metric) {
                let series = &snapshot.series.series[at];
                let Some(value) = readings.read(&row.reading, at) else { continue };
                let fixed = row.labels.iter().copied();
                match entry.device {
                    Device::None => text.sample(fixed, value),
                    Device::Core => text.sample([("cpu", &*series.device)].into_iter().chain(fixed), value),
                    Device::Named => {
                        text.sample([("device", &*series.label)].into_iter().chain(fixed), value)
                    }
                    Device::Sensor => {
                        let labels = [("id", &*series.device), ("name", &*series.label)];
                        text.sample(labels.into_iter().chain(fixed), value);
                    }
                    Device::Mount => {
                        let mut mounts = snapshot.facts.filesystems.iter();
                        // The last numbers of a mount that stalled are no longer known to be so.
                        let mount = mounts.find(|mount| mount.device == series.device && !mount.stalled);
                        let Some(mount) = mount else { continue };
                        let labels = [
                            ("device", &*mount.source),
                            ("mountpoint", &*mount.mount),
                            ("type", &*mount.kind),
                        ];
                        text.sample(labels.into_iter().chain(fixed), value);
                    }
                }
            }
        }
    }
}

/// A snapshot by metric.
struct Readings<'s> {
    snapshot: &'s Snapshot,
    places: HashMap<&'s str, Vec<usize>>,
}

impl<'s> Readings<'s> {
    fn of(snapshot: &'s Snapshot) -> Self {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, series) in snapshot.series.series.iter().enumerate() {
            places.entry(&series.metric).or_default().push(at);
        }
        Self { snapshot, places }
    }

    /// Where the series of `metric` are.
    fn of_metric(&self, metric: Metric) -> impl Iterator<Item = usize> {
        self.places.get(metric.definition().name).into_iter().flatten().copied()
    }

    fn read(&self, reading: &Reading, at: usize) -> Option<f64> {
        let others = |metrics: &[Metric], read: &dyn Fn(usize) -> Option<f64>| -> Option<f64> {
            metrics.iter().map(|metric| read(self.beside(at, *metric)?)).sum()
        };
        match reading {
            Value => self.value(at),
            ValueLess(metrics) => Some((self.value(at)? - others(metrics, &|at| self.value(at))?).max(0.0)),
            Total => self.total(at),
            Whole => self.whole(at),
            Rest(metrics) => {
                let rest = self.whole(at)? - self.total(at)? - others(metrics, &|at| self.total(at))?;
                // Of hundredths of a second, which binary fractions only come close to.
                Some((rest * 1e6).round() / 1e6)
            }
        }
    }

    fn value(&self, at: usize) -> Option<f64> {
        self.snapshot.values.get(at).copied().flatten()
    }

    fn total(&self, at: usize) -> Option<f64> {
        Some(self.snapshot.totals.get(at).copied().flatten()?.count)
    }

    fn whole(&self, at: usize) -> Option<f64> {
        self.snapshot.totals.get(at).copied().flatten()?.whole
    }

    /// Where `metric` of the same device is.
    fn beside(&self, at: usize, metric: Metric) -> Option<usize> {
        let device = |at: usize| -> &Series { &self.snapshot.series.series[at] };
        self.of_metric(metric).find(|other| device(*other).device == device(at).device)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_metric_of_the_catalogue_is_told_or_left_out_for_a_reason() {
        let told: BTreeSet<Metric> =
            TABLE.iter().flat_map(|entry| entry.rows).map(|row| row.metric).collect();
        let left_out: BTreeSet<Metric> = LEFT_OUT.iter().map(|(metric, _)| *metric).collect();
        for metric in Metric::ALL {
            let ways = usize::from(told.contains(metric)) + usize::from(left_out.contains(metric));
            assert_eq!(ways, 1, "{metric:?} must stand in TABLE or in LEFT_OUT, and not in both");
        }
        assert!(LEFT_OUT.iter().all(|(_, why)| !why.is_empty()));
    }

    #[test]
    fn names_are_unique_end_in_their_unit_and_can_be_written_as_they_are() {
        let mut names = BTreeSet::new();
        for Entry { family, .. } in TABLE {
            let Family { name, unit, help, .. } = family;
            assert!(names.insert(name), "{name} twice");
            assert!(unit.is_empty() || name.ends_with(&format!("_{unit}")), "{name} in {unit}");
            assert!(
                name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{name}"
            );
            assert!(help.is_ascii() && !help.contains('\\') && help.ends_with('.'), "{help}");
        }
    }
}
