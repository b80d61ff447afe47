//! `history` of device dashboards: the last 15 minutes, in 30 points 30 s apart.
//!
//! A point is the mean of the samples of its half minute. Half minutes without a sample (before the start, while
//! the machine slept) are left out: there is no number for them, and a zero would be one.

use jiff::tz::TimeZone;
use serde::Serialize;
use station::{Handle, Tick};
use wire::Metric;
use wire::limits::QUERY_POINTS;
use wire::message::{History, HistoryQuery};

use super::figures::{mebibytes, percent};
use super::times::on_the_clock;

/// How many points there are at most.
const POINTS: u64 = 30;
/// What one point stands for.
const STEP_MS: u64 = 30_000;

/// CPU in percent, memory in MiB, network in bytes a second; oldest first.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Past {
    cpu: Vec<CpuPoint>,
    memory: Vec<MemoryPoint>,
    network: Vec<NetworkPoint>,
}

#[derive(Debug, PartialEq, Serialize)]
struct CpuPoint {
    time: String,
    value: f64,
}

#[derive(Debug, PartialEq, Serialize)]
struct MemoryPoint {
    time: String,
    used: f64,
    available: f64,
}

#[derive(Debug, PartialEq, Serialize)]
struct NetworkPoint {
    time: String,
    download: f64,
    upload: f64,
}

impl Past {
    /// The points up to `tick`, their times on the clock of `zone`.
    pub(super) fn until(tick: &Tick, station: &Handle, zone: &TimeZone) -> Self {
        let asked = Asked::of(tick);
        // As many as there are: the ring holds fewer samples than this. Where very many interfaces make it fewer points,
        // they are still far more than half minutes.
        let query = HistoryQuery {
            series: asked.all().cloned().collect(),
            from_ms: first_step_ms(tick.snapshot.sampled_at_ms),
            to_ms: tick.snapshot.sampled_at_ms,
            max_points: QUERY_POINTS,
        };
        Self::from(&asked, &station.history(&query), zone)
    }

    fn from(asked: &Asked, history: &History, zone: &TimeZone) -> Self {
        let mut past = Self::default();
        let mut from = 0;
        while let Some(first_ms) = history.t.get(from) {
            let step = first_ms / STEP_MS;
            let until = from + history.t[from..].partition_point(|at| at / STEP_MS == step);
            let mean = |id: &String| mean(&history.columns.get(id)?.avg[from..until]);
            let time = || on_the_clock(step * STEP_MS, zone);
            if let Some(value) = percent(mean(&asked.busy)) {
                past.cpu.push(CpuPoint { time: time(), value });
            }
            let memory = mebibytes(mean(&asked.used)).zip(mebibytes(mean(&asked.available)));
            if let Some((used, available)) = memory {
                past.memory.push(MemoryPoint { time: time(), used, available });
            }
            // All links to other machines together.
            let sum = |ids: &[String]| ids.iter().filter_map(mean).reduce(|a, b| a + b).map(f64::round);
            if let Some((download, upload)) = sum(&asked.rx).zip(sum(&asked.tx)) {
                past.network.push(NetworkPoint { time: time(), download, upload });
            }
            from = until;
        }
        past
    }
}

/// When the oldest point begins.
fn first_step_ms(now_ms: u64) -> u64 {
    (now_ms / STEP_MS).saturating_sub(POINTS - 1) * STEP_MS
}

fn mean(values: &[Option<f64>]) -> Option<f64> {
    let (count, sum) =
        values.iter().flatten().fold((0u32, 0.0), |(count, sum), value| (count + 1, sum + value));
    (count > 0).then(|| sum / f64::from(count))
}

/// Ids of the series it takes.
#[derive(Debug)]
struct Asked {
    busy: String,
    used: String,
    available: String,
    rx: Vec<String>,
    tx: Vec<String>,
}

impl Asked {
    fn of(tick: &Tick) -> Self {
        let outside =
            || tick.snapshot.facts.interfaces.iter().filter(|interface| interface.kind != "loopback");
        let each = |metric: Metric| outside().map(|interface| metric.id(&interface.device)).collect();
        Self {
            busy: Metric::CpuBusy.id(""),
            used: Metric::MemoryUsed.id(""),
            available: Metric::MemoryAvailable.id(""),
            rx: each(Metric::NetRx),
            tx: each(Metric::NetTx),
        }
    }

    fn all(&self) -> impl Iterator<Item = &String> {
        [&self.busy, &self.used, &self.available].into_iter().chain(&self.rx).chain(&self.tx)
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;
    use wire::message::HistoryColumn;

    use super::*;
    use crate::compat::example;

    /// 2023-11-14T22:13:30Z, where a half minute begins.
    const START_MS: u64 = 1_700_000_010_000;

    /// Samples a second apart where `seconds` say; each series is its own multiple of the second.
    fn history(seconds: impl Iterator<Item = u64> + Clone) -> (Asked, History) {
        let asked = Asked::of(&example::tick());
        let of = |factor: f64| {
            let avg = seconds.clone().map(|second| Some(second as f64 * factor)).collect();
            HistoryColumn { avg, ..HistoryColumn::default() }
        };
        let columns =
            asked.all().zip([1e-3, 1024.0 * 1024.0, 2.0 * 1024.0 * 1024.0, 10.0, 20.0, 30.0, 1.0, 2.0, 3.0]);
        let columns = columns.map(|(id, factor)| (id.clone(), of(factor))).collect();
        let t = seconds.clone().map(|second| START_MS + second * 1000).collect();
        (asked, History { step_ms: 1000, t, columns })
    }

    #[test]
    fn points_are_means_of_half_minutes_and_a_gap_has_none() {
        let (asked, history) = history((0..60).chain(95..100));
        let past = Past::from(&asked, &history, &TimeZone::UTC);
        let golden = serde_json::to_string_pretty(&past).unwrap() + "\n";
        expect_file!["../../golden/devices-history.json"].assert_eq(&golden);
    }

    #[test]
    fn fifteen_minutes_are_thirty_points() {
        let now_ms = START_MS + 899_999;
        assert_eq!(first_step_ms(now_ms), START_MS);
        let (asked, history) = history(0..900);
        let past = Past::from(&asked, &history, &TimeZone::UTC);
        assert_eq!((past.cpu.len(), past.memory.len(), past.network.len()), (30, 30, 30));
    }

    #[test]
    fn what_was_never_measured_has_no_points() {
        let (asked, mut history) = history(0..60);
        history.columns.remove(&asked.available);
        let past = Past::from(&asked, &history, &TimeZone::UTC);
        assert_eq!((past.cpu.len(), past.memory.len()), (2, 0));
    }
}
