//! One viewer stops reading: what the others notice, when the agent closes it, and what it holds meanwhile.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::agent::Agent;
use super::cost::pss_bytes;
use super::load::Load;
use super::options::Options;
use super::socket;
use super::spread::Spread;
use super::stopped::StoppedViewerProcess;
use super::viewer::{Arrival, Manner};
use crate::crowd::Crowd;
use crate::figures::median;
use crate::table::Line;

/// All viewers, the one that stops included.
const VIEWERS: usize = 50;
/// A big process table, so that buffers are full soon.
const PROCESSES: usize = 500;
const SETTLE: Duration = Duration::from_secs(5);
/// How long the others are watched before one stops.
const BEFORE: Duration = Duration::from_secs(30);
/// How often the socket of the stopped one is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How often the agent's memory is measured, between two ticks.
const MEASURE_EVERY: Duration = Duration::from_secs(1);
/// It must be closed within this.
const CLOSED_WITHIN: Duration = Duration::from_secs(120);

/// The agent may notice with the next tick, and we with our next look.
const CLOSED_AFTER_S: std::ops::RangeInclusive<f64> = 9.5..=11.5;
const GROWTH_MIB: f64 = 1.0;
/// Two measurements of the same thing differ by so much: milliseconds, or a share of the first.
const SAME_MS: f64 = 1.0;
const SAME_RATIO: f64 = 0.2;

const MIB: f64 = 1024.0 * 1024.0;

/// One run.
#[derive(Debug)]
struct Stall {
    before_ms: Vec<f64>,
    during_ms: Vec<f64>,
    /// Ticks that one of the others did not get while it stood.
    skipped: usize,
    /// From the stop until the socket took its last byte.
    full_after_s: f64,
    /// From there until the agent closed it.
    closed_after_s: f64,
    growth_mib: f64,
}

/// Three lines.
pub(crate) fn lines(options: &Options) -> Result<Vec<Line>> {
    let _crowd = Crowd::start(PROCESSES)?;
    let stalls = (1..=options.runs()).map(|run| {
        eprintln!("one viewer stopped among {VIEWERS}: run {run} of {}", options.runs());
        stall()
    });
    let stalls: Vec<Stall> = stalls.collect::<Result<_>>()?;
    let p99 = |of: fn(&Stall) -> &Vec<f64>| {
        Spread::of(stalls.iter().flat_map(|stall| of(stall).iter().copied()).collect()).p99
    };
    let (before, during) = (p99(|stall| &stall.before_ms), p99(|stall| &stall.during_ms));
    let most = before + SAME_MS.max(before * SAME_RATIO);
    let skipped: usize = stalls.iter().map(|stall| stall.skipped).sum();
    let closed: Vec<f64> = stalls.iter().map(|stall| stall.closed_after_s).collect();
    let (soonest, latest) =
        closed.iter().fold((f64::MAX, f64::MIN), |(low, high), at| (low.min(*at), high.max(*at)));
    let full = median(stalls.iter().map(|stall| stall.full_after_s).collect());
    let growth = stalls.iter().map(|stall| stall.growth_mib).fold(f64::MIN, f64::max);
    let name = |what: &str| format!("one viewer stopped among {VIEWERS}: {what}");
    Ok(vec![
        Line::judged(
            name("the others' delay"),
            format!("p99 {before:.1} ms before, {during:.1} ms while it stands, {skipped} frames skipped"),
            format!("unchanged: ≤ {most:.1} ms, none skipped"),
            during <= most && skipped == 0,
        ),
        Line::judged(
            name("closed"),
            format!(
                "{soonest:.1} to {latest:.1} s after its socket took the last byte, {full:.1} s after the stop"
            ),
            "10 s, and up to a tick to notice".to_owned(),
            closed.iter().all(|after| CLOSED_AFTER_S.contains(after)),
        ),
        Line::judged(
            name("the agent's memory"),
            format!("{growth:+.2} MiB at most"),
            format!("+< {GROWTH_MIB:.0} MiB"),
            growth < GROWTH_MIB,
        ),
    ])
}

