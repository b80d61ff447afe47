//! The machine and its filesystems, as a query sees them.

use wire::query::{Field, Measure, Subject};

use crate::summary::Figures;

/// The machine itself.
#[derive(Debug)]
pub(super) struct Machine<'a> {
    pub(super) name: &'a str,
    pub(super) os: &'a str,
    pub(super) family: &'a str,
    pub(super) memory_total_bytes: u64,
    /// When its processes were read, Unix milliseconds: ages are counted back from here.
    pub(super) sampled_at_ms: u64,
    pub(super) figures: Figures,
}

impl Subject for Machine<'_> {
    fn number(&self, measure: Measure) -> Option<f64> {
        let Figures { cpu_ratio, memory_ratio, rx_bytes_per_s, tx_bytes_per_s, .. } = self.figures;
        match measure {
            Measure::CpuRatio => cpu_ratio,
            Measure::MemoryRatio => memory_ratio,
            Measure::IoBytesPerS => self.figures.disk_bytes_per_s,
            Measure::NetBytesPerS => match (rx_bytes_per_s, tx_bytes_per_s) {
                (None, None) => None,
                (rx, tx) => Some(rx.unwrap_or(0.0) + tx.unwrap_or(0.0)),
            },
            Measure::TemperatureCelsius => self.figures.temperature_celsius,
            // An amount of memory is compared with processes only: nearly every machine uses 2 GB.
            _ => None,
        }
    }

    fn any_text(&self, field: Field, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        match field {
            Field::Host => Some(test(self.name)),
            Field::Os => Some(test(self.os) || test(self.family)),
            _ => None,
        }
    }

    fn any_word(&self, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        Some(test(self.name))
    }
}

/// The values that a process has from its machine.
#[derive(Debug)]
pub(super) struct Surroundings<'a>(pub(super) &'a Machine<'a>);

impl Subject for Surroundings<'_> {
    fn number(&self, _: Measure) -> Option<f64> {
        None
    }

    fn any_text(&self, field: Field, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        self.0.any_text(field, test)
    }

    fn any_word(&self, _: &dyn Fn(&str) -> bool) -> Option<bool> {
        None
    }
}

/// A filesystem; fields it lacks are those of its machine.
#[derive(Debug)]
pub(super) struct Disk<'a> {
    pub(super) mount: &'a str,
    pub(super) used_ratio: Option<f64>,
    pub(super) machine: &'a Machine<'a>,
}

impl Subject for Disk<'_> {
    fn number(&self, measure: Measure) -> Option<f64> {
        match measure {
            Measure::DiskRatio => self.used_ratio,
            other => self.machine.number(other),
        }
    }

    fn any_text(&self, field: Field, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        self.machine.any_text(field, test)
    }

    fn any_word(&self, test: &dyn Fn(&str) -> bool) -> Option<bool> {
        Some(test(self.mount) || test(self.machine.name))
    }
}
