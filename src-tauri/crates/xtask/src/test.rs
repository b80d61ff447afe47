//! `cargo xtask test`: installs what the tests need, then runs every check there is.
//!
//! Quick checks first. A step that fails does not hold up the others. The last line is the totals alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::progress::{Progress, Tally};
use crate::selection::Selection;
use crate::{gates, install, node, place, prometheus, tally, types};

/// Run every check.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Only these parts, such as `--only rust,window`.
    #[arg(long, value_delimiter = ',', value_enum)]
    only: Vec<Part>,

    /// Half an hour more: floods of five minutes each, a thousand pairings, and clocks. Prints their figures.
    #[arg(long)]
    long: bool,
}

/// What can be run by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// Formatting, layers, rules of the house.
    Gates,
    /// Types, lints and unit tests of the page.
    Ui,
    /// Clippy, tests, generated types.
    Rust,
    /// The page in a browser, and clients in other languages, at a real agent.
    Browser,
    /// The real window.
    Window,
}

/// A cold build on two slow cores.
const BUILD_LIMIT: Duration = Duration::from_secs(50 * 60);
/// A suite that runs longer hangs.
const SUITE_LIMIT: Duration = Duration::from_secs(8 * 60);
/// Tools that look at files.
const TOOL_LIMIT: Duration = Duration::from_secs(5 * 60);

impl Test {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let wants = &|part: Part| self.only.is_empty() || self.only.contains(&part);
        let mut progress = Progress::start();
        let prepared = Prepared::now(&mut progress, wants);

        if wants(Part::Gates) {
            run_gates(&mut progress);
        }
        if wants(Part::Ui) && prepared.packages {
            run_ui(&mut progress);
        }
        if wants(Part::Rust) {
            run_clippy(&mut progress, prepared.selection);
        }
        if [Part::Rust, Part::Browser, Part::Window].into_iter().any(wants) {
            let build = prepared.selection.cargo(&["build", "--quiet", "--all-targets"]);
            if progress.step("build", build, BUILD_LIMIT) {
                run_built(&mut progress, &prepared, wants)?;
            }
        }
        if self.long {
            run_long(&mut progress, prepared.selection);
        }
        Ok(progress.finish())
    }
}

/// What is there to test with.
#[derive(Debug)]
struct Prepared {
    selection: Selection,
    /// The UI's npm packages are installed.
    packages: bool,
}

impl Prepared {
    fn now(progress: &mut Progress, wants: &dyn Fn(Part) -> bool) -> Self {
        let whole = wants(Part::Browser) || wants(Part::Window);
        let chore = if whole { install::For::Tests } else { install::For::Window };
        // Said once and counted as a failure; what can run without it still runs.
        if let Err(error) = install::install(chore) {
            progress.cannot("system packages", &format!("{error:#}"));
        }
        let packages = node_packages(progress);
        let page = packages && ui_built(progress);
        let window = page && install::still_missing(install::For::Window).is_empty();
        Self { selection: if window { Selection::WithWindow } else { Selection::WithoutWindow }, packages }
    }
}

fn node_packages(progress: &mut Progress) -> bool {
    if let Err(error) = node::require() {
        progress.cannot("Node", &format!("{error:#}"));
        return false;
    }
    node::installed() || progress.step("npm ci", node::install(), SUITE_LIMIT)
}

fn ui_built(progress: &mut Progress) -> bool {
    node::built() || {
        progress.step("ui: build", node::build(), TOOL_LIMIT)
            && progress.check("ui: remember the build", node::mark_built)
    }
}

fn run_gates(progress: &mut Progress) {
    let mut fmt = place::cargo();
    fmt.args(["fmt", "--all", "--", "--check", "--files-with-diff"]);
    progress.step("rustfmt", fmt, TOOL_LIMIT);
    progress.check("gate: layers", gates::layers);
    progress.check("gate: top level", gates::top_level);
    progress.check("gate: unsafe only in sampling", gates::unsafe_only_in_sampling);
    progress.check("gate: text is never markup", gates::no_markup_from_text);
    progress.check("gate: nothing draws by itself", gates::nothing_draws_by_itself);
}

fn run_ui(progress: &mut Progress) {
    let mut check = node::npm();
    check.args(["run", "check"]);
    progress.step("ui: svelte-check", check, TOOL_LIMIT);
    let mut lint = node::npm();
    lint.args(["run", "lint", "--", "--max-warnings", "0"]);
    progress.step("ui: eslint", lint, TOOL_LIMIT);
    let report = report("vitest.json");
    let mut vitest = node::tool("vitest/vitest.mjs");
    vitest.args(["run", "--reporter=default", "--reporter=json"]).arg(joined("--outputFile.json=", &report));
    progress.counted("ui: vitest", vitest, SUITE_LIMIT, |_| tally::vitest(&read(&report)));
}

