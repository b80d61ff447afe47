//! How long a tick takes from its publishing to its last byte at the slowest of a hundred viewers.
//!
//! All viewers read in one thread, one after another, so their own time is in the figure: an upper bound.

use std::time::Duration;

use anyhow::Result;

use super::agent::Agent;
use super::load::Load;
use super::options::Options;
use super::spread::Spread;
use super::ticks::Ticks;
use super::viewer::{Arrival, Manner};
use crate::table::Line;

const VIEWERS: usize = 100;
const SETTLE: Duration = Duration::from_secs(3);
const TARGET_MS: f64 = 10.0;

/// One line.
pub(crate) fn lines(options: &Options) -> Result<Vec<Line>> {
    eprintln!("publish to delivered: {} ticks", options.ticks);
    let agent = Agent::start_traced()?;
    let manner = Manner::subscribing(agent.address, r#"{"type":"subscribe","channels":["overview"]}"#);
    let mut load = Load::connect(std::iter::repeat_n(manner, VIEWERS))?;
    load.run(SETTLE, &mut |_| {})?;
    load.until_quiet(&mut |_| {})?;
    let mut seen = Ticks::default();
    let mut note = |arrival: Arrival| seen.note(&arrival);
    load.run(Duration::from_secs(options.ticks as u64), &mut note)?;
    load.until_quiet(&mut note)?;
    let complete = seen.iter().filter(|tick| tick.frames >= VIEWERS);
    let delays: Vec<f64> = complete
        .map(|tick| Ok((tick.last_us - agent.published_us(tick.seq)?) as f64 / 1000.0))
        .collect::<Result<_>>()?;
    let (count, incomplete) = (delays.len(), seen.incomplete(VIEWERS));
    let spread = Spread::of(delays);
    Ok(vec![Line::judged(
        format!("publish to last byte delivered, slowest of {VIEWERS} viewers"),
        format!("{}, {count} ticks, {incomplete} did not reach all", spread.told("ms")),
        format!("p99 ≤ {TARGET_MS:.0} ms"),
        spread.p99 <= TARGET_MS && incomplete == 0,
    )])
}
