//! CPU and memory of the window while it shows Fleet, and whether it stays smooth while it is scrolled.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::options::Options;
use super::page::Page;
use super::replayed::Replayed;
use crate::figures::median;
use crate::table::Line;
use crate::tree;

const MIB: f64 = 1024.0 * 1024.0;
/// A task that is longer than this is felt.
const LONG_TASK_MS: f64 = 50.0;
/// How long it is scrolled.
const SCROLLED_S: u64 = 10;

/// Cards at one frame a second.
pub(super) fn twelve(options: &Options) -> Result<Vec<Line>> {
    let machines = Replayed::start(12)?;
    let page = Page::open(&machines)?;
    let (cpu_percent, pss_mib) = cost(options, "12 machines", &page)?;
    Ok(vec![Line::judged(
        "12 machines in Fleet at 1 Hz, the whole window".to_owned(),
        format!("{cpu_percent:.1} %, {pss_mib:.0} MiB"),
        "≤ 6 % of one core, ≤ 300 MiB PSS".to_owned(),
        cpu_percent <= 6.0 && pss_mib <= 300.0,
    )])
}

/// Summaries every five seconds.
pub(super) fn two_hundred(options: &Options) -> Result<Vec<Line>> {
    let machines = Replayed::start(200)?;
    let mut page = Page::open(&machines)?;
    let (cpu_percent, pss_mib) = cost(options, "200 machines", &page)?;
    let mut lines = vec![Line::judged(
        "200 machines, summaries every 5 s, the whole window".to_owned(),
        format!("{cpu_percent:.1} %, {pss_mib:.0} MiB"),
        "≤ 15 % of one core".to_owned(),
        cpu_percent <= 15.0,
    )];
    eprintln!("200 machines: scrolling");
    let seen = page.run(&json!({ "do": "scroll", "seconds": SCROLLED_S }))?;
    let tasks: Vec<f64> = serde_json::from_value(seen["tasksMs"].clone()).context("reading the tasks")?;
    let longest = tasks.iter().copied().fold(0.0, f64::max);
    lines.push(Line::judged(
        "200 machines, scrolling from end to end".to_owned(),
        format!(
            "longest task {longest:.0} ms, median of the longest of each second {:.0} ms, {} frames in {SCROLLED_S} s",
            median(tasks),
            seen["frames"]
        ),
        format!("no task > {LONG_TASK_MS:.0} ms"),
        longest <= LONG_TASK_MS,
    ));
    Ok(lines)
}

/// CPU in percent of one core, and PSS in MiB.
fn cost(options: &Options, name: &str, page: &Page) -> Result<(f64, f64)> {
    let mut costs = Vec::new();
    for run in 1..=options.runs {
        eprintln!("{name}: run {run} of {}", options.runs);
        costs.push(tree::measure(&[page.pid], Duration::from_secs(options.seconds))?);
    }
    let cpu = median(costs.iter().map(|cost| cost.cpu_ratio).collect());
    let pss = median(costs.iter().map(|cost| cost.pss_bytes as f64).collect());
    Ok((cpu * 100.0, pss / MIB))
}
