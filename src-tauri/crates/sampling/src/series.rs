//! Builder of the series of a machine (`SeriesBuilder`): numbers, put in a stable order, and their values.
//!
//! The set of series is built anew only when something in it differs from the last tick's; in the steady state
//! a tick compares, and allocates nothing but the values and totals it hands out.

use std::ops::Range;
use std::sync::Arc;

use wire::{Metric, Series, SeriesSet, Total, Unit};

use crate::rate::Counted;

/// The numbers of one tick, and the set they belong to.
#[derive(Debug)]
pub(crate) struct SeriesBuilder {
    set: Arc<SeriesSet>,
    /// Metric of each series of `set`: comparing one byte is cheaper than comparing names.
    metrics: Vec<Metric>,
    values: Vec<Option<f64>>,
    /// As many as values.
    totals: Vec<Option<Total>>,
    /// Filled from the first difference to `set` on.
    anew: Option<(Vec<Series>, Vec<Metric>)>,
}

impl SeriesBuilder {
    pub(crate) fn new() -> Self {
        let set = Arc::new(SeriesSet { generation: 0, series: Vec::new() });
        Self { set, metrics: Vec::new(), values: Vec::new(), totals: Vec::new(), anew: None }
    }

    /// A number of the machine itself.
    pub(crate) fn put_machine(&mut self, metric: Metric, value: Option<f64>) {
        self.put(metric, "", metric.definition().label, value);
    }

    /// Puts a counter of the machine itself.
    pub(crate) fn put_machine_counted(&mut self, metric: Metric, counted: Counted) {
        self.put_counted(metric, "", metric.definition().label, counted);
    }

    /// A number of the device with key `device`, which a person calls `label`. What is not finite is unknown,
    /// and so is what is negative where only cold can be.
    pub(crate) fn put(&mut self, metric: Metric, device: &str, label: &str, value: Option<f64>) {
        self.put_counted(metric, device, label, Counted { rate: value, total: None });
    }

    /// Puts a counter of a device. Its rate is sent rounded; its total stays as it is.
    pub(crate) fn put_counted(&mut self, metric: Metric, device: &str, label: &str, counted: Counted) {
        let unit = metric.definition().unit;
        let sane = counted.rate.filter(|v| *v >= 0.0 || unit == Unit::Celsius);
        let rounded = Counted { rate: sane.and_then(|v| unit.round(v)), ..counted };
        self.put_rounded(metric, device, label, rounded);
    }

    fn put_rounded(&mut self, metric: Metric, device: &str, label: &str, counted: Counted) {
        let at = self.values.len();
        self.values.push(counted.rate);
        self.totals.push(counted.total);
        if self.anew.is_none() {
            let same = self.metrics.get(at) == Some(&metric)
                && self.set.series.get(at).is_some_and(|s| s.device == device && s.label == label);
            if same {
                return;
            }
            self.anew = Some((self.set.series[..at].to_vec(), self.metrics[..at].to_vec()));
        }
        if let Some((series, metrics)) = &mut self.anew {
            let definition = metric.definition();
            metrics.push(metric);
            series.push(Series {
                id: metric.id(device),
                metric: definition.name.to_owned(),
                device: device.to_owned(),
                label: label.to_owned(),
                unit: definition.unit,
            });
        }
    }

    /// How many numbers were put since the tick began.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Removes what was put since the length was `len`.
    pub(crate) fn rewind(&mut self, len: usize) {
        self.values.truncate(len);
        self.totals.truncate(len);
        if let Some((series, metrics)) = &mut self.anew {
            series.truncate(len);
            metrics.truncate(len);
        }
    }

    /// Puts the series that stood at `range` in the last tick's set again, without values: a gap, not an end.
    pub(crate) fn repeat_unknown(&mut self, range: Range<usize>) {
        let set = Arc::clone(&self.set);
        for at in range {
            let (Some(series), Some(metric)) = (set.series.get(at), self.metrics.get(at).copied()) else {
                return;
            };
            self.put_rounded(metric, &series.device, &series.label, Counted::default());
        }
    }

