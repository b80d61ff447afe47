//! The command line.

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;

/// See this machine, live and back in time: in a window, and in any browser on this computer.
#[derive(Debug, Parser)]
#[command(
    name = "sightline",
    version,
    after_help = "\
Without a display, `sightline-agent serve` shows the same page in a browser.
Logs go to standard error; RUST_LOG=debug says more."
)]
pub(crate) struct Arguments {
    /// Draw without the graphics card, for a window that stays blank or flickers.
    #[arg(long)]
    pub(crate) safe_graphics: bool,

    /// Where settings and preferences are kept. Without it: the usual place of this system for this user.
    #[arg(long, value_name = "DIR", env = "SIGHTLINE_DATA_DIR")]
    data_dir: Option<PathBuf>,

    /// Port on which browsers of this computer find the same page; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = lan::PORT, env = "SIGHTLINE_PORT")]
    pub(crate) port: u16,

    /// Open the window only, and no port.
    #[arg(long)]
    pub(crate) no_listen: bool,
}

impl Arguments {
    /// Where files are kept, absolute: as asked, else the user's own place, the same as the agent's, so that both
    /// speak for one machine.
    pub(crate) fn data_dir(&self) -> anyhow::Result<PathBuf> {
        if let Some(dir) = &self.data_dir {
            return std::path::absolute(dir).with_context(|| format!("find the directory {}", dir.display()));
        }
        let own = directories::ProjectDirs::from("app", "Sightline", "sightline")
            .context("this user has no home directory; say where to keep files: --data-dir DIR")?;
        Ok(own.data_local_dir().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
        let parse = |args: &[&str]| Arguments::try_parse_from([&["sightline"], args].concat());
        assert!(parse(&["--port", "70000"]).is_err());
        let asked = parse(&["--data-dir", "here", "--no-listen"]).unwrap();
        assert!(asked.data_dir().unwrap().is_absolute());
    }
}
