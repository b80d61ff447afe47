//! The Rust: lints, one build of everything, and the tests that cargo runs.

use std::fs;
use std::process::Command;

use anyhow::Result;

use super::limits::BUILD_LIMIT;
use super::reports::read;
use crate::progress::{Progress, Tally};
use crate::selection::Selection;
use crate::tools::NEXTEST;
use crate::{place, tally, types, unpacked};

/// Lints of everything at once. That the crates below the window stand without it is seen by the agent alone, built as
/// it ships: features that only the window asks for are not there then.
pub(super) fn lints(progress: &mut Progress, selection: Selection) {
    let mut clippy = selection.cargo_with_chores(&["clippy", "--quiet", "--all-targets"]);
    clippy.args(["--", "--deny", "warnings"]);
    progress.step("clippy", clippy, BUILD_LIMIT);
    if selection == Selection::WithWindow {
        let mut check = place::cargo();
        check.args(["check", "--quiet", "--package", "sightline-agent"]);
        progress.step("the agent stands without the window", check, BUILD_LIMIT);
    }
}

/// All programs and tests, once.
pub(super) fn build(progress: &mut Progress, selection: Selection) -> bool {
    progress.step("build", selection.cargo(&["build", "--quiet", "--all-targets"]), BUILD_LIMIT)
}

pub(super) fn tests(progress: &mut Progress, selection: Selection) -> Result<()> {
    nextest(progress, selection);
    let mut docs = selection.cargo(&["test", "--doc"]);
    docs.arg("--quiet");
    progress.counted("doc tests", docs, BUILD_LIMIT, tests_if_any);
    let mut own = place::cargo();
    own.args(["test", "--package", "sightline-xtask", "--lib", "--bins"]);
    progress.counted("xtask's tests", own, BUILD_LIMIT, tally::libtest);

    let (generate, generated) = types::generation(selection.cargo(&["test"]))?;
    if progress.counted("generate types", generate, BUILD_LIMIT, tests_if_any) {
        progress.check("generated types unchanged", || types::unchanged(&generated));
    }
    Ok(())
}

/// A run of no tests counts as one step.
fn tests_if_any(output: &str) -> Option<Tally> {
    tally::libtest(output).filter(|tally| *tally != Tally::default())
}

/// Each test in a process of its own, with a limit on its time.
fn nextest(progress: &mut Progress, selection: Selection) {
    const NAME: &str = "rust tests";
    let report = place::target().join("nextest/default/junit.xml");
    let _ = fs::remove_file(&report);
    let mut tests = selection.cargo(&["nextest", "run", "--all-targets", "--no-fail-fast"]);
    if cfg!(target_os = "linux") {
        progress.check("proxies are here", || {
            if let Some(folder) = unpacked::proxies()? {
                tests.env("SIGHTLINE_PROXIES", folder);
            }
            Ok(())
        });
    }
    match NEXTEST.on_path_of(&mut tests) {
        Ok(()) => {
            progress.counted(NAME, tests, BUILD_LIMIT, |_| tally::junit(&read(&report)));
        }
        Err(error) => progress.cannot(NAME, &format!("{error:#}")),
    }
}

/// Threats that take long, at the agent as it ships.
pub(super) fn long(progress: &mut Progress, selection: Selection) {
    const NAME: &str = "long threats";
    if !cfg!(target_os = "linux") {
        return progress.skip(NAME, "memory and CPU of the agent are read from /proc");
    }
    let mut build = place::cargo();
    build.args(["build", "--quiet", "--release", "--package", "sightline-agent"]);
    if !progress.step("build of the agent as it ships", build, BUILD_LIMIT) {
        return;
    }
    let suite = threats(selection);
    let figures = |line: &&str| ["RSS", "t = "].iter().any(|it| line.contains(it));
    progress.counted(NAME, suite, BUILD_LIMIT, |output| {
        output.lines().filter(figures).for_each(|line| println!("       {line}"));
        tally::libtest(output)
    });
}

/// One after the other, each with the machine to itself.
fn threats(selection: Selection) -> Command {
    let mut suite = selection.cargo(&["test", "--test", "threats-long"]);
    suite
        .args(["--", "--test-threads=1", "--nocapture"])
        .env("SIGHTLINE_AGENT", place::built("release", "sightline-agent"));
    suite
}
