//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use station::place::PlaceError;

/// Sightline without a window: reads this machine and serves it to browsers and other Sightlines.
#[derive(Debug, Parser)]
#[command(
    name = "sightline-agent",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  sightline-agent serve                    watch this machine at http://127.0.0.1:7444
  sightline-agent serve --port 8080        the same on another port
  ssh -L 7444:localhost:7444 nas           watch a machine that runs the agent from here

Logs go to standard error; RUST_LOG=debug says more. SIGTERM and Ctrl-C end it within two seconds."
)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read this machine and serve it until a signal ends it.
    Serve(Serve),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Address to listen on too, beside this computer's own 127.0.0.1 and ::1 and what `share` opens.
    #[arg(long, value_name = "ADDR", env = "SIGHTLINE_LISTEN")]
    pub(crate) listen: Option<IpAddr>,

    /// Port to listen on; 0 takes any free one. Without it: 7444, or as sharing says.
    #[arg(long, value_name = "N", env = "SIGHTLINE_PORT")]
    pub(crate) port: Option<u16>,

    /// Where settings and history are kept. Without it: the usual place of this system for this user.
    #[arg(long, value_name = "DIR", env = "SIGHTLINE_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

impl Serve {
    /// Where files are kept: as asked, else what systemd made for the service, else the user's own place.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, PlaceError> {
        let service = std::env::var_os("STATE_DIRECTORY").map(PathBuf::from);
        station::place::data_dir(self.data_dir.as_deref().or(service.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_documented() {
        Args::command().debug_assert();
        let help = Args::command().render_long_help().to_string();
        assert!(help.contains("serve"), "{help}");
    }

    #[test]
    fn addresses_are_checked_as_they_are_read() {
        let parse = |args: &[&str]| Args::try_parse_from([&["sightline-agent"], args].concat());
        assert!(parse(&["serve", "--listen", "::1", "--port", "0"]).is_ok());
        assert!(parse(&["serve", "--listen", "example.org"]).is_err());
        assert!(parse(&["serve", "--port", "70000"]).is_err());
        assert!(parse(&["watch"]).is_err());
    }
}
