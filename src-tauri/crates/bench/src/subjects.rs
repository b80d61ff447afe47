//! What is measured, and how it is started: agent, window, and the peers that are installed.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};
use xtask::place;

use super::client::{Watcher, free_port, get, until};
use super::screen::{self, Screen};
use super::spawn::{Folder, START, silent};
use super::tree;

/// Something that runs and is measured. Ended, with all it started, when dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// Roots of the trees that count.
    pub(crate) roots: Vec<u32>,
    pub(crate) watcher: Option<Watcher>,
    /// Dropped after the child.
    _folder: Option<Folder>,
}

impl Running {
    fn new(child: Child) -> Self {
        let roots = vec![child.id()];
        Self { child, roots, watcher: None, _folder: None }
    }

    fn keeping(mut self, folder: Folder) -> Self {
        self._folder = Some(folder);
        self
    }

    fn watched(mut self, watcher: Watcher) -> Self {
        self.watcher = Some(watcher);
        self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for signal in ["-TERM", "-KILL"] {
            for pid in tree::pids(self.child.id()) {
                let _ = Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status();
            }
            let gone = || matches!(self.child.try_wait(), Ok(Some(_)));
            if until("ending", Duration::from_secs(5), gone).is_ok() {
                return;
            }
        }
    }
}

/// The agent; with `viewer`, one viewer has the full process table open.
pub(crate) fn agent(viewer: bool) -> Result<Running> {
    let folder = Folder::new("agent")?;
    let address = free_port()?;
    let mut command = Command::new(place::built("release", "sightline-agent"));
    command.args(["serve", "--port", &address.port().to_string(), "--data-dir"]).arg(folder.path());
    let running = Running::new(silent(&mut command)?).keeping(folder);
    until("the agent", START, || get(address, "/api/v1/snapshot").is_ok())?;
    Ok(if viewer { running.watched(Watcher::viewer(address)) } else { running })
}

/// What the window logs when its page has drawn its first view.
const DRAWN: &str = "the page is drawn";

/// The window on its first view; with `hidden`, out of sight.
pub(crate) fn window(screen: &Screen, hidden: bool) -> Result<Running> {
    let folder = Folder::new("window")?;
    let log = folder.path().join("log");
    let child = screen::window_command(screen, folder.path())
        .env("RUST_LOG", "sightline=debug")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log)?)
        .spawn()
        .context("starting the window")?;
    let mut running = Running::new(child).keeping(folder);
    let root = running.child.id();
    // A window that draws nothing costs little; it must not count.
    until("the window's page", START, || fs::read_to_string(&log).is_ok_and(|it| it.contains(DRAWN)))?;
    // The bus beside the window is not the window's.
    running.roots = vec![tree::named(root, "sightline").context("finding the window's process")?];
    let window = until_shown(screen, running.roots[0]);
    if hidden {
        screen.unmap(&window?)?;
    }
    Ok(running)
}

/// Waits until the window is on the screen, where something can tell; its id.
fn until_shown(screen: &Screen, pid: u32) -> Result<String> {
    let mut id = None;
    until("the window", Duration::from_secs(15), || {
        id = screen.visible_window(pid);
        id.is_some()
    })?;
    id.context("finding the window")
}

/// A tool people know.
#[derive(Debug)]
pub(crate) struct Peer {
    /// As it is called in the table.
    pub(crate) name: &'static str,
    /// Its program.
    pub(crate) program: &'static str,
    /// What makes it tell its version.
    pub(crate) version: &'static str,
    pub(crate) start: fn(&Path) -> Result<Running>,
}

/// All of them show or serve once a second.
pub(crate) const PEERS: &[Peer] = &[
    Peer { name: "btop", program: "btop", version: "--version", start: btop },
    Peer { name: "btm (bottom)", program: "btm", version: "--version", start: btm },
    Peer {
        name: "glances, web, one client at 1 Hz",
        program: "glances",
        version: "--version",
        start: glances,
    },
    Peer { name: "netdata", program: "netdata", version: "-V", start: netdata },
    Peer {
        name: "node_exporter, scraped at 1 Hz",
        program: "prometheus-node-exporter",
        version: "--version",
        start: node_exporter,
    },
    Peer {
        name: "node_exporter, scraped at 1 Hz",
        program: "node_exporter",
        version: "--version",
        start: node_exporter,
    },
];

fn btop(program: &Path) -> Result<Running> {
    let folder = Folder::new("btop")?;
    fs::create_dir_all(folder.path().join("btop"))?;
    fs::write(folder.path().join("btop/btop.conf"), "update_ms = 1000\n")?;
    let mut command = on_terminal(program, "--utf-force");
    command.env("XDG_CONFIG_HOME", folder.path());
    terminal_program(command, "btop", folder)
}

fn btm(program: &Path) -> Result<Running> {
    terminal_program(on_terminal(program, "--rate 1000"), "btm", Folder::new("btm")?)
}

fn glances(program: &Path) -> Result<Running> {
    let address = free_port()?;
    let mut command = Command::new(program);
    command.args([
        "--webserver",
        "--bind",
        "127.0.0.1",
        "--time",
        "1",
        "--port",
        &address.port().to_string(),
    ]);
    let running = Running::new(silent(&mut command)?);
    let paths = ["/api/4/all", "/api/3/all"];
    let answering = || paths.into_iter().find(|path| get(address, path).is_ok());
    until("glances", START, || answering().is_some())?;
    let path = answering().context("asking glances")?;
    Ok(running.watched(Watcher::asking(address, path)))
}

fn netdata(program: &Path) -> Result<Running> {
    let address = free_port()?;
    let mut command = Command::new(program);
    command.args(["-D", "-i", "127.0.0.1", "-p", &address.port().to_string()]);
    let running = Running::new(silent(&mut command)?);
    until("netdata", START, || get(address, "/api/v1/info").is_ok())?;
    Ok(running)
}

fn node_exporter(program: &Path) -> Result<Running> {
    let address: SocketAddr = free_port()?;
    let mut command = Command::new(program);
    command.arg(format!("--web.listen-address={address}"));
    let running = Running::new(silent(&mut command)?);
    until("node_exporter", START, || get(address, "/metrics").is_ok())?;
    Ok(running.watched(Watcher::asking(address, "/metrics")))
}

/// A program on a terminal of a usual size that nobody looks at.
fn on_terminal(program: &Path, arguments: &str) -> Command {
    let line = format!("stty rows 50 cols 160; exec {} {arguments}", program.display());
    let mut command = Command::new("script");
    command.args(["--quiet", "--flush", "--command", &line, "/dev/null"]).env("TERM", "xterm-256color");
    command
}

fn terminal_program(mut command: Command, name: &str, folder: Folder) -> Result<Running> {
    let mut running = Running::new(silent(&mut command)?).keeping(folder);
    let root = running.child.id();
    until(name, START, || tree::named(root, name).is_some())?;
    running.roots = vec![tree::named(root, name).context("finding the process")?];
    Ok(running)
}
