//! Machines that play a recording, in a program of their own, and a data folder of a window that knows them.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use xtask::place;

use crate::client::{get, until};
use crate::leash;
use crate::spawn::{Folder, START};

/// Time for a window to reach all machines.
const REACHED: Duration = Duration::from_secs(90);

/// The machines. Ended when dropped.
#[derive(Debug)]
pub(super) struct Replayed {
    child: Child,
    addresses: Vec<SocketAddr>,
    /// Dropped after the child.
    folder: Folder,
}

impl Replayed {
    /// Starts `count` machines.
    pub(super) fn start(count: usize) -> Result<Self> {
        let folder = Folder::new("fleet")?;
        let mut child = leash::command(place::built("release", "sightline-agent"))
            .args(["serve", "--demo", "--port", "0", "--machines", &count.to_string(), "--known-in"])
            .arg(folder.path().join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting the machines")?;
        let output = child.stdout.take().context("reading where the machines are")?;
        let mut machines = Self { child, addresses: Vec::new(), folder };
        for line in BufReader::new(output).lines() {
            if let Some((_, address)) = line?.rsplit_once("http://") {
                machines.addresses.push(address.trim_end_matches('/').parse()?);
            }
            if machines.addresses.len() == count {
                return Ok(machines);
            }
        }
        bail!("{} of {count} machines were started", machines.addresses.len())
    }

    /// Where a window keeps its files that knows these machines.
    pub(super) fn known_in(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// Waits until every machine has a viewer.
    pub(super) fn until_watched(&self) -> Result<()> {
        let mut waiting = self.addresses.clone();
        let all_watched = || {
            waiting.retain(|address| !is_watched(*address));
            waiting.is_empty()
        };
        let waited = until("a link to every machine", REACHED, all_watched);
        waited
            .with_context(|| format!("{} of {} machines have no viewer", waiting.len(), self.addresses.len()))
    }
}

fn is_watched(address: SocketAddr) -> bool {
    let told = get(address, "/api/v1/ws/stats").ok();
    let told: Option<Value> = told.and_then(|text| serde_json::from_str(&text).ok());
    told.is_some_and(|stats| stats["activeConnections"].as_u64() > Some(0))
}

impl Drop for Replayed {
    fn drop(&mut self) {
        let _ = std::process::Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        if until("the machines end", START, || matches!(self.child.try_wait(), Ok(Some(_)))).is_err() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
