//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Parser, Subcommand};
use station::paths::DataDirError;
use wire::Scope;

/// Sightline without a window: reads this machine and serves it to browsers and other Sightlines.
#[derive(Debug, Parser)]
#[command(
    name = "sightline-agent",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  sightline-agent serve                    watch this machine at http://127.0.0.1:7444
  sightline-agent share                    let a phone or another computer watch it too
  sightline-agent viewers                  who has access, and who is connected
  sightline-agent revoke phone             revoke its access
  sightline-agent unshare                  this computer only, from now on
  sightline-agent watch nas                another machine in this terminal, a line a second
  sightline-agent serve --demo             look around in a dozen recorded machines
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
    /// Watch a machine from this terminal, a line a second, until Ctrl-C.
    Watch(Watch),
    /// Let devices of the local network watch this machine; shows a code for the first one.
    Share(Share),
    /// Stop sharing: only this computer can watch it from now on.
    Unshare(Unshare),
    /// Show a pairing code, and ask here whether to approve a device that types it.
    Pair(Pair),
    /// List who has access and who is connected; rename a device, or change what it sees.
    Viewers(Viewers),
    /// Revoke a device's access, and close its connections.
    Revoke(Revoke),
    /// Create a token for a script, and show it once.
    Token(Token),
    /// Encrypt links, with a self-signed certificate or with your own; without a mode: show how they are now.
    Encrypt(Encrypt),
    /// Web pages elsewhere that may view this machine, such as a dashboard of your own.
    Origins(Listed<Tie>),
    /// Further names of this machine, such as the one a proxy gives it.
    Names(Listed<NothingMore>),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Address to listen on too, beside this computer's own 127.0.0.1 and ::1 and what `share` opens.
    #[arg(long, value_name = "ADDR", env = "SIGHTLINE_LISTEN")]
    pub(crate) listen: Option<IpAddr>,

    /// Port to listen on; 0 takes any free one. Without it: the one that sharing has, else 7444.
    #[arg(long, value_name = "N", env = "SIGHTLINE_PORT")]
    pub(crate) port: Option<u16>,

    /// Where settings and history are stored. Without it: the usual directory of this system for this user.
    #[arg(long, value_name = "DIR", env = "SIGHTLINE_DATA_DIR")]
    data_dir: Option<PathBuf>,

    /// Replay a dozen recorded machines instead of reading this one, as a demo. Nothing is stored, and only this
    /// computer sees them.
    #[arg(long, conflicts_with_all = ["listen", "data_dir"])]
    pub(crate) demo: bool,

    /// How many machines --demo replays.
    #[arg(long, value_name = "N", requires = "demo", value_parser = clap::value_parser!(u16).range(1..=i64::from(lan::demo::MOST)))]
    pub(crate) machines: Option<u16>,

    /// Writes what a window has to know of the machines into its data directory, as if a person had added them: a
    /// window can then be measured without what replays them.
    #[arg(long, value_name = "DIR", requires = "demo", hide = true)]
    pub(crate) known_in: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Watch {
    /// Name or address, with :PORT where it is not 7444; or the link that it shows for pairing, by which this
    /// computer is paired first.
    #[arg(value_name = "ADDRESS")]
    pub(crate) address: String,

    /// Print JSON Lines: the machine's state with every change, its numbers, its alerts.
    #[arg(long)]
    pub(crate) json: bool,

    /// Seconds between two lines.
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) interval: u64,

    /// Where tokens of other machines are stored. Without it: the usual directory of this system for this user.
    #[arg(long, value_name = "DIR", env = "SIGHTLINE_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

/// Which Sightline of this computer is meant.
#[derive(Debug, clap::Args)]
pub(crate) struct Here {
    /// Port it listens on. Without it: the one that sharing has, else 7444.
    #[arg(long, value_name = "N", env = "SIGHTLINE_PORT")]
    pub(crate) port: Option<u16>,

    /// Where it keeps its files. Without it: the usual directory of this system for this user.
    #[arg(long, value_name = "DIR", env = "SIGHTLINE_DATA_DIR")]
    data_dir: Option<PathBuf>,
}

