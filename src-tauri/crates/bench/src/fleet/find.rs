//! Find anywhere: how long it takes until all machines have answered.

use anyhow::{Result, bail};
use serde_json::json;

use super::options::Options;
use super::page::Page;
use super::replayed::Replayed;
use crate::figures::median;
use crate::table::Line;

const MACHINES: usize = 50;
const TARGET_MS: f64 = 300.0;

/// One line.
pub(super) fn lines(options: &Options) -> Result<Vec<Line>> {
    let machines = Replayed::start(MACHINES)?;
    let mut page = Page::open(&machines)?;
    let mut times = Vec::new();
    for time in 1..=options.times {
        eprintln!("find on {MACHINES} machines: {time} of {}", options.times);
        let found = page.run(&json!({ "do": "find", "text": "ffmpeg", "machines": MACHINES }))?;
        match (found["answered"].as_u64(), found["ms"].as_f64()) {
            (Some(answered), Some(ms)) if answered >= MACHINES as u64 => times.push(ms),
            (answered, _) => bail!("{} of {MACHINES} machines answered", answered.unwrap_or(0)),
        }
    }
    let longest = times.iter().copied().fold(0.0, f64::max);
    let middle = median(times);
    Ok(vec![Line::judged(
        format!("find anywhere, {MACHINES} machines, from the key to the last answer drawn"),
        format!("median {middle:.0} ms, longest {longest:.0} ms"),
        format!("≤ {TARGET_MS:.0} ms median"),
        middle <= TARGET_MS,
    )])
}
