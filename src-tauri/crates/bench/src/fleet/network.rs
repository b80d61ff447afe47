//! A machine at a network of its own: it comes back, and it is added.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use xtask::place;

use super::options::Options;
use crate::figures::median;
use crate::leash;
use crate::table::Line;

const ANNOUNCED_S: f64 = 2.0;
const SILENT_S: f64 = 15.0;
const ACTIONS: usize = 6;

/// How long after it listened again the numbers of a machine arrived.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Back {
    announced_ms: Vec<f64>,
    silent_ms: Vec<f64>,
}

/// What a person did.
#[derive(Debug, Deserialize)]
struct Added {
    actions: Vec<String>,
}

/// Two lines: where it announces itself, and where it does not.
pub(super) fn back(options: &Options) -> Result<Vec<Line>> {
    eprintln!("a machine comes back: {} times each way, most of a minute each", options.times);
    let Back { announced_ms, silent_ms } = watch(&["back", &options.times.to_string()])?;
    let line = |how: &str, times_ms: Vec<f64>, target_s: f64, target: String| {
        let longest = times_ms.iter().copied().fold(0.0, f64::max) / 1000.0;
        let middle = median(times_ms) / 1000.0;
        Line::judged(
            format!("machine back on the network → live numbers, {how}"),
            format!("median {middle:.1} s, longest {longest:.1} s"),
            target,
            middle <= target_s,
        )
    };
    Ok(vec![
        line("announced", announced_ms, ANNOUNCED_S, format!("≤ {ANNOUNCED_S:.0} s")),
        line("not announced", silent_ms, SILENT_S, format!("≤ {SILENT_S:.0} s median")),
    ])
}

/// One line.
pub(super) fn add(_: &Options) -> Result<Vec<Line>> {
    eprintln!("a machine that is found is added");
    let Added { actions } = watch(&["add"])?;
    Ok(vec![Line::judged(
        "add a found machine, from opening the window to its live numbers".to_owned(),
        format!("{} actions: {}", actions.len(), actions.join(", ")),
        format!("≤ {ACTIONS} actions"),
        actions.len() <= ACTIONS,
    )])
}

/// Runs the script in a network of its own; what it saw.
fn watch<T: for<'de> Deserialize<'de>>(arguments: &[&str]) -> Result<T> {
    let output = leash::command("unshare")
        .args(["--net", "node", "e2e/bench/fleet-network.mjs"])
        .args(arguments)
        .current_dir(place::ui())
        .env("SIGHTLINE_BIN", place::built("release", "sightline"))
        .env("SIGHTLINE_AGENT", place::built("release", "sightline-agent"))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .context("making a network of its own, which needs root")?;
    if !output.status.success() {
        bail!("the machine could not be watched: {}", output.status);
    }
    serde_json::from_slice(&output.stdout).context("reading what the window saw")
}
