//! The agent dies and is started again: a thousand viewers come back at once, each waiting as clients do.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::agent::Agent;
use super::load::Load;
use super::moment;
use super::options::Options;
use super::spread::Spread;
use super::ticks::Ticks;
use super::viewer::Manner;
use crate::figures::median;
use crate::table::Line;

const VIEWERS: usize = 1000;
const SETTLE: Duration = Duration::from_secs(5);
/// How long the agent is away: as long as systemd waits before it starts a service again.
const DOWN: Duration = Duration::from_millis(100);
/// When to give up waiting.
const LONGEST: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Ticks that are watched after all are back, so that what the storm leaves behind is seen too.
const AFTER: Duration = Duration::from_secs(5);

const BACK_WITHIN_S: f64 = 60.0;
const JITTER_MS: f64 = 50.0;

/// One run.
#[derive(Debug)]
struct Storm {
    /// From the kill until the last viewer had a frame again.
    back_after_s: f64,
    /// Most handshakes that were done within one second.
    peak_per_s: f64,
    jitter_ms: Vec<f64>,
}

/// Two lines.
pub(crate) fn lines(options: &Options) -> Result<Vec<Line>> {
    let storms = (1..=options.runs()).map(|run| {
        eprintln!("{VIEWERS} viewers come back after a restart: run {run} of {}", options.runs());
        storm()
    });
    let storms: Vec<Storm> = storms.collect::<Result<_>>()?;
    let latest = storms.iter().map(|storm| storm.back_after_s).fold(f64::MIN, f64::max);
    let peak = median(storms.iter().map(|storm| storm.peak_per_s).collect());
    let jitter = Spread::of(storms.iter().flat_map(|storm| storm.jitter_ms.iter().copied()).collect());
    let name = |what: &str| format!("{VIEWERS} viewers reconnecting after a restart: {what}");
    Ok(vec![
        Line::judged(
            name("all back"),
            format!("{latest:.1} s after the kill, {peak:.0} handshakes/s at the peak"),
            format!("≤ {BACK_WITHIN_S:.0} s"),
            latest <= BACK_WITHIN_S,
        ),
        Line::judged(
            name("tick jitter meanwhile"),
            jitter.told("ms"),
            format!("p99 < {JITTER_MS:.0} ms"),
            jitter.p99 < JITTER_MS,
        ),
    ])
}

fn storm() -> Result<Storm> {
    let agent = Agent::start()?;
    let manner = Manner::subscribing(agent.address, r#"{"type":"subscribe","channels":["overview"]}"#);
    let mut load = Load::connect(std::iter::repeat_n(manner, VIEWERS))?;
    load.run(SETTLE, &mut |_| {})?;
    load.come_back();

    let (began, killed_at_us) = (Instant::now(), moment::now_us());
    let _agent = agent.cut_and_restart(|| load.run(DOWN, &mut |_| {}))?;
    let mut ticks = Ticks::default();
    // When each viewer had its first frame of the new agent.
    let mut back_us = BTreeMap::new();
    while back_us.len() < VIEWERS {
        if began.elapsed() > LONGEST {
            bail!("{} of {VIEWERS} viewers were back after {} s", back_us.len(), LONGEST.as_secs());
        }
        load.run(LOOK_EVERY, &mut |arrival| {
            // What the old agent had sent may still be read; it was sampled before.
            if arrival.heading.sampled_at_ms as i64 * 1000 > killed_at_us {
                ticks.note(&arrival);
                back_us.entry(arrival.viewer).or_insert(arrival.at_us);
            }
        })?;
    }
    load.run(AFTER, &mut |arrival| ticks.note(&arrival))?;
    let last_us = back_us.into_values().max().unwrap_or(killed_at_us);
    let back_after_s = (last_us - killed_at_us) as f64 / 1e6;
    Ok(Storm { back_after_s, peak_per_s: peak_per_s(load.opened_at_us()), jitter_ms: ticks.jitter_ms() })
}

/// Most of the rising moments `at_us` within any one second.
fn peak_per_s(at_us: &[i64]) -> f64 {
    let mut from = 0;
    let mut peak = 0;
    for (to, at) in at_us.iter().enumerate() {
        while at - at_us[from] >= 1_000_000 {
            from += 1;
        }
        peak = peak.max(to + 1 - from);
    }
    peak as f64
}

#[cfg(test)]
mod tests {
    use super::peak_per_s;

    #[test]
    fn the_peak_is_the_fullest_second_wherever_it_begins() {
        for (at_ms, expected) in
            [(vec![], 0.0), (vec![0, 900, 1000, 1100, 1899, 3000], 4.0), (vec![0, 1000], 1.0)]
        {
            let at_us: Vec<i64> = at_ms.iter().map(|ms| ms * 1000).collect();
            assert_eq!(peak_per_s(&at_us), expected, "{at_ms:?}");
        }
    }
}
