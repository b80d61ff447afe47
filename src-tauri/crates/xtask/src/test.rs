//! `cargo xtask test`: installs what the tests need, then runs every check there is.
//!
//! Quick checks first: [`quick`] needs no build, [`rust`] builds everything, [`suites`] runs what was built. A step
//! that fails does not hold up the others. The last line is the totals alone.

mod limits;
mod prepared;
mod quick;
mod reports;
mod rust;
mod suites;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;

use self::prepared::Prepared;
use crate::progress::Progress;

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
    // These mostly wait: for ticks, and for limits that run out.
    let browser = if wants(Part::Browser) { suites::browser(progress, prepared) } else { None };
    let window = if wants(Part::Window) { suites::window(progress, prepared) } else { None };
    progress.side_by_side(browser.into_iter().chain(window).collect());
    if wants(Part::Browser) {
        let mut peers = suites::peers(progress, prepared)?;
        peers.extend(suites::prometheus(progress, prepared));
        progress.side_by_side(peers);
    }
    Ok(())
}
