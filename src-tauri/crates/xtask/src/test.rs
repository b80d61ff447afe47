//! `cargo xtask test`: installs what the tests need, then runs every check there is.
//!
//! Quick checks first: [`quick`] needs no build, [`rust`] builds everything, [`suites`] runs what was built. A step
//! that fails does not hold up the others. The last line is the totals alone.

mod quick;
mod rust;
mod suites;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::Args;

use crate::progress::Progress;
use crate::selection::Selection;
use crate::{install, node, place};

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
    /// Licences, duplicates and advisories of dependencies, and dependencies that nothing uses.
    Dependencies,
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
/// A suite that runs longer hangs, on a busy machine too.
const SUITE_LIMIT: Duration = Duration::from_secs(15 * 60);
/// Tools that look at files.
const TOOL_LIMIT: Duration = Duration::from_secs(5 * 60);

impl Test {
    pub(crate) fn run(self) -> Result<ExitCode> {
        let wants = &|part: Part| self.only.is_empty() || self.only.contains(&part);
        let mut progress = Progress::start();
        if wants(Part::Gates) {
            quick::gates(&mut progress);
        }
        let built = [Part::Rust, Part::Browser, Part::Window].into_iter().any(wants);
        let prepared = (built || self.long || wants(Part::Ui)).then(|| Prepared::now(&mut progress, built));
        if wants(Part::Dependencies) {
            quick::dependencies(&mut progress);
        }
        let Some(prepared) = prepared else { return Ok(progress.finish()) };
        if wants(Part::Ui) && prepared.packages {
            quick::page(&mut progress);
        }
        if wants(Part::Rust) {
            rust::lints(&mut progress, prepared.selection);
        }
        if built && rust::build(&mut progress, prepared.selection) {
            run_built(&mut progress, &prepared, wants)?;
        }
        if self.long {
            rust::long(&mut progress, prepared.selection);
        }
        Ok(progress.finish())
    }
}

/// What needs the programs.
fn run_built(progress: &mut Progress, prepared: &Prepared, wants: &dyn Fn(Part) -> bool) -> Result<()> {
    if wants(Part::Rust) {
        rust::tests(progress, prepared.selection)?;
    }
    if wants(Part::Browser) {
        suites::browser(progress, prepared);
        suites::peers(progress, prepared)?;
        suites::prometheus(progress, prepared);
    }
    if wants(Part::Window) {
        suites::window(progress, prepared);
    }
    Ok(())
}

/// What is there to test with.
#[derive(Debug)]
struct Prepared {
    selection: Selection,
    /// The UI's npm packages are installed.
    packages: bool,
}

impl Prepared {
    fn now(progress: &mut Progress, tests_run: bool) -> Self {
        let chore = if tests_run { install::For::Tests } else { install::For::Window };
        // Said once and counted as a failure; what can run without it still runs.
        progress.check("system packages", || install::install(chore));
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

/// A fresh place for a runner's report: the last run's must not be counted.
fn report(name: &str) -> PathBuf {
    let file = place::scratch().join("reports").join(name);
    let _ = fs::create_dir_all(place::scratch().join("reports"));
    let _ = fs::remove_file(&file);
    file
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}
