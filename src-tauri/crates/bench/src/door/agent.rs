//! The agent that is measured: started with files of its own, asked what it costs, ended when dropped.

use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use xtask::place;

use super::moment;
use crate::client::get;
use crate::leash;
use crate::spawn::{Folder, START};

/// What it prints when it listens.
const ANNOUNCED: &str = "Sightline is at http://";
/// Time between two ticks as it is set at first.
const TICK: Duration = Duration::from_secs(1);
/// Lines of its log that are kept for an error to show.
const LOG_LINES: usize = 5;

/// A running agent.
#[derive(Debug)]
pub(crate) struct Agent {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddrV4,
    heard: Arc<Mutex<Heard>>,
    traced: bool,
    /// Dropped after the child.
    folder: Arc<Folder>,
}

/// What it wrote to its log.
#[derive(Debug, Default)]
struct Heard {
    /// When each tick was published, in microseconds, by its number.
    published_us: BTreeMap<u64, i64>,
    last: VecDeque<String>,
}

impl Agent {
    /// Starts one on any port.
    pub(crate) fn start() -> Result<Self> {
        Self::begin(0, false, Arc::new(Folder::new("agent")?))
    }

    /// Starts one that logs when it publishes. That costs a little, so it is not for where cost is measured.
    pub(crate) fn start_traced() -> Result<Self> {
        Self::begin(0, true, Arc::new(Folder::new("agent")?))
    }

    /// Ends it as a power cut would; `meanwhile` happens before it is started again, on the same port with the same
    /// files.
    pub(crate) fn cut_and_restart(mut self, meanwhile: impl FnOnce() -> Result<()>) -> Result<Self> {
        self.child.kill().context("killing the agent")?;
        self.child.wait().context("waiting for the agent's end")?;
        meanwhile()?;
        Self::begin(self.address.port(), self.traced, Arc::clone(&self.folder))
    }

    fn begin(port: u16, traced: bool, folder: Arc<Folder>) -> Result<Self> {
        let mut child = leash::command(place::built("release", "sightline-agent"))
            .args(["serve", "--port", &port.to_string(), "--data-dir"])
            .arg(folder.path())
            .env("RUST_LOG", if traced { "warn,station=trace" } else { "warn" })
            // It is not a service here: its log is to have times.
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("starting the agent")?;
        let heard = listen(&mut child);
        let address = announced(&mut child);
        let nowhere = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);
        let mut agent = Self { child, address: nowhere, heard, traced, folder };
        agent.address =
            address.with_context(|| format!("waiting for the agent; it said: {}", agent.last_words()))?;
        Ok(agent)
    }

    /// Where it keeps its files.
    pub(crate) fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// When tick `seq` was published, in microseconds since 1970.
    ///
    /// # Errors
    /// When its log does not tell.
    pub(crate) fn published_us(&self, seq: u64) -> Result<i64> {
        let found = self.heard().published_us.get(&seq).copied();
        found.with_context(|| format!("its log of station=trace has no line `published` of tick {seq}"))
    }

    fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last_words(&self) -> String {
        self.heard().last.iter().cloned().collect::<Vec<_>>().join(" / ")
    }

    /// Waits for the middle between two ticks, so that what is measured from there on holds whole ticks.
    pub(crate) fn between_ticks(&self) -> Result<()> {
        let snapshot: Value = serde_json::from_str(&get(SocketAddr::V4(self.address), "/api/v1/snapshot")?)?;
        let sampled_at_ms =
            snapshot["sampledAtMs"].as_i64().context("reading when the agent sampled last")?;
        let tick_us = TICK.as_micros() as i64;
        let since_us = moment::now_us() - sampled_at_ms * 1000;
        let wait_us = (tick_us / 2 - since_us).rem_euclid(tick_us);
        std::thread::sleep(Duration::from_micros(wait_us as u64));
        Ok(())
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads its log in a thread that ends with it.
fn listen(child: &mut Child) -> Arc<Mutex<Heard>> {
    let heard = Arc::<Mutex<Heard>>::default();
    let log = BufReader::new(child.stderr.take().expect("it is piped"));
    std::thread::spawn({
        let heard = Arc::clone(&heard);
        move || {
            for line in log.lines().map_while(Result::ok) {
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some((seq, at_us)) = published(&line) {
                    heard.published_us.insert(seq, at_us);
                } else if !line.contains(" TRACE ") {
                    heard.last.truncate(LOG_LINES - 1);
                    heard.last.push_front(line);
                }
            }
        }
    });
    heard
}

/// A line that tells of a tick: its number, and when it was published.
fn published(line: &str) -> Option<(u64, i64)> {
    let (_, fields) = line.split_once("published ")?;
    let seq = fields.split_ascii_whitespace().find_map(|field| field.strip_prefix("seq="))?;
    Some((seq.parse().ok()?, moment::from_log(line.split_ascii_whitespace().next()?)?))
}

/// Waits until it says where it listens.
fn announced(child: &mut Child) -> Result<SocketAddrV4> {
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let (told, tells) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let address = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix(ANNOUNCED)?.to_owned()));
        // Nobody waits any more where it took too long.
        let _ = told.send(address);
    });
    let address = tells.recv_timeout(START).context("it does not say where it listens")?;
    address.context("it ended")?.trim_end_matches('/').parse().context("reading its address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_which_tick_was_published_when() {
        for (line, expected) in [
            (
                "2026-11-21T15:29:08.123456Z TRACE station::station: published seq=12",
                Some((12, 1_795_274_948_123_456)),
            ),
            (
                "1970-01-01T00:00:01.000000Z TRACE tick: station::station: published viewers=3 seq=0",
                Some((0, 1_000_000)),
            ),
            ("2026-11-21T15:29:08.123456Z  INFO station::station: ticking interval_ms=1000", None),
            ("published seq=12", None),
        ] {
            assert_eq!(published(line), expected, "{line}");
        }
    }
}
