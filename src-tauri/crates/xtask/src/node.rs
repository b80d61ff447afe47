//! Node and npm: is Node new enough, are the packages there, is the UI built.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::place;

/// Vite 8 wants ^20.19 or ≥ 22.12.
const NODE_SINCE: (u32, u32) = (20, 19);

/// What the UI's build depends on; a change in one of them makes it stale.
const UI_SOURCES: [&str; 7] = [
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "svelte.config.js",
];

/// A Node that Vite can work with, or what to do about it.
pub fn require() -> Result<()> {
    let found = place::command("node").arg("--version").output();
    let version = match &found {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        _ => bail!("Node is not installed; the UI is built with Node 20.19 or newer.\n{}", remedy()),
    };
    if !new_enough(&version) {
        bail!("Node {version} is too old; the UI is built with Node 20.19 or 22.12 or newer.\n{}", remedy());
    }
    if npm().arg("--version").output().is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    bail!("Node {version} is there, npm is not.\n{}", remedy())
}

/// `v20.19.0` is; `v20.18.3`, `v21.7.0` and `v22.11.0` are not.
fn new_enough(version: &str) -> bool {
    let mut parts = version.trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    let (Some(major), Some(minor)) = (parts.next(), parts.next()) else { return false };
    match major {
        21 => false,
        22 => minor >= 12,
        _ => (major, minor) >= NODE_SINCE,
    }
}

/// The exact line that brings a new enough Node onto this system.
fn remedy() -> &'static str {
    if cfg!(target_os = "macos") {
        return "Run: brew install node";
    }
    if cfg!(windows) {
        return "Run: winget install OpenJS.NodeJS.LTS";
    }
    if place::program("pacman").is_some() {
        return "Run: sudo pacman -S --needed nodejs npm";
    }
    if place::program("dnf").is_some() {
        return "Run: sudo dnf install nodejs22 nodejs22-npm   (or: nodejs npm, where they are new enough)";
    }
    "Run: curl -fsSL https://deb.nodesource.com/setup_22.x | sudo -E bash - && sudo apt-get install -y nodejs"
}

/// npm in the UI's folder.
pub fn npm() -> Command {
    let mut npm = place::command(if cfg!(windows) { "npm.cmd" } else { "npm" });
    npm.current_dir(place::ui()).env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
    npm
}

/// A tool of the UI's `node_modules`, by the path of its script.
pub fn tool(script: &str) -> Command {
    let mut node = place::command("node");
    node.current_dir(place::ui()).arg(Path::new("node_modules").join(script));
    node
}

/// Whether `node_modules` is what `package-lock.json` says. npm writes what it installed into a lock file of
/// its own; packages for other systems are missing there, and nothing else may be.
pub fn installed() -> bool {
    let read = |path: &str| -> Option<Value> {
        serde_json::from_str(&fs::read_to_string(place::ui().join(path)).ok()?).ok()
    };
    let (Some(wanted), Some(there)) = (read("package-lock.json"), read("node_modules/.package-lock.json"))
    else {
        return false;
    };
    let Some(wanted) = wanted["packages"].as_object() else { return false };
    // npm itself leaves out what it marks as extraneous.
    let needed = |package: &Value| package["optional"] != true && package["extraneous"] != true;
    wanted.iter().filter(|(name, package)| !name.is_empty() && needed(package)).all(|(name, package)| {
        there["packages"][name]["version"] == package["version"] && place::ui().join(name).is_dir()
    })
}

/// The command that makes [`installed`] true.
pub fn install() -> Command {
    let mut npm = npm();
    npm.args(["ci", "--no-audit", "--no-fund"]);
    npm
}

/// Whether `ui/dist` was built from what is there now.
pub fn built() -> bool {
    fingerprint().is_ok_and(|now| fs::read_to_string(stamp()).is_ok_and(|then| then == now))
}

/// The command that builds the UI; [`mark_built`] goes after it.
pub fn build() -> Command {
    let mut npm = npm();
    npm.args(["run", "build"]);
    npm
}

/// Remembers what `ui/dist` was built from.
pub fn mark_built() -> Result<()> {
    fs::create_dir_all(place::scratch())?;
    fs::write(stamp(), fingerprint()?).context("remembering what the UI was built from")
}

fn stamp() -> PathBuf {
    place::scratch().join("ui-built")
}

/// Sources and result together: a `dist` that somebody else built is not ours.
fn fingerprint() -> Result<String> {
    let mut hash = DefaultHasher::new();
    for source in UI_SOURCES {
        digest(&place::ui().join(source), &mut hash)?;
    }
    let page = place::ui().join("dist/index.html");
    fs::read(&page).with_context(|| format!("reading {}", page.display()))?.hash(&mut hash);
    Ok(format!("{:016x}", hash.finish()))
}

fn digest(path: &Path, hash: &mut DefaultHasher) -> Result<()> {
    if path.is_dir() {
        let mut entries: Vec<PathBuf> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        entries.sort();
        return entries.iter().try_for_each(|entry| digest(entry, hash));
    }
    if path.is_file() {
        path.strip_prefix(place::root())?.hash(hash);
        fs::read(path).with_context(|| format!("reading {}", path.display()))?.hash(hash);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::new_enough;

    #[test]
    fn node_is_new_enough_for_vite() {
        for (version, enough) in [
            ("v20.19.0", true),
            ("v20.18.3", false),
            ("v18.20.4", false),
            ("v21.7.0", false),
            ("v22.11.0", false),
            ("v22.12.0", true),
            ("v24.0.0", true),
            ("", false),
        ] {
            assert_eq!(new_enough(version), enough, "{version}");
        }
    }
}
