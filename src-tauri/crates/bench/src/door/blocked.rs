//! The disk hangs while the owner changes who has access, and some ask the largest queries: what the other viewers
//! notice.
//!
//! The access file is a pipe that nobody writes to, so the agent waits in the kernel when it reads the file before it
//! writes it anew, as it waits for a disk that does not answer.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tungstenite::Message;
use xtask::place;

use super::agent::Agent;
use super::load::Load;
use super::options::Options;
use super::spread::Spread;
use super::viewer::{Arrival, Manner};
use crate::client;
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
/// Series and points of one query: as many as may be named.
const SERIES: usize = 1024;
const POINTS: usize = 4096;
/// Longest wait until the agent reads the file.
const READS_WITHIN: Duration = Duration::from_secs(20);
/// Flag of `open` (`O_NONBLOCK` of Linux): the writing end of a pipe opens only while somebody reads.
const NOT_WAITING: i32 = 0o4000;

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
    let asking: Vec<Asking> =
        (0..ASKING).map(|_| Asking::start(SocketAddr::V4(agent.address))).collect::<Result<_>>()?;
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
        fs::write(&held.path, &held.text).context("having the disk answer")?;
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
    path: PathBuf,
    text: Vec<u8>,
}

/// Somebody waits for that disk, until the file is written to.
struct Held {
    path: PathBuf,
    text: Vec<u8>,
    _pipe: File,
}

impl Hanging {
    fn of(data_dir: &Path) -> Result<Self> {
        let path = data_dir.join("access.json");
        let text = fs::read(&path).context("reading the access file")?;
        fs::remove_file(&path)?;
        let made =
            Command::new("mkfifo").args(["-m", "600"]).arg(&path).status().context("running mkfifo")?;
        if !made.success() {
            bail!("mkfifo: {made}");
        }
        Ok(Self { path, text })
    }

    fn hold(self) -> Result<Held> {
        let began = Instant::now();
        loop {
            match File::options().write(true).custom_flags(NOT_WAITING).open(&self.path) {
                Ok(pipe) => return Ok(Held { path: self.path, text: self.text, _pipe: pipe }),
                Err(error) if began.elapsed() > READS_WITHIN => {
                    return Err(error).context("waiting for the agent to read the access file");
                }
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

/// A viewer in a thread of its own that asks the largest query, and again when it is answered.
struct Asking {
    over: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    thread: JoinHandle<Result<()>>,
}

impl Asking {
    fn start(address: SocketAddr) -> Result<Self> {
        let list: Value = serde_json::from_str(&client::get(address, "/api/v1/snapshot")?)?;
        let series = list["series"].as_array().context("reading the series")?;
        let series: Vec<&Value> = series.iter().map(|it| &it["id"]).cycle().take(SERIES).collect();
        let params = json!({"series": series, "fromMs": 0, "toMs": 1u64 << 52, "maxPoints": POINTS});
        let query =
            json!({"type": "request", "id": 1, "method": "history.query", "params": params}).to_string();
        let (over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let thread = std::thread::spawn({
            let (over, answered) = (Arc::clone(&over), Arc::clone(&answered));
            move || ask(address, &query, &over, &answered)
        });
        Ok(Self { over, answered, thread })
    }

    fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    fn end(self) -> Result<()> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().expect("who asks does not panic").context("asking the largest query")
    }
}

fn ask(address: SocketAddr, query: &str, over: &AtomicBool, answered: &AtomicU64) -> Result<()> {
    let mut socket = client::stream(address)?;
    while !over.load(Ordering::Relaxed) {
        socket.send(Message::text(query))?;
        loop {
            if let Message::Text(text) = socket.read()?
                && text.starts_with(r#"{"type":"response""#)
            {
                if !text.contains("\"result\"") {
                    bail!("it was refused: {text}");
                }
                break;
            }
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
