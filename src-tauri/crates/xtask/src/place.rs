//! Where things are in this repository, and which program files have which names here.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The top of the repository. xtask is always run by cargo in the clone that it was built in.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(3)
        .expect("the crate is three folders below the top")
}

/// The folder of the UI.
pub fn ui() -> PathBuf {
    root().join("ui")
}

/// Cargo's target folder.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Where the chores keep their logs, reports and stamps.
pub fn scratch() -> PathBuf {
    target().join("xtask")
}

/// A program built by cargo: `profile` is the name of its folder.
pub fn built(profile: &str, name: &str) -> PathBuf {
    target().join(profile).join(format!("{name}{EXE_SUFFIX}"))
}

/// Where a program is on `PATH`, if it is.
pub fn program(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(format!("{name}{EXE_SUFFIX}")))
        .find(|file| file.is_file())
}

/// A command in the repository's root, without what `cargo run` put into our environment: left in, it would
/// reach build scripts and make cargo rebuild things it had built before.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let cargos = name.to_str().is_some_and(|name| {
            ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_", "CARGO_PRIMARY_"]
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        if cargos || name == "LD_LIBRARY_PATH" {
            command.env_remove(name);
        }
    }
    command
}

/// The cargo that runs us.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A Chromium or a Chrome: what `SIGHTLINE_CHROMIUM` names, else the first one found in the usual places. The headless
/// shell comes first, which is the same engine without the windows, tabs and services of a browser: a test takes half as
/// long in it.
pub fn browser() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("SIGHTLINE_CHROMIUM") {
        return Some(named.into());
    }
    let fixed = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ];
    ["chromium-headless-shell", "chromium", "google-chrome", "google-chrome-stable", "chromium-browser"]
        .iter()
        .find_map(|name| program(name))
        .or_else(|| fixed.iter().map(PathBuf::from).find(|file| file.is_file()))
}