/// What a device or a script will see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub(crate) struct Sees {
    /// What it will see: numbers and process names; owners and programs of processes too; or all, and who has access.
    #[arg(long, value_name = "SCOPE", default_value = "view", value_parser = scopes())]
    pub(crate) scope: Scope,

    /// Show it command lines with their arguments; without this the programs alone. Scope view shows neither.
    #[arg(long)]
    pub(crate) with_arguments: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Share {
    #[command(flatten)]
    pub(crate) sees: Sees,

    /// Share on this interface only; may be repeated. Without it: as before, and at first on all local networks.
    #[arg(long = "interface", value_name = "NAME")]
    pub(crate) interfaces: Vec<String>,

    /// Share on all local networks again, after --interface.
    #[arg(long, conflicts_with = "interfaces")]
    pub(crate) every_interface: bool,

    /// Let anyone on the network view without pairing: numbers and process names, never more.
    #[arg(long)]
    pub(crate) open: bool,

    /// Do not ask about networks this machine is on for the first time.
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// Print the links and the code as JSON.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) here: Here,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Unshare {
    #[command(flatten)]
    pub(crate) here: Here,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Pair {
    #[command(flatten)]
    pub(crate) sees: Sees,

    #[command(flatten)]
    pub(crate) here: Here,
}

#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_value_name = "CHANGE",
    subcommand_help_heading = "Changes"
)]
pub(crate) struct Viewers {
    /// Rename a device, or change what it sees.
    #[command(subcommand)]
    pub(crate) change: Option<Change>,

    /// Show the access log: who connected, who was refused, what was changed.
    #[arg(long)]
    pub(crate) log: bool,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) here: Here,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Change {
    /// Call a device something else.
    Rename {
        /// Id or name of the device, or how one of them begins.
        viewer: String,
        /// Its new name.
        name: String,
        #[command(flatten)]
        here: Here,
    },
    /// Change what a device sees. Its connections are closed and open again.
    Scope {
        /// Id or name of the device, or how one of them begins.
        viewer: String,
        /// What it sees from now on.
        #[arg(value_parser = scopes())]
        scope: Scope,
        /// Show it command lines with their arguments; without this the programs alone.
        #[arg(long)]
        with_arguments: bool,
        #[command(flatten)]
        here: Here,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Revoke {
    /// Id or name of the device, or how one of them begins.
    pub(crate) viewer: String,

    #[command(flatten)]
    pub(crate) here: Here,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// What it is for: the name under which `viewers` lists it.
    pub(crate) name: String,

    #[command(flatten)]
    pub(crate) sees: Sees,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) here: Here,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Encrypt {
    /// With a self-signed certificate, of which browsers warn once; or not at all.
    #[arg(value_name = "MODE", conflicts_with_all = ["certificate", "key"])]
    pub(crate) mode: Option<Mode>,

    /// PEM file of your own certificate, followed by its chain. Read again when it changes.
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,

    /// PEM file of its private key.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) here: Here,
}

/// How links are encrypted without files of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Mode {
    /// Not at all.
    Off,
    /// With a self-signed certificate.
    SelfSigned,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Listed<M: clap::Args> {
    /// Add or remove one; without: show them.
    #[command(subcommand)]
    pub(crate) edit: Option<Edit<M>>,

    #[command(flatten)]
    here: Here,
}

impl<M: clap::Args> Listed<M> {
    /// Which Sightline of this computer is meant.
    pub(crate) fn here(&self) -> &Here {
        match &self.edit {
            Some(Edit::Add { here, .. } | Edit::Remove { here, .. }) => here,
            None => &self.here,
        }
    }
}

/// What is said of an origin that is added.
#[derive(Debug, clap::Args)]
pub(crate) struct Tie {
    /// Its pages need this token (its id or its name), sent as `Authorization: Bearer`, and see what that may. Without this,
    /// everyone who sends the origin sees what scope `view` shows.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
}

/// Nothing is said of a name.
#[derive(Debug, clap::Args)]
pub(crate) struct NothingMore {}

#[derive(Debug, Subcommand)]
pub(crate) enum Edit<M: clap::Args> {
    /// Add one.
    Add {
        /// An origin is like https://dash.example:8443, a name like nas.example.org.
        entry: String,
        #[command(flatten)]
        more: M,
        #[command(flatten)]
        here: Here,
    },
    /// Remove one.
    Remove {
        /// As the list shows it.
        entry: String,
        #[command(flatten)]
        here: Here,
    },
}

impl Serve {
    /// The data directory: as asked, else the one that systemd made for the service, else the user's own.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, DataDirError> {
        let service = std::env::var_os("STATE_DIRECTORY").map(PathBuf::from);
        station::paths::data_dir(self.data_dir.as_deref().or(service.as_deref()))
    }
}

impl Watch {
    /// Where tokens are kept.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, DataDirError> {
        station::paths::data_dir(self.data_dir.as_deref())
    }
}

