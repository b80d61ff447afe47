//! The generated TypeScript: `ui/src/wire/wire.ts` is what the Rust types of `wire` say.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::place;

/// The committed file.
fn committed() -> PathBuf {
    place::ui().join("src/wire/wire.ts")
}

/// Makes `cargo test --lib` generate into a scratch folder: the command, and the file it writes.
/// One process writes all types: several (nextest) would write the one file at once.
pub(crate) fn generation(mut cargo_test: Command) -> Result<(Command, PathBuf)> {
    let folder = place::scratch().join("types");
    if folder.exists() {
        fs::remove_dir_all(&folder).context("clearing the folder of generated types")?;
    }
    cargo_test.args(["--quiet", "--lib", "export_bindings_"]).env("TS_RS_EXPORT_DIR", &folder);
    Ok((cargo_test, folder.join("wire.ts")))
}

/// `cargo xtask types`.
pub(crate) fn write() -> Result<()> {
    let mut wire = place::cargo();
    wire.args(["test", "--package", "sightline-wire"]);
    let (mut command, generated) = generation(wire)?;
    let output = command.output().context("running the export of the types")?;
    if !output.status.success() {
        bail!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    }
    let text = fs::read_to_string(&generated).context("reading the generated types")?;
    if fs::read_to_string(committed()).is_ok_and(|old| old == text) {
        println!("ui/src/wire/wire.ts is up to date");
        return Ok(());
    }
    fs::write(committed(), text).context("writing ui/src/wire/wire.ts")?;
    println!("wrote ui/src/wire/wire.ts");
    Ok(())
}

/// Fails where the committed file is not what the types say. Changes nothing.
pub(crate) fn unchanged(generated: &Path) -> Result<()> {
    let text = fs::read_to_string(generated).context("reading the generated types")?;
    let old = fs::read_to_string(committed()).unwrap_or_default().replace("\r\n", "\n");
    let differs =
        text.lines().zip(old.lines().chain(std::iter::repeat(""))).position(|(new, old)| new != old);
    match differs {
        Some(line) => bail!(
            "ui/src/wire/wire.ts is not what the Rust types say, from line {}:\n  - {}\n  + {}\nRun: cargo xtask types",
            line + 1,
            old.lines().nth(line).unwrap_or_default(),
            text.lines().nth(line).unwrap_or_default(),
        ),
        None if old.lines().count() > text.lines().count() => {
            bail!("ui/src/wire/wire.ts has more than the Rust types say\nRun: cargo xtask types")
        }
        None => Ok(()),
    }
}
