//! Programs that end when the bench does, however that ends.
//!
//! Linux can signal a process when its parent dies, but only a process can ask that for itself. So the bench
//! starts itself with a hidden word; that asks, and becomes the program.

use std::process::Command;

use anyhow::{Result, bail};
use clap::Args;

/// Become a program that ends with the bench.
#[derive(Debug, Args)]
pub(crate) struct Leash {
    /// Process id of the bench.
    #[arg(long)]
    parent: u32,
    /// The program and its arguments.
    #[arg(last = true, required = true)]
    program: Vec<std::ffi::OsString>,
}

/// A command for `program`; arguments may be added. Where the system cannot do it, the program runs without.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    match std::env::current_exe() {
        Ok(bench) if cfg!(target_os = "linux") => {
            let mut command = Command::new(bench);
            command.args(["bench", "leash", "--parent", &std::process::id().to_string(), "--"]).arg(program);
            command
        }
        _ => Command::new(program),
    }
}

impl Leash {
    #[cfg(target_os = "linux")]
    pub(crate) fn run(self) -> Result<std::process::ExitCode> {
        use std::os::unix::process::CommandExt;

        use rustix::process::{Signal, getppid, set_parent_process_death_signal};

        set_parent_process_death_signal(Some(Signal::KILL))?;
        // It may have died before we asked.
        if getppid().map(|parent| parent.as_raw_pid() as u32) != Some(self.parent) {
            bail!("the bench has ended");
        }
        let error = Command::new(&self.program[0]).args(&self.program[1..]).exec();
        bail!("starting {}: {error}", self.program[0].display())
    }

    #[cfg(not(target_os = "linux"))]
    pub(crate) fn run(self) -> Result<std::process::ExitCode> {
        bail!("{} is for Linux", self.program[0].display())
    }
}
