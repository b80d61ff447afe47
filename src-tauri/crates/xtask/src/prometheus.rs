//! A Prometheus to test with: the one on `PATH`, else Debian's package, unpacked below `target`.
//!
//! It is not installed: the package's scripts would start a service that scrapes from then on.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{install, place};

/// The folder that holds `prometheus` and `promtool`.
pub(crate) fn programs() -> Result<PathBuf> {
    let on_path = place::program("promtool").and(place::program("prometheus"));
    if let Some(folder) = on_path.as_deref().and_then(|program| program.parent()) {
        return Ok(folder.to_path_buf());
    }
    let folder = place::scratch().join("prometheus");
    let programs = folder.join("usr/bin");
    if programs.join("promtool").is_file() {
        return Ok(programs);
    }
    if place::program("apt-get").is_none() || place::program("dpkg-deb").is_none() {
        bail!("prometheus and promtool are not on PATH; install the package that brings them");
    }
    println!("  …    Prometheus, unpacked into {}", folder.display());
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let download =
        || run(place::command("apt-get").args(["download", "--quiet", "prometheus"]).current_dir(&folder));
    if download().is_err() {
        // The lists of packages may be missing, or older than the archive.
        install::refresh()?;
        download()?;
    }
    let package = fs::read_dir(&folder)?.flatten().map(|entry| entry.path());
    let package = package.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "deb"));
    run(place::command("dpkg-deb").arg("--extract").args(package).arg(&folder))?;
    Ok(programs)
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("starting {name}"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
