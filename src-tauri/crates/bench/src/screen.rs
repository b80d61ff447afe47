//! A screen without a monitor, the window on it, and how long it takes until it shows numbers.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use xtask::place;

use super::client::{ask, free_port, until};
use super::spawn::{Folder, START, silent};
use super::tree;

/// An X server without a graphics card: everything is drawn by the CPU.
#[derive(Debug)]
pub(crate) struct Screen {
    server: Child,
    display: String,
}

impl Screen {
    pub(crate) fn start() -> Result<Self> {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1440x900x24", "-nolisten", "tcp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting Xvfb")?;
        let mut number = String::new();
        BufReader::new(server.stdout.take().expect("it is piped")).read_line(&mut number)?;
        Ok(Self { server, display: format!(":{}", number.trim()) })
    }

    fn xdotool(&self, arguments: &[&str]) -> Option<String> {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &self.display).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// The window of process `pid` that is on the screen.
    pub(crate) fn visible_window(&self, pid: u32) -> Option<String> {
        let windows =
            self.xdotool(&["search", "--onlyvisible", "--pid", &pid.to_string(), "--name", "Sightline"])?;
        windows.lines().next().map(str::to_owned)
    }

    /// Takes a window off the screen. Without a window manager that is what minimising is.
    pub(crate) fn unmap(&self, window: &str) -> Result<()> {
        self.xdotool(&["windowunmap", window]).map(drop).context("hiding the window with xdotool")
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The window on `screen`, with a bus of its own and all its files in `folder`.
pub(crate) fn window_command(screen: &Screen, folder: &Path) -> Command {
    let mut command = Command::new("dbus-run-session");
    command.arg("--").arg(place::built("release", "sightline")).arg("--data-dir").arg(folder.join("data"));
    on_screen(&mut command, screen, folder);
    command
}

fn on_screen(command: &mut Command, screen: &Screen, folder: &Path) {
    command
        .env("DISPLAY", &screen.display)
        .env_remove("WAYLAND_DISPLAY")
        .env("GDK_BACKEND", "x11")
        .env("NO_AT_BRIDGE", "1")
        .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
        command.env(name, folder.join(name));
    }
}

/// Reads, in the page, whether the number of the CPU lane is there.
const NUMBERS: &str = r"return /\d\s*%/.test(document.body ? document.body.innerText : '')";

/// Time from the start of the window to the first numbers in it. WebKit's driver starts it, so its own time is in
/// the figure: an upper bound.
pub(crate) fn first_numbers(screen: &Screen) -> Result<Duration> {
    let folder = Folder::new("first")?;
    let address = free_port()?;
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "WebKitWebDriver", "--host=127.0.0.1"])
        .arg(format!("--port={}", address.port()))
        .env("TAURI_WEBVIEW_AUTOMATION", "true");
    on_screen(&mut command, screen, folder.path());
    let driver = Driver(silent(&mut command)?);
    until("WebKitWebDriver", START, || ask(address, "GET", "/status", "").is_ok())?;
    let data = folder.path().join("data");
    let capabilities = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": {
        "binary": place::built("release", "sightline"),
        "args": ["--data-dir", data],
    } } } });
    let began = Instant::now();
    let answer: Value = serde_json::from_str(&ask(address, "POST", "/session", &capabilities.to_string())?)?;
    let session = answer["value"]["sessionId"].as_str().context("starting a session of the driver")?;
    let script = json!({ "script": NUMBERS, "args": [] }).to_string();
    let path = format!("/session/{session}/execute/sync");
    until("numbers in the window", START, || {
        let answer = ask(address, "POST", &path, &script).unwrap_or_default();
        serde_json::from_str::<Value>(&answer).is_ok_and(|answer| answer["value"] == true)
    })?;
    let took = began.elapsed();
    let _ = ask(address, "DELETE", &format!("/session/{session}"), "");
    drop(driver);
    Ok(took)
}

/// Ended with all it started when dropped.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        for pid in tree::pids(self.0.id()) {
            let _ = Command::new("kill").args(["-TERM", &pid.to_string()]).stderr(Stdio::null()).status();
        }
        let gone = until("the driver", Duration::from_secs(5), || matches!(self.0.try_wait(), Ok(Some(_))));
        if gone.is_err() {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
}