fn run_clippy(progress: &mut Progress, selection: Selection) {
    // As a bare `cargo clippy` does: the crates below the window must stand without it.
    let mut clippy = place::cargo();
    clippy.args(["clippy", "--quiet", "--all-targets", "--", "--deny", "warnings"]);
    progress.step("clippy", clippy, BUILD_LIMIT);
    if selection == Selection::WithWindow {
        let mut clippy = selection.cargo(&["clippy", "--quiet", "--all-targets"]);
        clippy.args(["--", "--deny", "warnings"]);
        progress.step("clippy of the window", clippy, BUILD_LIMIT);
    }
}

/// What needs the programs.
fn run_built(progress: &mut Progress, prepared: &Prepared, wants: &dyn Fn(Part) -> bool) -> Result<()> {
    if wants(Part::Rust) {
        run_rust(progress, prepared)?;
    }
    if wants(Part::Browser) {
        run_browser(progress, prepared);
        run_peers(progress, prepared)?;
        run_prometheus(progress, prepared);
    }
    if wants(Part::Window) {
        run_window(progress, prepared);
    }
    Ok(())
}

fn run_rust(progress: &mut Progress, prepared: &Prepared) -> Result<()> {
    rust_tests(progress, prepared.selection);
    let mut docs = prepared.selection.cargo(&["test", "--doc"]);
    docs.arg("--quiet");
    progress.counted("doc tests", docs, BUILD_LIMIT, tests_if_any);
    let mut own = place::cargo();
    own.args(["test", "--package", "sightline-xtask", "--lib", "--bins"]);
    progress.counted("xtask's tests", own, BUILD_LIMIT, tally::libtest);

    let (generate, generated) = types::generation(prepared.selection.cargo(&["test"]))?;
    if progress.counted("generate types", generate, BUILD_LIMIT, tests_if_any) {
        progress.check("generated types unchanged", || types::unchanged(&generated));
    }
    Ok(())
}

/// A run of no tests counts as one step.
fn tests_if_any(output: &str) -> Option<Tally> {
    tally::libtest(output).filter(|tally| *tally != Tally::default())
}

/// With nextest where it is: each test in a process of its own, with a limit on its time.
fn rust_tests(progress: &mut Progress, selection: Selection) {
    if place::program("cargo-nextest").is_none() {
        let mut tests = selection.cargo(&["test", "--all-targets", "--no-fail-fast"]);
        tests.args(["--", "--skip", "export_bindings_"]);
        progress.counted("rust tests", tests, BUILD_LIMIT, tally::libtest);
        return;
    }
    let report = place::target().join("nextest/default/junit.xml");
    let _ = fs::remove_file(&report);
    let tests = selection.cargo(&["nextest", "run", "--all-targets", "--no-fail-fast"]);
    progress.counted("rust tests (nextest)", tests, BUILD_LIMIT, |_| tally::junit(&read(&report)));
}

/// The page against a real agent, in a real browser.
fn run_browser(progress: &mut Progress, prepared: &Prepared) {
    const NAME: &str = "browser suite";
    if !prepared.packages {
        return progress.cannot(NAME, "the npm packages are not installed");
    }
    let Some(browser) = place::browser() else {
        return progress.cannot(NAME, "no Chromium and no Chrome is here");
    };
    let report = report("playwright.json");
    let mut suite = node::tool("@playwright/test/cli.js");
    suite
        .args(["test", "--reporter=list,json"])
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report)
        .env("SIGHTLINE_CHROMIUM", browser)
        .env("SIGHTLINE_AGENT", place::built("debug", "sightline-agent"));
    progress.counted(NAME, suite, SUITE_LIMIT, |_| tally::playwright(&read(&report)));
}

/// The native stream as programs in other languages meet it.
fn run_peers(progress: &mut Progress, prepared: &Prepared) -> Result<()> {
    let agent = place::built("debug", "sightline-agent");
    if prepared.packages {
        let mut suite = place::command("node");
        suite
            .args(["--test", "--test-reporter=tap"])
            .args(test_files("e2e/peers")?)
            .env("SIGHTLINE_AGENT", &agent);
        progress.counted("Node client", suite, SUITE_LIMIT, tally::tap);
    }
    match python_environment() {
        Err(error) => progress.cannot("Python clients", &format!("{error:#}")),
        Ok(python) => {
            let suites = [
                ("Python clients", place::ui().join("e2e/peers")),
                ("every answer is as described", place::root().join("src-tauri/crates/lan/tests/api")),
            ];
            for (name, folder) in suites {
                let mut suite = place::command(&python);
                suite
                    .args(["-m", "unittest", "discover", "--pattern", "test_*.py", "--start-directory"])
                    .arg(folder)
                    .env("SIGHTLINE_AGENT", &agent)
                    .env("PYTHONDONTWRITEBYTECODE", "1");
                progress.counted(name, suite, SUITE_LIMIT, tally::unittest);
            }
        }
    }
    Ok(())
}

