//! How long a tick takes from its publishing to its last byte at the slowest of a hundred viewers.

use std::time::Duration;

use anyhow::{Result, bail};

use super::agent::Agent;
use super::load::Load;
use super::spread::Spread;
use super::ticks::Ticks;
use super::viewer::{Arrival, Manner};
use super::{Door, Line};

const VIEWERS: usize = 100;
const SETTLE: Duration = Duration::from_secs(3);
const TARGET_MS: f64 = 10.0;

/// One line.
pub(crate) fn lines(door: &Door) -> Result<Vec<Line>> {
    eprintln!("publish to delivered: {} ticks", door.ticks);
    let agent = Agent::start_traced()?;
    let manner = Manner::subscribing(agent.address, r#"{"type":"subscribe","channels":["overview"]}"#);
    let mut load = Load::connect(std::iter::repeat_n(manner, VIEWERS))?;
    load.run(SETTLE, &mut |_| {})?;
    load.until_quiet(&mut |_| {})?;
    agent.require_trace()?;
    let mut seen = Ticks::default();
    let mut note = |arrival: Arrival| seen.note(&arrival);
    load.run(Duration::from_secs(door.ticks as u64), &mut note)?;
    load.until_quiet(&mut note)?;
    let incomplete = seen.iter().filter(|tick| tick.frames < VIEWERS).count();
    if incomplete > 0 {
        bail!("{incomplete} of {} ticks did not reach all viewers", seen.len());
    }
    let delays = seen.iter().filter_map(|tick| {
        let published_us = agent.published_us(tick.seq)?;
        Some((tick.last_us - published_us) as f64 / 1000.0)
    });
    let delays: Vec<f64> = delays.collect();
    if delays.len() < seen.len() {
        bail!("the agent told of {} of {} ticks when they were published", delays.len(), seen.len());
    }
    let spread = Spread::of(delays);
    Ok(vec![Line::judged(
        format!("publish to last byte delivered, slowest of {VIEWERS} viewers"),
        format!("{}, {} ticks", spread.told("ms"), seen.len()),
        format!("p99 ≤ {TARGET_MS:.0} ms"),
        spread.p99 <= TARGET_MS,
    )])
}
