//! The real agent, as a process of its own: started with files of its own, listened to, and measured from outside.

#![allow(dead_code, reason = "no suite needs all of it")]

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::ask::Ask;
use crate::fixture::DEADLINE;

/// What it prints when it listens.
const ANNOUNCED: &str = "Sightline is at http://";
/// Bytes of its log that are kept: those of a short run at `debug`.
const LOG_BYTES: usize = 64 * 1024 * 1024;

/// A running agent. Ended when dropped.
#[derive(Debug)]
pub(crate) struct Agent {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<Vec<u8>>>,
    data: tempfile::TempDir,
}

impl Agent {
    /// Starts one at any port of this computer. `log` is its RUST_LOG, `settings` its `settings.json`.
    pub(crate) fn start(log: &str, settings: &Value) -> Self {
        Self::begin(Command::new(program()), log, settings)
    }

    fn begin(mut command: Command, log: &str, settings: &Value) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        std::fs::write(data.path().join("settings.json"), settings.to_string())
            .expect("settings are written");
        let mut child = command
            .args(["serve", "--port", "0", "--data-dir"])
            .arg(data.path())
            .env("RUST_LOG", log)
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|err| panic!("{command:?} does not start: {err}"));
        let said = keep(child.stderr.take().expect("it is piped"));
        let address = announced(&mut child);
        let mut agent = Self { child, address: ([127, 0, 0, 1], 0).into(), log: said, data };
        agent.address = address.unwrap_or_else(|| panic!("it does not listen: {}", agent.log()));
        agent
    }

    /// The same, once it has something to show.
    pub(crate) async fn ticking(self) -> Self {
        let token = self.owner_token();
        let begun = Instant::now();
        let asks = Ask::get("/api/v1/snapshot").bearer(&token);
        while asks.send(self.address).await.status() != 200 {
            assert!(begun.elapsed() < DEADLINE, "it does not tick: {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it wrote to its log until now.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    pub(crate) fn data_dir(&self) -> &Path {
        self.data.path()
    }

    /// `owner.<secret>`, from its file.
    pub(crate) fn owner_token(&self) -> String {
        let text = std::fs::read_to_string(self.data_dir().join("owner.token"));
        text.expect("the owner's token is written when the server starts").trim().to_owned()
    }

    /// Ends it as systemd does, and waits until it has: the directory is left as it wrote it.
    pub(crate) fn end(mut self) -> (tempfile::TempDir, String) {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs");
        assert!(told.success(), "it was there until now");
        let begun = Instant::now();
        while self.child.try_wait().expect("it is ours").is_none() {
            assert!(begun.elapsed() < DEADLINE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        let log = self.log();
        let data = std::mem::replace(&mut self.data, tempfile::tempdir().expect("a temporary directory"));
        (data, log)
    }

    /// Memory it has now, in bytes.
    #[cfg(target_os = "linux")]
    pub(crate) fn resident_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line VmRSS");
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
        kib * 1024
    }

    /// CPU time it has used, in seconds.
    #[cfg(target_os = "linux")]
    pub(crate) fn cpu_s(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        // Fields 14 and 15 of proc_pid_stat(5), in hundredths of a second; the first two are gone.
        let ticks = |at: usize| fields[at].parse::<f64>().expect("a number");
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Files it has open now.
    #[cfg(target_os = "linux")]
    pub(crate) fn descriptors(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("it runs").count()
    }

    /// Threads it has now.
    #[cfg(target_os = "linux")]
    pub(crate) fn threads(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs").count()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The agent that was built beside this test, or the one that SIGHTLINE_AGENT names.
fn program() -> PathBuf {
    if let Some(named) = std::env::var_os("SIGHTLINE_AGENT") {
        return named.into();
    }
    let own = std::env::current_exe().expect("this test is a file");
    let built = own.ancestors().nth(2).expect("it lies in target/debug/deps");
    let program = built.join(format!("sightline-agent{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is missing: cargo build -p sightline-agent", program.display());
    program
}

/// Reads its log in a thread that ends with it.
fn keep(mut log: impl Read + Send + 'static) -> Arc<Mutex<Vec<u8>>> {
    let kept = Arc::<Mutex<Vec<u8>>>::default();
    let keeps = Arc::clone(&kept);
    std::thread::spawn(move || {
        let mut some = [0; 8192];
        while let Ok(count @ 1..) = log.read(&mut some) {
            let mut kept = keeps.lock().unwrap_or_else(PoisonError::into_inner);
            assert!(kept.len() < LOG_BYTES, "a log without end");
            kept.extend_from_slice(&some[..count]);
        }
    });
    kept
}

/// Waits until it says where it listens.
fn announced(child: &mut Child) -> Option<SocketAddr> {
    let output = BufReader::new(child.stdout.take().expect("it is piped"));
    let (told, tells) = mpsc::sync_channel(1);
    std::thread::spawn(move || {
        let line =
            output.lines().map_while(Result::ok).find_map(|it| Some(it.strip_prefix(ANNOUNCED)?.to_owned()));
        // Nobody waits any more where it took too long.
        drop(told.send(line));
    });
    tells.recv_timeout(DEADLINE).ok().flatten()?.trim_end_matches('/').parse().ok()
}
