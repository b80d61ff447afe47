//! What a chore needs from the system, how to see whether it is there, and how it gets there.
//!
//! Looking costs no package manager: programs are looked up on `PATH`, libraries by `pkg-config`. Only what
//! is missing is installed, after it was said what and why; without the rights, the exact line is printed.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::place;

/// How to see whether something is there.
#[derive(Debug, Clone, Copy)]
enum Probe {
    /// A program on `PATH`.
    Program(&'static str),
    /// A library by its `pkg-config` name.
    Library(&'static str),
    /// A Python that can make virtual environments.
    PythonVenv,
    /// A Chromium or a Chrome.
    Browser,
}

/// Something a chore needs. An empty package name: that system has it, or has it in another package.
#[derive(Debug)]
struct Need {
    probe: Probe,
    why: &'static str,
    apt: &'static str,
    dnf: &'static str,
    pacman: &'static str,
    brew: &'static str,
}

const fn need(probe: Probe, why: &'static str, [apt, dnf, pacman, brew]: [&'static str; 4]) -> Need {
    Need { probe, why, apt, dnf, pacman, brew }
}

/// Every Rust build: rustc links through it.
const BUILD: &[Need] = &[need(
    Probe::Program("cc"),
    "compiling and linking",
    ["build-essential", "gcc gcc-c++ make", "base-devel", ""],
)];

/// Building the window. macOS and Windows bring their webview along.
const WINDOW: &[Need] = &[
    need(
        Probe::Program("pkg-config"),
        "finding libraries",
        ["pkg-config", "pkgconf-pkg-config", "pkgconf", ""],
    ),
    need(
        Probe::Library("webkit2gtk-4.1"),
        "the window's webview",
        ["libwebkit2gtk-4.1-dev", "webkit2gtk4.1-devel", "webkit2gtk-4.1", ""],
    ),
    need(
        Probe::Library("librsvg-2.0"),
        "icons of the desktop",
        ["librsvg2-dev", "librsvg2-devel", "librsvg", ""],
    ),
];

/// Driving a real window without a screen. Linux only: elsewhere the window suite does not run.
const WINDOW_SUITE: &[Need] = &[
    need(
        Probe::Program("WebKitWebDriver"),
        "driving the window",
        ["webkit2gtk-driver", "webkitgtk6.0", "webkitgtk-6.0", ""],
    ),
    need(
        Probe::Program("Xvfb"),
        "a screen for the window",
        ["xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb", ""],
    ),
    need(Probe::Program("dbus-daemon"), "a message bus for the window", ["dbus", "dbus-daemon", "dbus", ""]),
    need(
        Probe::Program("ip"),
        "several computers on one, for sharing",
        ["iproute2", "iproute", "iproute2", ""],
    ),
    need(Probe::Program("strace"), "which files the agent opens", ["strace", "strace", "strace", ""]),
    need(
        Probe::Program("gnome-keyring-daemon"),
        "a keyring for tokens",
        ["gnome-keyring", "gnome-keyring", "gnome-keyring", ""],
    ),
];

/// The browser suite and the clients in other languages.
const OTHER_SUITES: &[Need] = &[
    need(
        Probe::Browser,
        "the browser suite",
        ["chromium-headless-shell", "chromium", "chromium", "--cask google-chrome"],
    ),
    need(Probe::PythonVenv, "the Python client", ["python3 python3-venv", "python3", "python", "python3"]),
];

/// Which chore asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Building the agent.
    Agent,
    /// Building the window.
    Window,
    /// Running every test.
    Tests,
}

impl For {
    fn needs(self) -> Vec<&'static Need> {
        let window: &[&[Need]] = if cfg!(target_os = "linux") { &[WINDOW] } else { &[] };
        let tests: &[&[Need]] =
            if cfg!(target_os = "linux") { &[WINDOW_SUITE, OTHER_SUITES] } else { &[OTHER_SUITES] };
        let build: &[&[Need]] = if cfg!(windows) { &[] } else { &[BUILD] };
        let parts: &[&[&[Need]]] = match self {
            Self::Agent => &[build],
            Self::Window => &[build, window],
            Self::Tests => &[build, window, tests],
        };
        parts.iter().flat_map(|part| part.iter().flat_map(|needs| needs.iter())).collect()
    }
}

/// The package managers we can speak to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manager {
    Apt,
    Dnf,
    Pacman,
    Brew,
}

impl Manager {
    fn here() -> Option<Self> {
        [(Self::Apt, "apt-get"), (Self::Dnf, "dnf"), (Self::Pacman, "pacman"), (Self::Brew, "brew")]
            .into_iter()
            .find_map(|(manager, program)| place::program(program).map(|_| manager))
    }

