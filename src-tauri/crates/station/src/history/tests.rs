use std::sync::Arc;

use proptest::prelude::*;
use wire::{Facts, Series, SeriesSet, Unit};

use super::ring::{COLUMNS, SLOTS};
use super::*;

fn set(generation: u32, ids: &[&str]) -> Arc<SeriesSet> {
    let series = |id: &&str| Series {
        id: (*id).to_owned(),
        metric: (*id).to_owned(),
        device: String::new(),
        label: String::new(),
        unit: Unit::Count,
    };
    Arc::new(SeriesSet { generation, series: ids.iter().map(series).collect() })
}

fn snapshot(at: u64, set: &Arc<SeriesSet>, values: &[Option<f64>]) -> Snapshot {
    Snapshot {
        sampled_at_ms: at,
        series: Arc::clone(set),
        values: values.to_vec(),
        totals: vec![None; values.len()],
        facts: Arc::new(Facts::default()),
        faults: [].into(),
        processes: None,
        details: Vec::new(),
    }
}

fn ask(history: &History, ids: &[&str], from_ms: u64, to_ms: u64, max_points: usize) -> message::History {
    let series = ids.iter().map(|id| (*id).to_owned()).collect();
    history.query(&HistoryQuery { series, from_ms, to_ms, max_points })
}

#[test]
fn a_gap_is_a_null_and_unknown_series_are_absent() {
    let (ring, set) = (History::new(Duration::from_secs(1)), set(0, &["a"]));
    for at in [1000, 2010, 2990, 60_000, 61_000] {
        ring.store(&snapshot(at, &set, &[Some(at as f64 / 1000.0)]));
    }
    let history = ask(&ring, &["a", "no such series"], 0, 100_000, 100);
    assert_eq!(history.t, [1000, 2010, 2990, 3990, 60_000, 61_000]);
    let column = &history.columns["a"];
    assert_eq!(column.avg, [Some(1.0), Some(2.0), Some(3.0), None, Some(60.0), Some(61.0)]);
    assert_eq!(history.columns.len(), 1);
}

#[test]
fn a_series_that_is_named_a_thousand_times_is_looked_up_once() {
    let (history, set) = (History::new(Duration::from_secs(1)), set(0, &["a", "b"]));
    fill(&history, &set, (1..=900).map(|at| at * 1000));
    let ids: Vec<String> = ["a", "b"].iter().cycle().take(1024).map(|id| (*id).to_owned()).collect();
    assert_eq!(history.ring().series(&ids, 0..=u64::MAX).1.len(), 2);
    let answer = ask(&history, &["a"; 1024], 0, u64::MAX, 900);
    assert_eq!(answer.t.len(), 900, "it is not taken for many series");
}

