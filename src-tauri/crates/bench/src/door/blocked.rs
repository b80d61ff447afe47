//! The disk hangs while the owner changes who has access, and some ask the largest queries: what the other viewers
//! notice.
//!
//! Another program has a lease of the access file, so the agent waits in the kernel when it reads the file before it
//! writes it anew, as it waits for a disk that does not answer.

use std::io::{BufRead, BufReader, Lines};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use xtask::place;

use super::agent::Agent;
use super::asking::{self, Asking};
use super::load::Load;
use super::options::Options;
use super::spread::Spread;
use super::viewer::{Arrival, Manner};
use crate::leash;
use crate::table::Line;

/// Viewers that take frames.
const VIEWERS: usize = 50;
/// Viewers that ask one query after the other meanwhile.
const ASKING: usize = 4;
/// How long the disk does not answer.
const HANGS: Duration = Duration::from_secs(3);
/// Changes a run, each on a disk that hangs.
const CHANGES: usize = 5;
/// A program that has a lease of a file: the one of the server's tests.
const LEASE: &str = include_str!("../../../lan/tests/server/lease.py");

const DELAY_MS: f64 = 50.0;
const JITTER_MS: f64 = 50.0;

/// What one run found.
#[derive(Debug, Default)]
struct Run {
    delays_ms: Vec<f64>,
    jitter_ms: Vec<f64>,
    /// Queries that were answered while the disk hung.
    answered: u64,
}

/// Two lines.
pub(crate) fn lines(options: &Options) -> Result<Vec<Line>> {
    let runs = (1..=options.runs()).map(|number| {
        eprintln!("the disk hangs: run {number} of {}, after {} s of history", options.runs(), options.ticks);
        run(options)
    });
    let runs: Vec<Run> = runs.collect::<Result<_>>()?;
    let all = |of: fn(&Run) -> &Vec<f64>| Spread::of(runs.iter().flat_map(of).copied().collect());
    let (delays, jitter) = (all(|run| &run.delays_ms), all(|run| &run.jitter_ms));
    let answered: u64 = runs.iter().map(|run| run.answered).sum();
    let (seconds, frames) = (HANGS.as_secs(), runs.iter().map(|run| run.delays_ms.len()).sum::<usize>());
    let name = |what: &str| format!("blocked: the access file hangs {seconds} s, {ASKING} ask all: {what}");
    Ok(vec![
        Line::judged(
            name(&format!("delay of {VIEWERS} viewers")),
            format!("{}, {frames} frames, {answered} queries answered", delays.told("ms")),
            format!("p99 < {DELAY_MS:.0} ms"),
            delays.p99 < DELAY_MS && answered > 0,
        ),
        Line::judged(
            name("the tick"),
            format!("off its second: {}", jitter.told("ms")),
            format!("max < {JITTER_MS:.0} ms"),
            jitter.max < JITTER_MS,
        ),
    ])
}

fn run(options: &Options) -> Result<Run> {
    let agent = Agent::start_traced()?;
    // The first change makes the file.
    change(&agent, 0)?.wait()?;
    let manner = Manner::subscribing(agent.address, r#"{"type":"subscribe","channels":["overview"]}"#);
    let mut load = Load::connect(std::iter::repeat_n(manner, VIEWERS))?;
    load.run(Duration::from_secs(options.ticks as u64), &mut |_| {})?;
    let query = asking::largest_history(SocketAddr::V4(agent.address))?;
    let asking: Vec<Asking> =
        (0..ASKING).map(|_| Asking::start(SocketAddr::V4(agent.address), &query)).collect();
    let (mut run, mut seqs) = (Run::default(), Vec::new());
    for number in 1..=CHANGES {
        let hanging = Hanging::of(agent.data_dir())?;
        let mut change = change(&agent, number)?;
        let held = hanging.hold()?;
        let before: u64 = asking.iter().map(Asking::answered).sum();
        let began = Instant::now();
        let mut note = |arrival: Arrival| seqs.push((arrival.heading, arrival.at_us));
        load.run(HANGS, &mut note)?;
        if let Some(status) = change.try_wait()? {
            bail!("the change did not wait for the disk: {status} within {:?}", began.elapsed());
        }
        run.answered += asking.iter().map(Asking::answered).sum::<u64>() - before;
        drop(held);
        if !change.wait()?.success() {
            bail!("the change failed after the disk answered");
        }
    }
    for asking in asking {
        asking.end()?;
    }
    for (heading, at_us) in &seqs {
        run.delays_ms.push((at_us - agent.published_us(heading.seq)?) as f64 / 1000.0);
    }
    let mut sampled: Vec<(u64, u64)> = seqs.iter().map(|(it, _)| (it.seq, it.sampled_at_ms)).collect();
    sampled.sort_unstable();
    sampled.dedup();
    let in_a_row = sampled.windows(2).filter(|pair| pair[1].0 == pair[0].0 + 1);
    run.jitter_ms = in_a_row.map(|pair| (pair[1].1 - pair[0].1).abs_diff(1000) as f64).collect();
    Ok(run)
}

/// Has the owner make a token: a change of the access file.
fn change(agent: &Agent, number: usize) -> Result<std::process::Child> {
    leash::command(place::built("release", "sightline-agent"))
        .args(["token", &format!("bench {number}"), "--json", "--port", &agent.address.port().to_string()])
        .arg("--data-dir")
        .arg(agent.data_dir())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("making a token")
}

/// An access file whose disk hangs.
struct Hanging {
    leased: Child,
    said: Lines<BufReader<ChildStdout>>,
}

/// Somebody waits for that disk, until this is dropped.
struct Held(Child);

impl Hanging {
    /// From now on a read of the file in `data_dir` waits.
    fn of(data_dir: &Path) -> Result<Self> {
        let mut leased = leash::command("python3")
            .args(["-c", LEASE])
            .arg(data_dir.join("access.json"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("running python3")?;
        let said = BufReader::new(leased.stdout.take().expect("it is piped")).lines();
        let mut hanging = Self { leased, said };
        hanging.hears("held")?;
        Ok(hanging)
    }

    /// Waits until somebody reads the file.
    fn hold(mut self) -> Result<Held> {
        self.hears("asked for")?;
        Ok(Held(self.leased))
    }

    fn hears(&mut self, expected: &str) -> Result<()> {
        let said = self.said.next().context("the program with the lease of the access file ended")??;
        if said != expected {
            bail!("the program with the lease of the access file says {said}");
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}
