//! The numbers that families C and D show. Their clients expect numbers everywhere: 0 until one is known.

use wire::{Filesystem, Metric, Snapshot};

use super::system_metrics::percent;

const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// `value` with two decimals.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
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

/// How busy the processor is.
pub(super) fn cpu_percent(snapshot: &Snapshot) -> f64 {
    percent(snapshot.value(&Metric::CpuBusy.id(""))).unwrap_or(0.0)
}

/// How much of the memory is used.
pub(super) fn memory_percent(snapshot: &Snapshot) -> f64 {
    let value = |metric: Metric| snapshot.value(&metric.id(""));
    share_percent(value(Metric::MemoryUsed), value(Metric::MemoryTotal)).unwrap_or(0.0)
}

/// The filesystem that stands for the disk: `/`, or the first one where there is no such thing (Windows).
pub(super) fn main_filesystem(snapshot: &Snapshot) -> Option<&Filesystem> {
    let all = &snapshot.facts.filesystems;
    all.iter().find(|filesystem| filesystem.mount == "/").or(all.first())
}

/// Device keys of the interfaces whose traffic counts: what stays within this machine does not.
pub(super) fn outward(snapshot: &Snapshot) -> impl Iterator<Item = &str> {
    let interfaces = snapshot.facts.interfaces.iter().filter(|interface| interface.kind != "loopback");
    interfaces.map(|interface| interface.device.as_str())
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
