//! A part of the past, copied out of where it is kept, and what is made of it: the points of an answer.
//!
//! Samples of different spacing stand beside each other where the interval was changed. Where there are few enough,
//! each is a point at its own time. Where there are too many, they are put into equal steps; a sample that stands for
//! more than one step is in each of them, so that a coarse stretch beside a fine one shows no gaps that there were not.

use std::ops::Range;

use wire::Unit;
use wire::fleet::SummaryHistory;
use wire::limits::QUERY_POINTS;
use wire::message::{History, HistoryColumn};

use crate::summary::PAST;

/// When a sample was taken, and how long after it the next was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) at_ms: u64,
    pub(super) spacing_ms: u64,
}

/// The values of one series, one a sample; NaN for none.
#[derive(Debug)]
pub(super) struct Values {
    pub(super) unit: Unit,
    pub(super) values: Vec<f32>,
}

/// When samples were taken.
#[derive(Debug)]
pub(super) struct Past {
    /// By their times, rising.
    samples: Vec<Sample>,
    /// The step of an answer without samples.
    interval_ms: u64,
}

/// The points of an answer: when each begins, and the samples that it stands for; none where some are missing.
struct Steps {
    step_ms: u64,
    times: Vec<u64>,
    samples: Vec<Range<usize>>,
}

impl Sample {
    /// Until when it stands for what was, where `next` is the one after it. Half an interval of lateness is an ordinary
    /// tick on a loaded machine; more than one missed is a gap.
    fn until_ms(self, next: Option<Sample>) -> u64 {
        match next {
            Some(next) if next.at_ms - self.at_ms <= self.spacing_ms * 5 / 2 => next.at_ms,
            _ => self.at_ms + self.spacing_ms,
        }
    }
}

impl Past {
    /// Of `samples` with rising times, where the ticks are `interval_ms` apart now.
    pub(super) fn new(samples: Vec<Sample>, interval_ms: u64) -> Self {
        Self { samples, interval_ms }
    }

    /// The columns of a chart, of at most `max_points`.
    pub(super) fn history(&self, columns: &[(String, Values)], max_points: usize) -> History {
        let steps = self.steps(max_points);
        let columns =
            columns.iter().map(|(id, values)| (id.clone(), values.reduce(&steps.samples))).collect();
        History { step_ms: steps.step_ms, t: steps.times, columns }
    }

    /// The summaries, at most `max_points`, by their mean.
    pub(super) fn summaries(&self, columns: &[Values; PAST], max_points: usize) -> SummaryHistory {
        let steps = self.steps(max_points);
        let [cpu_ratio, memory_ratio, disk_ratio, disk_bytes_per_s, net_bytes_per_s, temperature_celsius] =
            columns.each_ref().map(|values| values.reduce(&steps.samples).avg);
        SummaryHistory {
            step_ms: steps.step_ms,
            t: steps.times,
            cpu_ratio,
            memory_ratio,
            disk_ratio,
            disk_bytes_per_s,
            net_bytes_per_s,
            temperature_celsius,
        }
    }

    fn steps(&self, max_points: usize) -> Steps {
        let points = max_points.clamp(1, QUERY_POINTS);
        if self.samples.len() <= points { self.each_sample() } else { self.equal_steps(points) }
    }

    /// One point a sample, and one empty point where samples are missing.
    fn each_sample(&self) -> Steps {
        let spacings = self.samples.iter().map(|sample| sample.spacing_ms);
        let step_ms = spacings.max().unwrap_or(self.interval_ms);
        let mut steps = Steps { step_ms, times: Vec::new(), samples: Vec::new() };
        for (at, sample) in self.samples.iter().enumerate() {
            steps.push(sample.at_ms, at..at + 1);
            let next = self.samples.get(at + 1).copied();
            let until_ms = sample.until_ms(next);
            if next.is_some_and(|next| until_ms < next.at_ms) {
                steps.push(until_ms, 0..0);
            }
        }
        steps
    }

    /// Equal steps over the whole stretch, each a whole number of the shortest intervals in it.
    fn equal_steps(&self, points: usize) -> Steps {
        let (first, last) = (self.samples[0].at_ms, self.samples[self.samples.len() - 1].at_ms);
        let finest_ms = self.samples.iter().map(|sample| sample.spacing_ms).min().unwrap_or(self.interval_ms);
        let step_ms = ((last - first) / points as u64 + 1).next_multiple_of(finest_ms.max(1));
        let mut steps = Steps { step_ms, times: Vec::new(), samples: Vec::new() };
        let mut next = 0;
        for step in 0..=(last - first) / step_ms {
            let (from_ms, begin) = (first + step * step_ms, next);
            next += self.samples[begin..].partition_point(|sample| sample.at_ms < from_ms + step_ms);
            // Empty, but one before that stands for longer than a step may reach into it.
            let before = begin.checked_sub(1).filter(|_| begin == next);
            let reaches = |at: &usize| {
                let sample = self.samples[*at];
                let until_ms = sample.until_ms(self.samples.get(next).copied());
                sample.spacing_ms > step_ms && until_ms > from_ms
            };
            steps.push(from_ms, before.filter(reaches).map_or(begin..next, |at| at..at + 1));
        }
        steps
    }
}

impl Steps {
    fn push(&mut self, at_ms: u64, samples: Range<usize>) {
        self.times.push(at_ms);
        self.samples.push(samples);
    }
}

impl Values {
    /// Lowest, mean and highest of each step.
    fn reduce(&self, steps: &[Range<usize>]) -> HistoryColumn {
        let mut out = HistoryColumn::default();
        for samples in steps {
            let known = || self.values[samples.clone()].iter().map(|v| f64::from(*v)).filter(|v| !v.is_nan());
            let (count, sum) = known().fold((0, 0.0), |(count, sum), v| (count + 1, sum + v));
            if count == 0 {
                for column in [&mut out.min, &mut out.avg, &mut out.max] {
                    column.push(None);
                }
                continue;
            }
            out.min.push(self.unit.round(known().fold(f64::INFINITY, f64::min)));
            out.avg.push(self.unit.round(sum / f64::from(count)));
            out.max.push(self.unit.round(known().fold(f64::NEG_INFINITY, f64::max)));
        }
        out
    }
}
