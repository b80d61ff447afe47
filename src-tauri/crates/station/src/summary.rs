//! What a summary is made of: which devices count, and what is added up. It is computed here and nowhere else: frames
//! of `summary`, the snapshot that polling clients ask for, the summary's past in the ring and `find` all share it.

use std::collections::HashMap;

use wire::{Facts, Metric, SeriesSet, Unit};

/// How many figures of a summary have a past.
pub(crate) const PAST: usize = 6;
/// The units of [`Figures::past`], in its order.
pub(crate) const PAST_UNITS: [Unit; PAST] =
    [Unit::Ratio, Unit::Ratio, Unit::Ratio, Unit::BytesPerS, Unit::BytesPerS, Unit::Celsius];

/// Where the parts of a summary stand among the values of one set of series. Links of the machine to itself and disks
/// that lie on other disks are left out: what they move would be counted twice.
#[derive(Debug, Default)]
pub(crate) struct Makeup {
    cpu: Option<usize>,
    memory: Share,
    /// In the order of the facts.
    filesystems: Vec<Share>,
    received: Vec<usize>,
    sent: Vec<usize>,
    moved: Vec<usize>,
    temperatures: Vec<usize>,
}

/// Where the used amount and the total are.
#[derive(Debug, Default, Clone, Copy)]
struct Share {
    used: Option<usize>,
    total: Option<usize>,
}

/// One machine in a few figures, rounded as they travel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    /// Busy share of all cores.
    pub(crate) cpu_ratio: Option<f64>,
    /// Used share of memory.
    pub(crate) memory_ratio: Option<f64>,
    /// Used share of each filesystem, in the order of the facts.
    pub(crate) filesystems: Vec<Option<f64>>,
    /// Received from other machines, bytes a second.
    pub(crate) rx_bytes_per_s: Option<f64>,
    /// Sent to other machines, bytes a second.
    pub(crate) tx_bytes_per_s: Option<f64>,
    /// Read from disks and written to them, bytes a second.
    pub(crate) disk_bytes_per_s: Option<f64>,
    /// Hottest sensor, °C.
    pub(crate) temperature_celsius: Option<f64>,
}

impl Makeup {
    /// Where the parts are. Cost: one walk over the series, and one look-up a device.
    pub(crate) fn of(series: &SeriesSet, facts: &Facts) -> Self {
        let positions: HashMap<&str, usize> =
            series.series.iter().enumerate().map(|(at, series)| (series.id.as_str(), at)).collect();
        let position = |metric: Metric, device: &str| positions.get(metric.id(device).as_str()).copied();
        let share = |device: &str, used, total| Share {
            used: position(used, device),
            total: position(total, device),
        };
        let outside = || facts.interfaces.iter().filter(|interface| interface.kind != "loopback");
        // The facts have no device that moves the bytes of another one; those of a virtual machine are its disks.
        let disks = facts.disks.iter();
        let sensors = facts.sensors.iter().filter(|sensor| sensor.kind == "temperature");
        Self {
            cpu: position(Metric::CpuBusy, ""),
            memory: share("", Metric::MemoryUsed, Metric::MemoryTotal),
            filesystems: (facts.filesystems.iter())
                .map(|fs| share(&fs.device, Metric::FsUsed, Metric::FsTotal))
                .collect(),
            received: outside().filter_map(|it| position(Metric::NetRx, &it.device)).collect(),
            sent: outside().filter_map(|it| position(Metric::NetTx, &it.device)).collect(),
            moved: disks
                .flat_map(|disk| [Metric::DiskRead, Metric::DiskWrite].map(|it| position(it, &disk.device)))
                .flatten()
                .collect(),
            temperatures: sensors.filter_map(|it| position(Metric::Temperature, &it.device)).collect(),
        }
    }

