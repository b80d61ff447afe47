//! The command line.

use std::path::PathBuf;

use clap::Parser;
use station::paths::DataDirError;

/// See this machine, live and back in time: in a window, and from any device you share it with.
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

    /// Where settings and preferences are stored. Without it: the usual directory of this system for this user.
    #[arg(long, value_name = "DIR", env = "SIGHTLINE_DATA_DIR")]
    data_dir: Option<PathBuf>,

    /// Demo mode: recorded machines play as if they were live; this one is not read. Nothing is stored.
    #[arg(long)]
    pub(crate) demo: bool,

    /// How many other machines --demo replays.
    #[arg(long, value_name = "N", requires = "demo", value_parser = clap::value_parser!(u16).range(0..i64::from(lan::demo::MOST)))]
    pub(crate) machines: Option<u16>,

    /// Port of the LAN server, once sharing is on. Without it: the one of Settings, Sharing, else 7444; 0 takes any free
    /// one.
    #[arg(long, value_name = "N", env = "SIGHTLINE_PORT")]
    pub(crate) port: Option<u16>,
}

impl Arguments {
    /// The data directory, absolute: as asked, else the user's own.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, DataDirError> {
        station::paths::data_dir(self.data_dir.as_deref())
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
        assert!(parse(&["--machines", "3"]).is_err() && parse(&["--demo", "--machines", "600"]).is_err());
        assert_eq!(parse(&["--demo", "--machines", "3"]).unwrap().machines, Some(3));
        let asked = parse(&["--data-dir", "here", "--port", "0"]).unwrap();
        assert!(asked.data_dir().unwrap().is_absolute());
    }
}
