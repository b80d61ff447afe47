//! Checks that need no build of ours: rules of the house, dependencies, and the page's own tests.

use std::process::Command;

use anyhow::Result;

use super::limits::{SUITE_LIMIT, TOOL_LIMIT};
use super::reports::{read, report};
use crate::progress::{Progress, Step};
use crate::tools::{DENY, SHEAR, Tool};
use crate::{circles, gates, node, place, tally};

pub(super) fn gates(progress: &mut Progress) {
    let mut fmt = place::cargo();
    fmt.args(["fmt", "--all", "--", "--check", "--files-with-diff"]);
    progress.step("rustfmt", fmt, TOOL_LIMIT);
    progress.check("gate: layers", gates::layers);
    progress.check("gate: no circle of modules", circles::none);
    progress.check("gate: top level", gates::top_level);
    progress.check("gate: unsafe only in sampling", gates::unsafe_only_in_sampling);
    progress.check("gate: text is never markup", gates::no_markup_from_text);
    progress.check("gate: nothing draws by itself", gates::nothing_draws_by_itself);
}

/// What may be depended on: `.cargo/deny.toml`.
pub(super) fn dependencies(progress: &mut Progress) {
    const UNUSED: &str = "dependencies: none that nothing uses";
    const ALLOWED: &str = "dependencies: licences, duplicates, sources";
    progress
        .check("dependencies: what judges them is here", || SHEAR.program().and(DENY.program()).map(drop));
    match tool(SHEAR, &["shear", "--locked"]) {
        Ok(shear) => {
            progress.step(UNUSED, shear, TOOL_LIMIT);
        }
        Err(error) => progress.cannot(UNUSED, &format!("{error:#}")),
    }
    match tool(DENY, &["--locked", "check", "licenses", "bans", "sources"]) {
        Ok(deny) => {
            progress.step(ALLOWED, deny, TOOL_LIMIT);
        }
        Err(error) => return progress.cannot(ALLOWED, &format!("{error:#}")),
    }
    advisories(progress);
}

/// Known faults of dependencies. The database of them is at GitHub: where that is out of reach, it is said. On
/// GitHub's own machines it is not, so there it counts.
fn advisories(progress: &mut Progress) {
    const NAME: &str = "dependencies: advisories";
    let must = std::env::var_os("GITHUB_ACTIONS").is_some();
    let fetched = tool(DENY, &["fetch", "db"]).and_then(|mut fetch| Ok(fetch.output()?.status.success()));
    if !must && !fetched.is_ok_and(|fetched| fetched) {
        return progress.skip(NAME, "their database at GitHub is out of reach; ci.yml checks them");
    }
    match tool(DENY, &["--locked", "check", "advisories"]) {
        Ok(deny) => {
            progress.step(NAME, deny, TOOL_LIMIT);
        }
        Err(error) => progress.cannot(NAME, &format!("{error:#}")),
    }
}

fn tool(tool: Tool, arguments: &[&str]) -> Result<Command> {
    let mut command = place::command(tool.program()?);
    command.args(arguments);
    Ok(command)
}

/// Types, lints and unit tests of the page.
pub(super) fn page(progress: &mut Progress) {
    let mut check = node::npm();
    check.args(["run", "check"]);
    let mut lint = node::npm();
    lint.args(["run", "lint", "--", "--max-warnings", "0"]);
    // Each of them keeps one processor busy; the tests use all.
    progress.side_by_side(vec![
        Step::new("ui: svelte-check", check, TOOL_LIMIT, |_| None),
        Step::new("ui: eslint", lint, TOOL_LIMIT, |_| None),
    ]);
    let report = report("vitest.json");
    let mut file = std::ffi::OsString::from("--outputFile.json=");
    file.push(&report);
    let mut vitest = node::tool("vitest/vitest.mjs");
    vitest.args(["run", "--reporter=default", "--reporter=json"]).arg(file);
    progress.counted("ui: vitest", vitest, SUITE_LIMIT, |_| tally::vitest(&read(&report)));
}