    /// The figures of one tick, from its values in the order of the series.
    pub(crate) fn figures(&self, values: &[Option<f64>]) -> Figures {
        let value = |at: usize| values.get(at).copied().flatten();
        let ratio = |share: &Share| match (share.used.and_then(value), share.total.and_then(value)) {
            (Some(used), Some(total)) if total > 0.0 => Unit::Ratio.round(used / total),
            _ => None,
        };
        let sum = |parts: &[usize]| {
            let known = || parts.iter().filter_map(|at| value(*at));
            known().next().and_then(|_| Unit::BytesPerS.round(known().sum()))
        };
        Figures {
            cpu_ratio: self.cpu.and_then(value),
            memory_ratio: ratio(&self.memory),
            filesystems: self.filesystems.iter().map(ratio).collect(),
            rx_bytes_per_s: sum(&self.received),
            tx_bytes_per_s: sum(&self.sent),
            disk_bytes_per_s: sum(&self.moved),
            temperature_celsius: (self.temperatures.iter())
                .filter_map(|at| value(*at))
                .max_by(f64::total_cmp),
        }
    }
}

impl Figures {
    /// The filesystem with the least room left: where it stands in the facts, and its used share.
    pub(crate) fn fullest(&self) -> Option<(usize, Option<f64>)> {
        let ratios = self.filesystems.iter().copied().enumerate();
        ratios.max_by(|(_, a), (_, b)| a.unwrap_or(0.0).total_cmp(&b.unwrap_or(0.0)))
    }

