//! The generated TypeScript: what the Rust crate `wire` says of types, constants and tables, as the page reads it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::place;

/// The committed files, below `ui/src/wire`.
const FILES: [&str; 3] = ["wire.ts", "contract.ts", "validators.ts"];

fn committed(name: &str) -> PathBuf {
    place::ui().join("src/wire").join(name)
}

/// Makes `cargo test --lib` generate into a scratch folder: the command, and the folder it writes to.
/// One process writes all types: several (nextest) would write the one file at once.
pub(crate) fn generation(mut cargo_test: Command) -> Result<(Command, PathBuf)> {
    let folder = place::scratch().join("types");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("clearing the folder of generated types")?;
    }
    cargo_test.args(["--quiet", "--lib", "export_bindings_"]).env("TS_RS_EXPORT_DIR", &folder);
    Ok((cargo_test, folder))
}

/// `cargo xtask types`.
pub(crate) fn write() -> Result<()> {
    let mut wire = place::cargo();
    wire.args(["test", "--package", "sightline-wire"]);
    let (mut command, folder) = generation(wire)?;
    let output = command.output().context("running the export of the types")?;
    if !output.status.success() {
        bail!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    for name in FILES {
        let text = generated(&folder, name)?;
        if fs::read_to_string(committed(name)).is_ok_and(|old| old == text) {
            println!("ui/src/wire/{name} is up to date");
        } else {
            fs::write(committed(name), text).with_context(|| format!("writing ui/src/wire/{name}"))?;
            println!("wrote ui/src/wire/{name}");
        }
    }
    Ok(())
}

/// Fails where a committed file is not what the types say. Changes nothing.
pub(crate) fn unchanged(folder: &Path) -> Result<()> {
    FILES.into_iter().try_for_each(|name| same(&generated(folder, name)?, name))
}

fn generated(folder: &Path, name: &str) -> Result<String> {
    fs::read_to_string(folder.join(name)).with_context(|| format!("reading the generated {name}"))
}

fn same(text: &str, name: &str) -> Result<()> {
    let old = fs::read_to_string(committed(name)).unwrap_or_default().replace("\r\n", "\n");
    let differs =
        text.lines().zip(old.lines().chain(std::iter::repeat(""))).position(|(new, old)| new != old);
    match differs {
        Some(line) => bail!(
            "ui/src/wire/{name} is not what the Rust types say, from line {}:\n  - {}\n  + {}\nRun: cargo xtask types",
            line + 1,
            old.lines().nth(line).unwrap_or_default(),
            text.lines().nth(line).unwrap_or_default(),
        ),
        None if old.lines().count() > text.lines().count() => {
            bail!("ui/src/wire/{name} has more than the Rust types say\nRun: cargo xtask types")
        }
        None => Ok(()),
    }
}