impl Here {
    /// Where it keeps its files.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, DataDirError> {
        station::paths::data_dir(self.data_dir.as_deref())
    }
}

/// Names of scopes to scopes.
fn scopes() -> impl TypedValueParser<Value = Scope> {
    PossibleValuesParser::new(["view", "processes", "control"]).map(|name| match name.as_str() {
        "control" => Scope::Control,
        "processes" => Scope::Processes,
        _ => Scope::View,
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn parse(args: &[&str]) -> Result<Command, clap::Error> {
        Args::try_parse_from([&["sightline-agent"], args].concat()).map(|args| args.command)
    }

    #[test]
    fn the_command_line_is_sound_and_documented() {
        Args::command().debug_assert();
        let help = Args::command().render_long_help().to_string();
        for command in [
            "serve", "watch", "share", "unshare", "pair", "viewers", "revoke", "token", "encrypt", "origins",
            "names",
        ] {
            assert!(help.contains(command), "{command}: {help}");
        }
    }

    #[test]
    fn addresses_are_checked_as_they_are_read() {
        assert!(parse(&["serve", "--listen", "::1", "--port", "0"]).is_ok());
        assert!(parse(&["watch", "nas:8080", "--json", "--interval", "5"]).is_ok());
        let wrong = [
            &["serve", "--listen", "example.org"][..],
            &["serve", "--port", "70000"],
            &["watch"],
            &["watch", "nas", "--interval", "0"],
            &["look"],
        ];
        for wrong in wrong {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_demo_shows_nothing_of_this_machine_and_to_nobody_else() {
        assert!(parse(&["serve", "--demo", "--machines", "200", "--port", "0"]).is_ok());
        for wrong in [
            &["--machines", "3"][..],
            &["--demo", "--machines", "0"],
            &["--demo", "--listen", "::"],
            &["--demo", "--data-dir", "x"],
        ] {
            assert!(parse(&[&["serve"], wrong].concat()).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn scopes_are_the_three_and_view_without_a_word_and_arguments_are_asked_for() {
        let scope = |args: &[&str]| match parse(args) {
            Ok(Command::Share(share)) => Some((share.sees.scope, share.sees.with_arguments)),
            Ok(Command::Token(token)) => Some((token.sees.scope, token.sees.with_arguments)),
            _ => None,
        };
        assert_eq!(scope(&["share"]), Some((Scope::View, false)));
        assert_eq!(scope(&["share", "--scope", "processes"]), Some((Scope::Processes, false)));
        assert_eq!(
            scope(&["token", "grafana", "--scope", "control", "--with-arguments"]),
            Some((Scope::Control, true))
        );
        assert_eq!(scope(&["share", "--scope", "all"]), None);
    }

    #[test]
    fn viewers_are_listed_or_changed_but_not_both() {
        assert!(matches!(
            parse(&["viewers", "--log"]),
            Ok(Command::Viewers(Viewers { log: true, change: None, .. }))
        ));
        let renamed = parse(&["viewers", "rename", "1f", "Kitchen tablet", "--port", "8080"]);
        let Ok(Command::Viewers(Viewers { change: Some(Change::Rename { viewer, name, here }), .. })) =
            renamed
        else {
            panic!("{renamed:?}");
        };
        assert_eq!((viewer.as_str(), name.as_str(), here.port), ("1f", "Kitchen tablet", Some(8080)));
        assert!(parse(&["viewers", "scope", "1f", "all"]).is_err());
        assert!(parse(&["viewers", "--json", "rename", "1f", "x"]).is_err());
        assert!(parse(&["share", "--interface", "eth0", "--every-interface"]).is_err());
    }

    #[test]
    fn a_certificate_comes_with_its_key_or_is_made_here() {
        assert!(parse(&["encrypt"]).is_ok() && parse(&["encrypt", "self-signed"]).is_ok());
        assert!(parse(&["encrypt", "--certificate", "a.pem", "--key", "a.key"]).is_ok());
        let key = ["--key", "a.key"];
        let wrong = [&["encrypt", "maybe"][..], &["encrypt", "--certificate", "a.pem"]];
        assert!(wrong.iter().all(|args| parse(args).is_err()));
        assert!(parse(&[&["encrypt", "off", "--certificate", "a.pem"], &key[..]].concat()).is_err());
    }
}
