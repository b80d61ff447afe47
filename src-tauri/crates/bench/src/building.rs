//! Agent and window as they ship: what the bench measures.

use std::process::Command;

use anyhow::{Context, Result, bail};
use xtask::selection::Selection;

use xtask::{node, place};

/// Builds the agent with the page in it.
pub(crate) fn agent() -> Result<()> {
    node::require()?;
    let mut steps = Vec::new();
    if !node::installed() {
        steps.push(node::install());
    }
    let page = !node::built();
    if page {
        steps.push(node::build());
    }
    for mut step in steps {
        run(&mut step)?;
    }
    if page {
        node::mark_built()?;
    }
    run(place::cargo().args(["build", "--release", "--package", "sightline-agent"]))
}

/// Builds the window, after the agent; whether it could be built here. Each is built by itself: features of the one
/// must not get into the other.
pub(crate) fn window() -> bool {
    let mut window = place::cargo();
    window.args(["build", "--release", "--package", "sightline", "--features", Selection::WINDOW_FEATURES]);
    run(&mut window).is_ok()
}

fn run(command: &mut Command) -> Result<()> {
    let status = command.stdout(std::io::stderr()).status().context("starting a step of the build")?;
    if !status.success() {
        bail!("{} failed: {status}", command.get_program().display());
    }
    Ok(())
}
