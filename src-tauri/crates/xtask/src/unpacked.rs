//! Programs to test with that are services elsewhere: those on `PATH`, else Debian's packages, unpacked below `target`.
//!
//! They are not installed: the packages' scripts would start services that run, and listen, from then on.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{install, place};

/// The folder that holds `prometheus` and `promtool`.
pub(crate) fn prometheus() -> Result<PathBuf> {
    let on_path = place::program("promtool").and(place::program("prometheus"));
    if let Some(folder) = on_path.as_deref().and_then(|program| program.parent()) {
        return Ok(folder.to_path_buf());
    }
    Ok(unpack("prometheus", &["prometheus"])?.join("usr/bin"))
}

/// The root of the folder that holds nginx, HAProxy and socat, with the libraries that this system lacks of theirs; nothing
/// where all of them are on `PATH`.
pub(crate) fn proxies() -> Result<Option<PathBuf>> {
    const PROXIES: [&str; 3] = ["nginx", "haproxy", "socat"];
    if PROXIES.iter().all(|program| place::program(program).is_some()) {
        return Ok(None);
    }
    unpack("proxies", &PROXIES).map(Some)
}

/// The folder `name` with these packages, and those they need that this system lacks, unpacked.
fn unpack(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = place::scratch().join(name);
    let done = folder.join("unpacked");
    if done.is_file() {
        return Ok(folder);
    }
    if place::program("apt-get").is_none() || place::program("dpkg-deb").is_none() {
        bail!("not on PATH: {}; install the packages that bring them", packages.join(", "));
    }
    println!("  …    {}, unpacked into {}", packages.join(", "), folder.display());
    let _ = fs::remove_dir_all(&folder);
    let archives = folder.join("archives");
    fs::create_dir_all(archives.join("partial")).with_context(|| format!("making {}", folder.display()))?;
    let download = || {
        // Without the lock, which is root's: nothing is installed.
        let mut apt = place::command("apt-get");
        apt.args(["install", "--download-only", "--yes", "--quiet", "--no-install-recommends"]);
        apt.args(["-o", "Debug::NoLocking=1", "-o", &format!("Dir::Cache::archives={}", archives.display())]);
        run(apt.args(packages))
    };
    if download().is_err() {
        // The lists of packages may be missing, or older than the archive.
        install::refresh()?;
        download()?;
    }
    for package in fs::read_dir(&archives)?.flatten().map(|entry| entry.path()) {
        if package.extension().is_some_and(|ending| ending == "deb") {
            run(place::command("dpkg-deb").arg("--extract").args([&package, &folder]))?;
        }
    }
    fs::write(done, "")?;
    Ok(folder)
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("starting {name}"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}
