//! Suites that meet the programs from outside: a browser, clients in other languages, Prometheus, and the real window.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::limits::{BUILD_LIMIT, SUITE_LIMIT};
use super::prepared::Prepared;
use super::reports::{read, report};
use crate::progress::{Progress, Step};
use crate::selection::Selection;
use crate::{node, place, python, tally, unpacked};

/// What the Python clients are written with.
const PYTHON_PACKAGES: &[&str] =
    &["httpx==0.28.1", "schemathesis==4.32.5", "websockets==15.0.1", "wsproto==1.3.2"];

/// The page against a real agent, in a real browser; nothing where that cannot be started, which is said.
pub(super) fn browser(progress: &mut Progress, prepared: &Prepared) -> Option<Step<'static>> {
    const NAME: &str = "browser suite";
    if !prepared.packages {
        progress.cannot(NAME, "the npm packages are not installed");
        return None;
    }
    let Some(browser) = place::browser() else {
        progress.cannot(NAME, "no Chromium and no Chrome is here");
        return None;
    };
    let report = report("playwright.json");
    let mut suite = node::tool("@playwright/test/cli.js");
    suite
        .args(["test", "--reporter=list,json"])
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report)
        .env("SIGHTLINE_CHROMIUM", browser)
        .env("SIGHTLINE_AGENT", place::built("debug", "sightline-agent"));
    Some(Step::new(NAME, suite, SUITE_LIMIT, move |_| tally::playwright(&read(&report))))
}

/// The native stream as programs in other languages meet it, and the description of the HTTP interface.
pub(super) fn peers(progress: &mut Progress, prepared: &Prepared) -> Result<Vec<Step<'static>>> {
    let agent = place::built("debug", "sightline-agent");
    let mut steps = Vec::new();
    if prepared.packages {
        let mut suite = place::command("node");
        suite
            .args(["--test", "--test-reporter=tap"])
            .args(test_files("e2e/peers")?)
            .env("SIGHTLINE_AGENT", &agent);
        steps.push(Step::new("Node client", suite, SUITE_LIMIT, tally::tap));
    }
    let mut programs = None;
    progress.check("Python packages", || {
        programs = Some(python::environment("python", PYTHON_PACKAGES)?);
        Ok(())
    });
    let Some(programs) = programs else { return Ok(steps) };
    let suites = [
        ("Python clients", place::ui().join("e2e/peers")),
        ("every answer is as described", place::root().join("src-tauri/crates/lan/tests/api")),
    ];
    for (name, folder) in suites {
        let mut suite = place::command(programs.join("python"));
        suite
            .args(["-m", "unittest", "discover", "--pattern", "test_*.py", "--start-directory"])
            .arg(folder)
            .env("SIGHTLINE_AGENT", &agent)
            .env("PYTHONDONTWRITEBYTECODE", "1");
        steps.push(Step::new(name, suite, SUITE_LIMIT, tally::unittest));
    }
    Ok(steps)
}

/// `GET /metrics` as a real Prometheus reads it; nothing where that cannot be started, which is said.
pub(super) fn prometheus(progress: &mut Progress, prepared: &Prepared) -> Option<Step<'static>> {
    const NAME: &str = "Prometheus";
    if !cfg!(target_os = "linux") {
        progress.skip(NAME, "the machines it is shown were recorded on Linux");
        return None;
    }
    let mut programs = None;
    progress.check("Prometheus is here", || {
        programs = Some(unpacked::prometheus()?);
        Ok(())
    });
    let mut suite = prepared.selection.cargo(&["test", "--test", "prometheus"]);
    suite.env("SIGHTLINE_PROMETHEUS", programs?);
    Some(Step::new(NAME, suite, BUILD_LIMIT, tally::libtest))
}

/// The real window, driven by WebDriver on a screen of its own; nothing where that cannot be started, which is said.
pub(super) fn window(progress: &mut Progress, prepared: &Prepared) -> Option<Step<'static>> {
    const NAME: &str = "window suite";
    if !cfg!(target_os = "linux") {
        progress.skip(NAME, "only WebKitGTK brings a driver that needs no build of its own");
        return None;
    }
    if prepared.selection == Selection::WithoutWindow {
        progress.cannot(NAME, "the window could not be built: see the steps before");
        return None;
    }
    let files = match test_files("e2e/window") {
        Ok(files) if !files.is_empty() => files,
        _ => {
            progress.cannot(NAME, "ui/e2e/window holds no tests");
            return None;
        }
    };
    // The suite starts a screen and a message bus of its own.
    let mut suite = node_tests(files);
    suite.env("SIGHTLINE_BIN", place::built("debug", "sightline"));
    Some(Step::new(NAME, suite, SUITE_LIMIT, tally::tap))
}

/// Node's test runner on these files, one after the other. The time is that of a whole file in Node 20.
fn node_tests(files: Vec<PathBuf>) -> Command {
    let mut node = place::command("node");
    node.args(["--test", "--test-reporter=tap", "--test-concurrency=1", "--test-timeout=600000"]).args(files);
    node
}

/// Files of Node's test runner below `ui/<folder>`. Named one by one: what a folder means differs by version.
fn test_files(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = place::ui().join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .with_context(|| format!("reading {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            [".test.mjs", ".test.js"].iter().any(|ending| name.ends_with(ending))
        })
        .collect();
    files.sort();
    Ok(files)
}
