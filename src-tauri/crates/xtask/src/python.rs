//! Python environments below `target`: for tests that are written in Python, and for programs that PyPI has built.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{install, place};

/// The folder of the programs of an environment with these packages; it is made once for each list of them.
pub(crate) fn environment(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = place::scratch().join(name);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let python = programs.join(format!("python{}", std::env::consts::EXE_SUFFIX));
    let stamp = folder.join("packages");
    let wanted = packages.join(" ");
    if fs::read_to_string(&stamp).is_ok_and(|it| it == wanted) && python.exists() {
        return Ok(programs);
    }
    println!("  …    Python environment with {wanted}");
    run(
        place::command(install::python()).args(["-m", "venv", "--clear"]).arg(&folder),
        "making a Python environment",
    )?;
    run(
        place::command(&python)
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(packages),
        "installing packages of Python",
    )?;
    fs::write(&stamp, wanted)?;
    Ok(programs)
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    let output = command.output().with_context(|| what.to_owned())?;
    anyhow::ensure!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