/// `GET /metrics` as a real Prometheus reads it.
fn run_prometheus(progress: &mut Progress, prepared: &Prepared) {
    const NAME: &str = "Prometheus";
    if !cfg!(target_os = "linux") {
        return progress.skip(NAME, "the machines it is shown were recorded on Linux");
    }
    match prometheus::programs() {
        Err(error) => progress.cannot(NAME, &format!("{error:#}")),
        Ok(programs) => {
            let mut suite = prepared.selection.cargo(&["test", "--test", "prometheus"]);
            suite.env("SIGHTLINE_PROMETHEUS", programs);
            progress.counted(NAME, suite, BUILD_LIMIT, tally::libtest);
        }
    }
}

/// Threats that take long, at the agent as it ships.
fn run_long(progress: &mut Progress, selection: Selection) {
    const NAME: &str = "long threats";
    if !cfg!(target_os = "linux") {
        return progress.skip(NAME, "memory and CPU of the agent are read from /proc");
    }
    let mut build = place::cargo();
    build.args(["build", "--quiet", "--release", "--package", "sightline-agent"]);
    if !progress.step("build of the agent as it ships", build, BUILD_LIMIT) {
        return;
    }
    let mut suite = selection.cargo(&["test", "--test", "threats-long"]);
    // One after the other, each with the machine to itself.
    suite
        .args(["--", "--test-threads=1", "--nocapture"])
        .env("SIGHTLINE_AGENT", place::built("release", "sightline-agent"));
    let figures = |line: &&str| ["RSS", "t = "].iter().any(|it| line.contains(it));
    progress.counted(NAME, suite, BUILD_LIMIT, |output| {
        output.lines().filter(figures).for_each(|line| println!("       {line}"));
        tally::libtest(output)
    });
}

/// What the Python clients are written with.
const PYTHON_PACKAGES: &[&str] =
    &["httpx==0.28.1", "schemathesis==4.32.5", "websockets==15.0.1", "wsproto==1.3.2"];

/// A virtual environment below `target`, made once for each list of packages.
fn python_environment() -> Result<PathBuf> {
    let folder = place::scratch().join("python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = folder.join("packages");
    let packages = PYTHON_PACKAGES.join(" ");
    if fs::read_to_string(&stamp).is_ok_and(|it| it == packages) && python.exists() {
        return Ok(python);
    }
    let run = |command: &mut Command, what: &str| -> Result<()> {
        let output = command.output().with_context(|| what.to_owned())?;
        anyhow::ensure!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    };
    println!("  …    Python environment with {packages}");
    run(
        place::command(install::python()).args(["-m", "venv", "--clear"]).arg(&folder),
        "making a Python environment",
    )?;
    run(
        place::command(&python).args(["-m", "pip", "install", "--quiet"]).args(PYTHON_PACKAGES),
        "installing the Python clients' packages",
    )?;
    fs::write(&stamp, packages)?;
    Ok(python)
}

/// The real window, driven by WebDriver on a screen of its own.
fn run_window(progress: &mut Progress, prepared: &Prepared) {
    const NAME: &str = "window suite";
    if !cfg!(target_os = "linux") {
        return progress.skip(NAME, "only WebKitGTK brings a driver that needs no build of its own");
    }
    if prepared.selection == Selection::WithoutWindow {
        return progress.cannot(NAME, "the window could not be built: see the steps before");
    }
    let files = match test_files("e2e/window") {
        Ok(files) if !files.is_empty() => files,
        _ => return progress.cannot(NAME, "ui/e2e/window holds no tests"),
    };
    // The suite starts a screen and a message bus of its own.
    let mut suite = node_tests(files);
    suite.env("SIGHTLINE_BIN", place::built("debug", "sightline"));
    progress.counted(NAME, suite, SUITE_LIMIT, tally::tap);
}

/// Node's test runner on these files, one after the other. The time is that of a whole file in Node 20.
fn node_tests(files: Vec<PathBuf>) -> Command {
    let mut node = place::command("node");
    node.args(["--test", "--test-reporter=tap", "--test-concurrency=1", "--test-timeout=300000"]).args(files);
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

/// A fresh place for a runner's report: the last run's must not be counted.
fn report(name: &str) -> PathBuf {
    let file = place::scratch().join("reports").join(name);
    let _ = fs::create_dir_all(place::scratch().join("reports"));
    let _ = fs::remove_file(&file);
    file
}

fn joined(option: &str, file: &Path) -> std::ffi::OsString {
    let mut argument = std::ffi::OsString::from(option);
    argument.push(file);
    argument
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}
