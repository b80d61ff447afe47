//! Metrics that are not in the catalogue: which machine and which Sightline this is, what could not be read, the
//! limits of sensors, and the power supply of boards that monitor it.

use std::collections::BTreeMap;

use station::Tick;
use wire::{Facts, Sensor};

use super::text::{Family, Kind, Text};

const TARGET: Family = Family {
    name: "target",
    kind: Kind::Info,
    unit: "",
    help: "The machine, in the words of OpenTelemetry's resources.",
};
const BUILD: Family =
    Family { name: "sightline_build", kind: Kind::Info, unit: "", help: "The Sightline that tells this." };
const SAMPLED: Family = Family {
    name: "sightline_last_sample_timestamp_seconds",
    kind: Kind::Gauge,
    unit: "seconds",
    help: "When these numbers were read, in Unix time.",
};
const FAULTS: Family = Family {
    name: "sightline_faults",
    kind: Kind::Gauge,
    unit: "",
    help: "What could not be read just now, by source.",
};
const TEMPERATURE_LIMIT: Family = Family {
    name: "hw_temperature_limit_celsius",
    kind: Kind::Gauge,
    unit: "celsius",
    help: "Above this the maker calls it hot (high.degraded), or the machine protects itself (high.critical).",
};
const STATUS: Family = Family {
    name: "hw_status",
    kind: Kind::Gauge,
    unit: "",
    help: "1 for the state that a component is in, 0 for the others.",
};

/// Which machine, which version, how old, and what is missing.
pub(super) fn about_sightline(text: &mut Text, tick: &Tick) {
    let machine = &tick.machine;
    text.family(&TARGET);
    let resource = [
        ("host_id", &*machine.id),
        ("host_name", &*machine.name),
        ("host_arch", &*machine.arch),
        ("os_type", &*machine.family),
        ("os_description", &*machine.os),
        ("service_name", "sightline"),
        ("service_version", &*machine.version),
    ];
    text.sample(resource.into_iter(), 1.0);
    text.family(&BUILD);
    text.sample([("version", &*machine.version)].into_iter(), 1.0);
    text.family(&SAMPLED);
    text.sample([].into_iter(), tick.snapshot.sampled_at_ms as f64 / 1000.0);
    text.family(&FAULTS);
    let mut faults: BTreeMap<&str, u32> = BTreeMap::new();
    for fault in tick.snapshot.faults.iter() {
        *faults.entry(&fault.source).or_default() += 1;
    }
    for (source, count) in faults {
        text.sample([("source", source)].into_iter(), f64::from(count));
    }
}

/// Limits of sensors, and states.
pub(super) fn of_hardware(text: &mut Text, facts: &Facts) {
    text.family(&TEMPERATURE_LIMIT);
    for sensor in &facts.sensors {
        limit(text, sensor, "high.degraded", sensor.high_celsius);
        limit(text, sensor, "high.critical", sensor.critical_celsius);
    }
    text.family(&STATUS);
    if let Some(undervolted) = facts.undervolted {
        for (state, is_so) in [("ok", !undervolted), ("degraded", undervolted)] {
            let labels = [("id", "supply"), ("name", "Supply"), ("type", "voltage"), ("state", state)];
            text.sample(labels.into_iter(), f64::from(u8::from(is_so)));
        }
    }
}

fn limit(text: &mut Text, sensor: &Sensor, limit_type: &str, celsius: Option<f64>) {
    if let Some(celsius) = celsius {
        let labels = [("id", &*sensor.device), ("name", &*sensor.label), ("limit_type", limit_type)];
        text.sample(labels.into_iter(), celsius);
    }
}