    fn packages(self, need: &Need) -> &'static str {
        match self {
            Self::Apt => need.apt,
            Self::Dnf => need.dnf,
            Self::Pacman => need.pacman,
            Self::Brew => need.brew,
        }
    }

    /// The lines that install `packages`, as a person would type them after `sudo`.
    fn lines(self, packages: &[&str]) -> Vec<Vec<String>> {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let with = |line: &str| [words(line), packages.iter().map(|it| (*it).to_owned()).collect()].concat();
        match self {
            // The lists may be older than the packages that the archive still has.
            Self::Apt => vec![
                words("apt-get update"),
                with("env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends"),
            ],
            Self::Dnf => vec![with("dnf install -y")],
            Self::Pacman => vec![with("pacman -S --needed --noconfirm")],
            Self::Brew => vec![with("brew install")],
        }
    }
}

/// Who runs what needs rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rights {
    /// We have them, or none are needed.
    Ours,
    /// `sudo` asks for no password.
    Sudo,
    None,
}

impl Rights {
    fn here(manager: Manager) -> Self {
        let quiet = |program: &str, arguments: &[&str]| {
            Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output()
        };
        let root = quiet("id", &["-u"]).is_ok_and(|output| output.stdout.trim_ascii() == b"0");
        if root || manager == Manager::Brew {
            Self::Ours
        } else if quiet("sudo", &["-n", "true"]).is_ok_and(|output| output.status.success()) {
            Self::Sudo
        } else {
            Self::None
        }
    }
}

/// Installs what is missing. Quick and quiet when nothing is; an error says which line a person has to run.
pub(crate) fn install(chore: For) -> Result<()> {
    let missing = missing(chore);
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing on this system:");
    for need in &missing {
        println!("  {} ({})", need.probe.words(), need.why);
    }
    let Some(manager) = Manager::here() else {
        bail!("none of apt-get, dnf, pacman and brew is here: install these by hand, then run this again");
    };
    let mut packages: Vec<&str> = missing
        .iter()
        .flat_map(|need| manager.packages(need).split(' '))
        .filter(|it| !it.is_empty())
        .collect();
    packages.dedup();
    if packages.is_empty() {
        bail!(
            "this system's package manager is not known to have these: install them by hand, then run this again"
        );
    }
    let lines = manager.lines(&packages);
    let rights = Rights::here(manager);
    if rights == Rights::None {
        let typed: Vec<String> = lines.iter().map(|line| format!("sudo {}", line.join(" "))).collect();
        bail!("installing needs rights that this user does not have. Run:\n  {}", typed.join(" && "));
    }
    lines.into_iter().try_for_each(|line| run(line, rights))
}

/// Fetches apt's lists of packages anew.
pub(crate) fn refresh() -> Result<()> {
    let line = vec!["apt-get".to_owned(), "update".to_owned()];
    match Rights::here(Manager::Apt) {
        Rights::None => {
            bail!("apt's lists of packages are missing or too old. Run:\n  sudo {}", line.join(" "))
        }
        rights => run(line, rights),
    }
}

/// Runs what needs rights.
fn run(line: Vec<String>, rights: Rights) -> Result<()> {
    let line = if rights == Rights::Sudo { [vec!["sudo".into(), "-n".into()], line].concat() } else { line };
    println!("$ {}", line.join(" "));
    let status = place::command(&line[0])
        .args(&line[1..])
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("starting {}", line[0]))?;
    if !status.success() {
        bail!("{} failed ({status}); run it by hand to see more", line.join(" "));
    }
    Ok(())
}

/// What is not there, in words, for the chore to say why something cannot run.
pub(crate) fn still_missing(chore: For) -> Vec<String> {
    missing(chore).into_iter().map(|need| need.probe.words()).collect()
}

fn missing(chore: For) -> Vec<&'static Need> {
    chore.needs().into_iter().filter(|need| !need.probe.finds()).collect()
}

impl Probe {
    fn finds(self) -> bool {
        match self {
            Self::Program(name) => place::program(name).is_some(),
            Self::Library(name) => succeeds("pkg-config", &["--exists", name]),
            Self::PythonVenv => succeeds(python(), &["-c", "import venv, ensurepip"]),
            Self::Browser => place::browser().is_some(),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Program(name) => name.to_owned(),
            Self::Library(name) => format!("the library {name}"),
            Self::PythonVenv => "Python 3 with venv".to_owned(),
            Self::Browser => "Chromium or Chrome".to_owned(),
        }
    }
}

/// What Python 3 is called here.
pub(crate) fn python() -> &'static str {
    if cfg!(windows) { "python" } else { "python3" }
}

fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
