//! Programs that end when the bench does, however that ends.
//!
//! Linux can signal a process when its parent dies, but only a process can ask that for itself. So the bench
//! starts itself with a hidden word; that asks, and becomes the program.

use std::ffi::OsStr;
use std::process::Command;

/// The running bench, even where its file was built anew meanwhile.
#[cfg(target_os = "linux")]
pub(crate) const BENCH: &str = "/proc/self/exe";

/// A command for `program`; arguments may be added.
#[cfg(target_os = "linux")]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(BENCH);
    command.args(["leash", "--parent", &std::process::id().to_string(), "--"]).arg(program);
    command
}

/// A command for `program`; arguments may be added. This system knows no leash.
#[cfg(not(target_os = "linux"))]
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    Command::new(program)
}

#[cfg(target_os = "linux")]
pub(crate) use linux::Leash;

#[cfg(target_os = "linux")]
mod linux {
    use std::ffi::OsString;
    use std::os::unix::process::CommandExt;
    use std::process::{Command, ExitCode};

    use anyhow::{Result, bail};
    use clap::Args;
    use rustix::process::{Signal, getppid, set_parent_process_death_signal};

    /// Become a program that ends with the bench.
    #[derive(Debug, Args)]
    pub(crate) struct Leash {
        /// Process id of the bench.
        #[arg(long)]
        parent: i32,
        /// The program and its arguments.
        #[arg(last = true, required = true)]
        program: Vec<OsString>,
    }

    impl Leash {
        pub(crate) fn run(self) -> Result<ExitCode> {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // It may have died before we asked.
            if getppid().map(|parent| parent.as_raw_pid()) != Some(self.parent) {
                bail!("the bench has ended");
            }
            let error = Command::new(&self.program[0]).args(&self.program[1..]).exec();
            bail!("starting {}: {error}", self.program[0].display())
        }
    }
}