fn stall() -> Result<Stall> {
    let agent = Agent::start_traced()?;
    let manner =
        Manner::subscribing(agent.address, r#"{"type":"subscribe","channels":["overview","processes"]}"#);
    let mut load = Load::connect(std::iter::repeat_n(manner, VIEWERS - 1))?;
    let stopped = StoppedViewerProcess::start(agent.address)?;
    load.run(SETTLE, &mut |_| {})?;
    load.until_quiet(&mut |_| {})?;

    let mut before = Latest::default();
    load.run(BEFORE, &mut |arrival| before.note(&arrival))?;
    load.until_quiet(&mut |arrival| before.note(&arrival))?;
    let before_bytes = pss_bytes(agent.pid())?;
    stopped.stop()?;
    let mut during = Latest::default();
    let watched = watch(&mut load, &agent, &stopped, &mut during)?;
    Ok(Stall {
        before_ms: before.delays_ms(&agent)?,
        during_ms: during.delays_ms(&agent)?,
        skipped: during.skipped(),
        full_after_s: watched.full_after.as_secs_f64(),
        closed_after_s: watched.closed_after.as_secs_f64(),
        growth_mib: (watched.most_bytes as f64 - before_bytes as f64) / MIB,
    })
}

/// What happened to the stopped one.
struct Watched {
    full_after: Duration,
    closed_after: Duration,
    most_bytes: u64,
}

/// Watches until the agent has closed it.
fn watch(
    load: &mut Load,
    agent: &Agent,
    stopped: &StoppedViewerProcess,
    during: &mut Latest,
) -> Result<Watched> {
    let began = Instant::now();
    let (mut unsent_bytes, mut taken_at) = (0, began);
    let (mut most_bytes, mut measured_at) = (pss_bytes(agent.pid())?, began);
    loop {
        load.run(LOOK_EVERY, &mut |arrival| during.note(&arrival))?;
        let socket = socket::find(agent.address, stopped.port)?.filter(|socket| socket.established);
        let Some(socket) = socket else { break };
        if socket.unsent_bytes != unsent_bytes {
            (unsent_bytes, taken_at) = (socket.unsent_bytes, Instant::now());
        }
        if measured_at.elapsed() > MEASURE_EVERY && load.is_quiet() {
            most_bytes = most_bytes.max(pss_bytes(agent.pid())?);
            measured_at = Instant::now();
        }
        if began.elapsed() > CLOSED_WITHIN {
            bail!("it was not closed within {} s; {unsent_bytes} bytes wait for it", CLOSED_WITHIN.as_secs());
        }
    }
    let closed_after = taken_at.elapsed();
    if unsent_bytes == 0 {
        bail!("it was closed before its buffers were full");
    }
    load.until_quiet(&mut |arrival| during.note(&arrival))?;
    Ok(Watched { full_after: taken_at - began, closed_after, most_bytes })
}

/// When each viewer had all of each tick.
#[derive(Debug, Default)]
struct Latest(BTreeMap<(u64, usize), i64>);

impl Latest {
    fn note(&mut self, arrival: &Arrival) {
        let latest_us = self.0.entry((arrival.heading.seq, arrival.viewer)).or_insert(arrival.at_us);
        *latest_us = arrival.at_us.max(*latest_us);
    }

    /// Ticks that one of the others did not get, of those between the first and the last.
    fn skipped(&self) -> usize {
        let seqs = || self.0.keys().map(|(seq, _)| *seq);
        let (Some(first), Some(last)) = (seqs().next(), seqs().next_back()) else { return 0 };
        (last - first + 1) as usize * (VIEWERS - 1) - self.0.len()
    }

    fn delays_ms(&self, agent: &Agent) -> Result<Vec<f64>> {
        let delay = |((seq, _), at_us): (&(u64, usize), &i64)| {
            Ok((at_us - agent.published_us(*seq)?) as f64 / 1000.0)
        };
        self.0.iter().map(delay).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_that_nobody_got_is_skipped_by_all() {
        let all = |seq| (0..VIEWERS - 1).map(move |viewer| ((seq, viewer), 0));
        let mut latest = Latest(all(4).chain(all(5)).chain(all(7)).collect());
        assert_eq!(latest.skipped(), VIEWERS - 1);
        latest.0.remove(&(5, 3));
        assert_eq!(latest.skipped(), VIEWERS);
        assert_eq!(Latest::default().skipped(), 0);
    }
}