    /// Ends the tick: the set, which is the last tick's unless something changed, and values and totals in its
    /// order.
    pub(crate) fn finish(&mut self) -> (Arc<SeriesSet>, Vec<Option<f64>>, Vec<Option<Total>>) {
        if self.anew.is_none() && self.values.len() != self.set.series.len() {
            let at = self.values.len();
            self.anew = Some((self.set.series[..at].to_vec(), self.metrics[..at].to_vec()));
        }
        if let Some((series, metrics)) = self.anew.take() {
            self.set = Arc::new(SeriesSet { generation: self.set.generation.wrapping_add(1), series });
            self.metrics = metrics;
        }
        let capacity = self.values.len();
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(capacity));
        let totals = std::mem::replace(&mut self.totals, Vec::with_capacity(capacity));
        (Arc::clone(&self.set), values, totals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(readings: &mut SeriesBuilder, disks: &[&str]) -> (Arc<SeriesSet>, Vec<Option<f64>>) {
        readings.put_machine(Metric::CpuBusy, Some(0.25));
        for disk in disks {
            readings.put(Metric::DiskRead, disk, disk, Some(123_456.0));
        }
        readings.put_machine(Metric::Uptime, Some(1.0));
        let (set, values, totals) = readings.finish();
        assert_eq!(totals.len(), values.len());
        (set, values)
    }

    #[test]
    fn the_same_series_share_one_set_and_another_set_is_another_generation() {
        let mut readings = SeriesBuilder::new();
        let (first, values) = tick(&mut readings, &["a"]);
        assert_eq!(values, [Some(0.25), Some(123_500.0), Some(1.0)]);
        let (second, _) = tick(&mut readings, &["a"]);
        assert!(Arc::ptr_eq(&first, &second));
        let (third, _) = tick(&mut readings, &["a", "b"]);
        assert_eq!(third.generation, first.generation + 1);
        let ids: Vec<_> = third.series.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["cpu.busy", "disk.a.read", "disk.b.read", "uptime"]);
        let (fourth, _) = tick(&mut readings, &[]);
        assert_eq!(fourth.series.len(), 2);
        let (fifth, _) = tick(&mut readings, &[]);
        assert!(Arc::ptr_eq(&fourth, &fifth));
    }

    #[test]
    fn a_set_that_only_lost_its_end_is_another_generation() {
        let mut readings = SeriesBuilder::new();
        readings.put_machine(Metric::CpuBusy, None);
        readings.put_machine(Metric::Uptime, None);
        let (first, ..) = readings.finish();
        readings.put_machine(Metric::CpuBusy, None);
        let (second, values, _) = readings.finish();
        assert_eq!((second.series.len(), values.len()), (1, 1));
        assert_ne!(first.generation, second.generation);
    }

    #[test]
    fn nonsense_is_unknown_but_frost_is_not() {
        let mut readings = SeriesBuilder::new();
        readings.put_machine(Metric::CpuBusy, Some(f64::NAN));
        readings.put_machine(Metric::MemoryUsed, Some(-1.0));
        readings.put(Metric::Temperature, "t", "outside", Some(-4.5));
        assert_eq!(readings.finish().1, [None, None, Some(-4.5)]);
    }

    #[test]
    fn what_a_failed_collector_gave_last_time_stays_as_a_gap() {
        let mut readings = SeriesBuilder::new();
        let (first, _) = tick(&mut readings, &["a", "b"]);
        readings.put_machine(Metric::CpuBusy, Some(0.5));
        let start = readings.len();
        let total = Some(Total { count: 1.0, whole: None });
        readings.put_counted(Metric::DiskRead, "a", "a", Counted { rate: Some(1.0), total });
        readings.rewind(start);
        readings.repeat_unknown(1..3);
        readings.put_machine(Metric::Uptime, Some(2.0));
        let (second, values, totals) = readings.finish();
        assert!(Arc::ptr_eq(&first, &second));
        assert_eq!(values, [Some(0.5), None, None, Some(2.0)]);
        assert_eq!(totals, [None; 4]);
    }
}
