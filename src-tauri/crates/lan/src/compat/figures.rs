//! Numbers as existing clients know them: two decimals, percent, MiB and GiB; and what stands for the disk, the
//! network and the processor's temperature of a machine that has several.

use wire::{Filesystem, Metric, Sensor, Snapshot};

const MIB: f64 = 1024.0 * 1024.0;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// `value` with two decimals.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// A ratio as percent with two decimals.
pub(super) fn percent(ratio: Option<f64>) -> Option<f64> {
    ratio.map(|ratio| rounded(ratio * 100.0))
}

/// Bytes as MiB with two decimals.
pub(super) fn mebibytes(bytes: Option<f64>) -> Option<f64> {
    bytes.map(|bytes| rounded(bytes / MIB))
}

/// Bytes as GiB with two decimals.
pub(super) fn gibibytes(bytes: Option<f64>) -> Option<f64> {
    bytes.map(|bytes| rounded(bytes / GIB))
}

/// `part` of `whole` in percent; `None` where either is unknown or there is nothing to have a part of.
pub(super) fn share_percent(part: Option<f64>, whole: Option<f64>) -> Option<f64> {
    let (part, whole) = part.zip(whole).filter(|(_, whole)| *whole > 0.0)?;
    percent(Some(part / whole))
}

/// How busy the processor is; 0 until that is known.
pub(super) fn cpu_percent(snapshot: &Snapshot) -> f64 {
    percent(snapshot.value(&Metric::CpuBusy.id(""))).unwrap_or(0.0)
}

/// How much of the memory is used; 0 until that is known.
pub(super) fn memory_percent(snapshot: &Snapshot) -> f64 {
    let value = |metric: Metric| snapshot.value(&metric.id(""));
    share_percent(value(Metric::MemoryUsed), value(Metric::MemoryTotal)).unwrap_or(0.0)
}

/// The filesystem that stands for the disk: `/`. Where none is mounted there (Windows; a container whose own layers
/// are no filesystem a person would count), the first one.
pub(super) fn main_filesystem(snapshot: &Snapshot) -> Option<&Filesystem> {
    let all = &snapshot.facts.filesystems;
    all.iter().find(|filesystem| filesystem.mount == "/").or(all.first())
}

/// Device keys of the interfaces whose traffic counts: what stays within this machine does not.
pub(super) fn outward(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    let interfaces = snapshot.facts.interfaces.iter().filter(|interface| interface.kind != "loopback");
    interfaces.map(|interface| interface.device.as_str())
}

/// How near a sensor is to the processor's temperature, 0 being its package; `None` for those of other parts.
pub(super) fn cpu_rank(sensor: &Sensor) -> Option<u8> {
    match sensor.label.strip_prefix("CPU")? {
        " package" => Some(0),
        part if !part.starts_with(" core") => Some(1),
        _ => Some(2),
    }
}

/// The sum of what is known; `None` where nothing is.
pub(super) fn sum(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().reduce(|sum, value| sum + value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_parts_and_empty_wholes_have_no_percentage() {
        let cases = [
            (Some(1.0), Some(3.0), Some(33.33)),
            (Some(0.0), Some(8.0), Some(0.0)),
            (Some(8.0), Some(8.0), Some(100.0)),
            (Some(0.0), Some(0.0), None),
            (None, Some(8.0), None),
            (Some(1.0), None, None),
        ];
        for (part, whole, expected) in cases {
            assert_eq!(share_percent(part, whole), expected, "{part:?} of {whole:?}");
        }
    }

    #[test]
    fn a_sum_is_of_what_is_known() {
        assert_eq!(sum([Some(1.5), None, Some(2.0)].into_iter()), Some(3.5));
        assert_eq!(sum([None, None].into_iter()), None);
    }
}
