//! The real window on its Fleet view, driven by a script of the page's own tests.

use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::place;

use super::replayed::Replayed;
use crate::client::until;
use crate::{leash, tree};

/// After all machines answer, what was fetched at first is still being drawn.
const SETTLE: Duration = Duration::from_secs(10);
/// The script takes leave of window and screen.
const ENDS: Duration = Duration::from_secs(20);

/// The window. Ended, with its screen, when dropped.
#[derive(Debug)]
pub(super) struct Page {
    script: Child,
    tasks: Option<ChildStdin>,
    outcomes: Lines<BufReader<ChildStdout>>,
    /// Root of the window's processes.
    pub(super) pid: u32,
}

impl Page {
    /// Opens the window that knows `machines`, and waits until each of them is watched and Fleet is drawn.
    pub(super) fn open(machines: &Replayed) -> Result<Self> {
        let mut script = leash::command("node")
            .arg("e2e/bench/fleet-window.mjs")
            .current_dir(place::ui())
            .env("SIGHTLINE_BIN", place::built("release", "sightline"))
            .env("SIGHTLINE_DATA", machines.known_in())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("starting node")?;
        let tasks = script.stdin.take();
        let outcomes = BufReader::new(script.stdout.take().context("reading the script's output")?).lines();
        let mut page = Self { script, tasks, outcomes, pid: 0 };
        let pid = page.outcome()?["pid"].as_u64().context("the window has no process id")?;
        page.pid = u32::try_from(pid)?;
        machines.until_watched()?;
        std::thread::sleep(SETTLE);
        // A page that draws nothing costs little; it must not count.
        if page.run(&serde_json::json!({ "do": "drawn" }))?["charts"].as_u64() < Some(2) {
            bail!("Fleet shows no charts");
        }
        Ok(page)
    }

    /// Has the script do `task`; what came of it.
    pub(super) fn run(&mut self, task: &Value) -> Result<Value> {
        let tasks = self.tasks.as_mut().context("the script takes no more tasks")?;
        writeln!(tasks, "{task}")?;
        let outcome = self.outcome()?;
        match outcome["error"].as_str() {
            Some(error) => bail!("{}: {error}", task["do"]),
            None => Ok(outcome),
        }
    }

    fn outcome(&mut self) -> Result<Value> {
        let line = self.outcomes.next().context("the window could not be driven")??;
        serde_json::from_str(&line).context("reading what the page saw")
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // It ends with its input, and what it started with it.
        drop(self.tasks.take());
        let all = tree::pids(self.script.id());
        if until("the window ends", ENDS, || matches!(self.script.try_wait(), Ok(Some(_)))).is_err() {
            for pid in all {
                let _ = std::process::Command::new("kill").args(["-KILL", &pid.to_string()]).status();
            }
            let _ = self.script.wait();
        }
    }
}