#[test]
fn the_points_of_all_series_together_are_bounded() {
    let ids: Vec<String> = (0..1024).map(|at| at.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (history, set) = (History::new(Duration::from_secs(1)), set(0, &ids));
    fill(&history, &set, (1..=900).map(|at| at * 1000));
    let answer = ask(&history, &ids, 0, u64::MAX, 4096);
    assert_eq!(answer.columns.len(), 1024);
    let cells: usize = answer.columns.values().map(|column| column.avg.len()).sum();
    assert!(cells <= QUERY_CELLS && cells > QUERY_CELLS / 2, "{cells}");
    assert_eq!(ask(&history, &ids[..64], 0, u64::MAX, 4096).t.len(), 900, "few get all");
}

#[test]
fn a_series_that_vanished_keeps_its_past_and_one_that_came_has_none() {
    let ring = History::new(Duration::from_secs(1));
    let (before, after) = (set(0, &["a", "b"]), set(1, &["b", "c"]));
    ring.store(&snapshot(1000, &before, &[Some(1.0), Some(2.0)]));
    ring.store(&snapshot(2000, &after, &[Some(3.0), Some(4.0)]));
    let history = ask(&ring, &["a", "b", "c"], 0, 9000, 100);
    assert_eq!(history.columns["a"].avg, [Some(1.0), None]);
    assert_eq!(history.columns["b"].avg, [Some(2.0), Some(3.0)]);
    assert_eq!(history.columns["c"].avg, [None, Some(4.0)]);
}

#[test]
fn after_the_span_the_oldest_go_and_empty_columns_are_dropped() {
    let ring = History::new(Duration::from_secs(60));
    let (old, new) = (set(0, &["old"]), set(1, &["new"]));
    ring.store(&snapshot(60_000, &old, &[Some(1.0)]));
    for minute in 2..=20 {
        ring.store(&snapshot(minute * 60_000, &new, &[Some(minute as f64)]));
    }
    assert_eq!(ask(&ring, &["new"], 0, u64::MAX, 100).t.len(), 15);
    ring.store(&snapshot(21 * 60_000, &set(2, &["new"]), &[Some(21.0)]));
    assert!(!ring.ring().holds("old"));
}

#[test]
fn a_clock_that_was_set_back_gives_rising_times() {
    let (ring, set) = (History::new(Duration::from_secs(1)), set(0, &["a"]));
    for at in [10_000, 11_000, 5_000, 6_000] {
        ring.store(&snapshot(at, &set, &[Some(at as f64)]));
    }
    let history = ask(&ring, &["a"], 0, u64::MAX, 100);
    assert!(history.t.is_sorted(), "{:?}", history.t);
}

/// A second of samples at each of these times, of a series that says the time in seconds.
fn fill(history: &History, set: &Arc<SeriesSet>, times_ms: impl IntoIterator<Item = u64>) {
    for at in times_ms {
        history.store(&snapshot(at, set, &[Some(at as f64 / 1000.0)]));
    }
}

#[test]
fn a_change_of_the_interval_keeps_the_past_and_shows_no_gap() {
    let (ring, set) = (History::new(Duration::from_secs(1)), set(0, &["a"]));
    fill(&ring, &set, (1..=10).map(|s| s * 1000));
    ring.set_interval(Duration::from_secs(60));
    fill(&ring, &set, [10_500, 70_500, 130_500]);
    ring.set_interval(Duration::from_secs(1));
    fill(&ring, &set, [131_000, 132_000, 135_000]);
    let history = ask(&ring, &["a"], 0, u64::MAX, 100);
    let fine: Vec<u64> = (1..=10).map(|s| s * 1000).collect();
    let expected = [&fine[..], &[10_500, 70_500, 130_500, 131_000, 132_000, 133_000, 135_000]].concat();
    assert_eq!(history.t, expected);
    let missing: Vec<_> = history.columns["a"].avg.iter().map(Option::is_none).collect();
    assert_eq!(missing.iter().position(|it| *it), Some(15), "the one gap that there was");
    assert_eq!(missing.iter().filter(|it| **it).count(), 1);
}

#[test]
fn a_sample_that_stands_for_more_than_one_step_is_in_each_of_them() {
    let (ring, set) = (History::new(Duration::from_secs(1)), set(0, &["a"]));
    fill(&ring, &set, (1..=60).map(|s| s * 1000));
    ring.set_interval(Duration::from_secs(30));
    fill(&ring, &set, [61_000, 91_000]);
    // Nothing was sampled for five minutes.
    fill(&ring, &set, [400_000]);
    let history = ask(&ring, &["a"], 0, u64::MAX, 40);
    assert_eq!((history.step_ms, history.t.len()), (10_000, 40));
    let column = &history.columns["a"];
    assert_eq!(column.avg[..9], [6.0, 16.0, 26.0, 36.0, 46.0, 56.0, 61.0, 61.0, 61.0].map(Some));
    assert_eq!(column.avg[9..13], [Some(91.0), Some(91.0), Some(91.0), None], "until the next was due");
    assert!(column.avg[12..39].iter().all(Option::is_none), "{:?}", column.avg);
    assert_eq!(column.avg[39], Some(400.0));
}

#[test]
fn a_coarser_interval_loses_nothing_of_a_past_that_is_short() {
    let (ring, set) = (History::new(Duration::from_secs(1)), set(0, &["a"]));
    fill(&ring, &set, (1..=20).map(|s| s * 1000));
    ring.set_interval(Duration::from_secs(60));
    // 20 s and 15 minutes: the first that has to go is of before.
    fill(&ring, &set, (0..14).map(|minute| 21_000 + minute * 60_000));
    assert_eq!(ask(&ring, &["a"], 0, u64::MAX, 100).t.len(), 20 + 14);
    fill(&ring, &set, [21_000 + 14 * 60_000]);
    assert_eq!(ask(&ring, &["a"], 0, u64::MAX, 100).t[0], 21_000);
}

#[test]
fn it_stays_within_its_bounds_however_often_the_interval_changes() {
    let (ring, set) = (History::new(Duration::from_millis(500)), set(0, &["a"]));
    let mut at = 0;
    for interval_ms in [500, 60_000, 500, 1000, 500, 7000, 60_000, 1000] {
        ring.set_interval(Duration::from_millis(interval_ms));
        for _ in 0..SPAN.as_millis() as u64 / interval_ms + 10 {
            at += interval_ms;
            fill(&ring, &set, [at]);
            assert!(ring.ring().slots() <= SLOTS, "{} slots at {interval_ms} ms", ring.ring().slots());
        }
        let kept = ask(&ring, &["a"], 0, u64::MAX, 4096).t;
        assert_eq!(kept.len() as u64, (SPAN.as_millis() as u64).div_ceil(interval_ms), "at {interval_ms} ms");
        assert_eq!(ring.ring().slots(), kept.len(), "room for no more than there is");
    }
}

#[test]
fn more_series_than_fit_leave_the_first_ones() {
    let ids: Vec<String> = (0..COLUMNS + 3).map(|at| format!("s{at}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let (ring, set) = (History::new(Duration::from_secs(60)), set(0, &ids));
    ring.store(&snapshot(1000, &set, &vec![Some(1.0); ids.len()]));
    assert!(ring.ring().holds("s0") && !ring.ring().holds(ids[COLUMNS]));
}

proptest! {
    #[test]
    fn thinning_keeps_every_extreme_and_the_bound(
        values in proptest::collection::vec(proptest::option::of(0u32..1000), 1..900),
        points in 1usize..200,
    ) {
        let (ring, set) = (History::new(Duration::from_secs(1)), set(0, &["a"]));
        for (second, value) in values.iter().enumerate() {
            ring.store(&snapshot((second as u64 + 1) * 1000, &set, &[value.map(f64::from)]));
        }
        let history = ask(&ring, &["a"], 0, u64::MAX, points);
        let column = &history.columns["a"];
        prop_assert!(history.t.len() <= points);
        prop_assert!(history.t.is_sorted());
        prop_assert_eq!(column.avg.len(), history.t.len());
        let known = || values.iter().flatten().map(|v| f64::from(*v));
        prop_assert_eq!(column.max.iter().flatten().copied().reduce(f64::max), known().reduce(f64::max));
        prop_assert_eq!(column.min.iter().flatten().copied().reduce(f64::min), known().reduce(f64::min));
    }
}