    /// The figures that are remembered, in the order of [`wire::fleet::SummaryHistory`]: CPU, memory, fullest
    /// filesystem, disks, network both ways, hottest sensor.
    pub(crate) fn past(&self) -> [Option<f64>; PAST] {
        let network = match (self.rx_bytes_per_s, self.tx_bytes_per_s) {
            (None, None) => None,
            (rx, tx) => Unit::BytesPerS.round(rx.unwrap_or(0.0) + tx.unwrap_or(0.0)),
        };
        [
            self.cpu_ratio,
            self.memory_ratio,
            self.fullest().and_then(|(_, ratio)| ratio),
            self.disk_bytes_per_s,
            network,
            self.temperature_celsius,
        ]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::prelude::*;
    use wire::fleet::{SummaryHistory, SummaryQuery};
    use wire::{Disk, Encoding, Filesystem, Interface, Machine, Sensor, Series, Snapshot};

    use super::*;
    use crate::history::History;
    use crate::tick::Tick;

    const ALL: SummaryQuery = SummaryQuery { from_ms: 0, to_ms: u64::MAX, max_points: 4096 };

    fn disk(name: &str, kind: &str) -> Disk {
        Disk { device: name.into(), name: name.into(), model: None, kind: kind.into(), size_bytes: None }
    }

    fn interface(name: &str, kind: &str) -> Interface {
        Interface {
            device: name.into(),
            name: name.into(),
            kind: kind.into(),
            mac: None,
            addresses: Vec::new(),
            link_bits_per_s: None,
            up: None,
            default_route: false,
        }
    }

    fn sensor(name: &str, kind: &str) -> Sensor {
        let (device, kind, label, chip) = (name.into(), kind.into(), name.into(), name.into());
        Sensor { device, kind, label, chip, high_celsius: None, critical_celsius: None }
    }

    fn filesystem(mount: &str) -> Filesystem {
        let text = |it: &str| it.to_owned();
        let (device, kind, source) = (text(mount), text("ext4"), text("/dev/sda1"));
        Filesystem { device, mount: text(mount), kind, source, disk: None, stalled: false }
    }

    fn facts() -> Facts {
        Facts {
            disks: vec![disk("sda", "ssd"), disk("sdb", "virtual")],
            filesystems: vec![filesystem("/"), filesystem("/home")],
            interfaces: vec![interface("eth0", "ethernet"), interface("lo", "loopback")],
            sensors: vec![sensor("cpu", "temperature"), sensor("nvme", "temperature"), sensor("fan1", "fan")],
            ..Facts::default()
        }
    }

    /// The numbers a summary could be made of, and some it must not be.
    const NUMBERS: [(Metric, &str); 20] = [
        (Metric::CpuBusy, ""),
        (Metric::CoreBusy, "0"),
        (Metric::MemoryUsed, ""),
        (Metric::MemoryTotal, ""),
        (Metric::FsUsed, "/"),
        (Metric::FsTotal, "/"),
        (Metric::FsUsed, "/home"),
        (Metric::FsTotal, "/home"),
        (Metric::DiskRead, "sda"),
        (Metric::DiskWrite, "sda"),
        (Metric::DiskRead, "sdb"),
        (Metric::DiskRead, "dm-0"),
        (Metric::DiskWrite, "dm-0"),
        (Metric::NetRx, "eth0"),
        (Metric::NetTx, "eth0"),
        (Metric::NetRx, "lo"),
        (Metric::NetTx, "lo"),
        (Metric::Temperature, "cpu"),
        (Metric::Temperature, "nvme"),
        (Metric::Fan, "fan1"),
    ];

    fn snapshot(at: u64, facts: &Arc<Facts>, values: Vec<Option<f64>>) -> Snapshot {
        let series = NUMBERS.map(|(metric, device)| Series {
            id: metric.id(device),
            metric: metric.definition().name.into(),
            device: device.into(),
            label: String::new(),
            unit: metric.definition().unit,
        });
        Snapshot {
            sampled_at_ms: at,
            series: Arc::new(SeriesSet { generation: 0, series: series.to_vec() }),
            totals: vec![None; values.len()],
            values,
            facts: Arc::clone(facts),
            faults: [].into(),
            processes: None,
            details: Vec::new(),
        }
    }

    /// What the frame of `summary` says at this tick.
    fn frame(snapshot: Snapshot) -> serde_json::Value {
        let machine = Machine {
            id: String::new(),
            name: String::new(),
            os: String::new(),
            family: String::new(),
            kernel: None,
            arch: String::new(),
            cores: 1,
            physical_cores: None,
            cpu_model: None,
            memory_total_bytes: 0,
            booted_at_ms: 0,
            virtualization: None,
            version: String::new(),
            demo: false,
        };
        let tick = Tick::after(None, snapshot, &Arc::new(machine));
        let frame: serde_json::Value = serde_json::from_slice(&tick.summary(Encoding::Json)).unwrap();
        let whole: serde_json::Value = serde_json::from_slice(&tick.snapshot_body()).unwrap();
        assert_eq!(whole["summary"], frame["data"], "who polls reads the same figures");
        frame["data"].clone()
    }

    /// The newest point, in the order of the frame.
    fn newest(history: &SummaryHistory) -> [Option<f64>; PAST] {
        let last = |column: &Vec<Option<f64>>| *column.last().unwrap();
        [
            last(&history.cpu_ratio),
            last(&history.memory_ratio),
            last(&history.disk_ratio),
            last(&history.disk_bytes_per_s),
            last(&history.net_bytes_per_s),
            last(&history.temperature_celsius),
        ]
    }

    fn values(known: &[(Metric, &str, f64)]) -> Vec<Option<f64>> {
        let value =
            |(metric, device)| known.iter().find(|it| (it.0, it.1) == (metric, device)).map(|it| it.2);
        NUMBERS.map(value).to_vec()
    }

    #[test]
    fn what_moves_twice_is_counted_once_and_what_is_unknown_is_null() {
        let facts = Arc::new(facts());
        let ring = History::new(Duration::from_secs(1));
        ring.store(&snapshot(1000, &facts, values(&[])));
        let full = values(&[
            (Metric::CpuBusy, "", 0.25),
            (Metric::CoreBusy, "0", 1.0),
            (Metric::MemoryUsed, "", 1.0),
            (Metric::MemoryTotal, "", 4.0),
            (Metric::FsUsed, "/home", 90.0),
            (Metric::FsTotal, "/home", 100.0),
            (Metric::DiskRead, "sda", 10.0),
            (Metric::DiskWrite, "sda", 20.0),
            (Metric::DiskRead, "sdb", 5.0),
            (Metric::DiskRead, "dm-0", 1e6),
            (Metric::NetRx, "eth0", 7.0),
            (Metric::NetTx, "eth0", 8.0),
            (Metric::NetRx, "lo", 1e6),
            (Metric::Temperature, "cpu", 50.0),
            (Metric::Temperature, "nvme", 61.0),
            (Metric::Fan, "fan1", 1200.0),
        ]);
        ring.store(&snapshot(2000, &facts, full));
        let history = ring.summaries(&ALL);
        assert_eq!(history.t, [1000, 2000]);
        assert_eq!(newest(&history), [Some(0.25), Some(0.25), Some(0.9), Some(35.0), Some(15.0), Some(61.0)]);
        let columns = serde_json::to_value(&history).unwrap();
        let columns =
            columns.as_object().unwrap().iter().filter(|(name, _)| *name != "t" && *name != "stepMs");
        for (name, column) in columns {
            assert!(column[0].is_null(), "{name}: {column}");
        }
    }

    #[test]
    fn a_disk_that_was_taken_out_keeps_its_part_of_the_past() {
        let ring = History::new(Duration::from_secs(1));
        let with = Arc::new(facts());
        let without = Arc::new(Facts { disks: vec![disk("sda", "ssd")], ..facts() });
        let moved = || values(&[(Metric::DiskRead, "sda", 10.0), (Metric::DiskRead, "sdb", 5.0)]);
        ring.store(&snapshot(1000, &with, moved()));
        ring.store(&snapshot(2000, &without, moved()));
        assert_eq!(ring.summaries(&ALL).disk_bytes_per_s, [Some(15.0), Some(10.0)]);
        let thinned = ring.summaries(&SummaryQuery { max_points: 1, ..ALL });
        assert_eq!((thinned.t.len(), thinned.disk_bytes_per_s), (1, vec![Some(12.5)]));
    }

    proptest! {
        #[test]
        fn the_newest_point_is_what_the_frame_says(
            raw in proptest::collection::vec(proptest::option::of(0f64..1e12), NUMBERS.len()),
        ) {
            let units = NUMBERS.map(|(metric, _)| metric.definition().unit);
            let mut values: Vec<_> = (raw.iter().zip(units))
                .map(|(raw, unit)| {
                    raw.and_then(|it| unit.round(if unit == Unit::Ratio { it / 1e12 } else { it }))
                })
                .collect();
            // No disk holds more than its whole; a share above 1 has more digits than the ring keeps.
            for used in [2, 4, 6] {
                values[used] = values[used].map(|it: f64| it.min(values[used + 1].unwrap_or(it)));
            }
            let snapshot = snapshot(5000, &Arc::new(facts()), values);
            let ring = History::new(Duration::from_secs(1));
            ring.store(&snapshot);
            let past = newest(&ring.summaries(&ALL));
            let frame = frame(snapshot);
            let number = |value: &serde_json::Value| value.as_f64();
            let (rx, tx) = (number(&frame["rxBytesPerS"]), number(&frame["txBytesPerS"]));
            let network = match (rx, tx) {
                (None, None) => None,
                _ => Unit::BytesPerS.round(rx.unwrap_or(0.0) + tx.unwrap_or(0.0)),
            };
            let now = [
                number(&frame["cpuRatio"]),
                number(&frame["memoryRatio"]),
                number(&frame["fullestDisk"]["usedRatio"]),
                number(&frame["diskBytesPerS"]),
                network,
                number(&frame["temperatureCelsius"]),
            ];
            prop_assert_eq!(past, now);
        }
    }
}
