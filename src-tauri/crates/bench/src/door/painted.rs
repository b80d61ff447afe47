//! How long a tick takes from its publishing to the screen of a browser.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use xtask::{node, place};

use super::agent::Agent;
use super::options::Options;
use super::spread::Spread;
use crate::leash;
use crate::table::Line;

const TARGET_MS: f64 = 60.0;
/// The page's clock runs by itself once the page is open; further from the machine's than this, it tells nothing.
const DRIFT_MS: f64 = 2.0;
/// Ticks that may be missing, as a share: the page asks for fewer while nobody sees it, and then nothing is painted.
const MISSING: f64 = 0.05;

/// What the page saw.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    /// Number of the tick, and when it was painted in Unix milliseconds.
    painted: Vec<(u64, f64)>,
    drift_ms: f64,
}

/// One line.
pub(crate) fn lines(options: &Options) -> Result<Vec<Line>> {
    let browser =
        place::browser().context("there is no Chromium; install it, or name one in SIGHTLINE_CHROMIUM")?;
    if !node::installed() {
        bail!("the page's packages are not installed: run npm ci in ui/");
    }
    eprintln!("publish to painted: {} ticks in {}", options.ticks, browser.display());
    let agent = Agent::start_traced()?;
    let output = leash::command("node")
        .arg("e2e/bench/painted.mjs")
        .current_dir(place::ui())
        .env("SIGHTLINE_ADDRESS", agent.address.to_string())
        .env("SIGHTLINE_SECONDS", options.ticks.to_string())
        .env("SIGHTLINE_CHROMIUM", &browser)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("starting node")?;
    if !output.status.success() {
        bail!("the page could not be watched: {}", output.status);
    }
    let seen: Seen = serde_json::from_slice(&output.stdout).context("reading what the page saw")?;
    if seen.drift_ms > DRIFT_MS {
        bail!("the page's clock is {:.1} ms from the machine's", seen.drift_ms);
    }
    let delays = seen
        .painted
        .iter()
        .map(|(seq, painted_ms)| Ok(painted_ms - agent.published_us(*seq)? as f64 / 1000.0));
    let delays: Vec<f64> = delays.collect::<Result<_>>()?;
    let count = delays.len();
    let spread = Spread::of(delays);
    if (count as f64) < options.ticks as f64 * (1.0 - MISSING) {
        bail!("{count} of {} ticks were painted", options.ticks);
    }
    Ok(vec![Line::judged(
        "publish to painted in Chromium".to_owned(),
        format!("{}, {count} ticks", spread.told("ms")),
        format!("p99 ≤ {TARGET_MS:.0} ms"),
        spread.p99 <= TARGET_MS,
    )])
}
