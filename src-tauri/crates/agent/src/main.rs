//! `sightline-agent`: Sightline without a window. `serve` is the monitor, `watch` shows any machine; the other commands
//! connect to a monitor that runs on this computer.
//!
//! In reading order: [`args`] → [`connect`] → [`serve`] with [`demo`] → [`watch`] → [`share`] with [`pairing_link`] and
//! [`qr`] → [`pair`] with [`pairing_prompt`] and [`terminal`] → [`viewers`] → [`token`] → [`encrypt`] → [`allow_list`];
//! [`messages`] has all sentences, [`signals`] what ends the program.

mod allow_list;
mod args;
mod connect;
mod demo;
mod encrypt;
mod messages;
mod pair;
mod pairing_link;
mod pairing_prompt;
mod qr;
mod serve;
mod share;
mod signals;
mod systemd;
mod terminal;
mod token;
mod viewers;
mod watch;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;

fn main() -> ExitCode {
    let Args { command } = Args::parse();
    systemd::init_logs(if matches!(command, Command::Serve(_)) { "info" } else { "warn" });
    match run(&command) {
        Ok(code) => code,
        // The reader of our output closed it, as `head` does.
        Err(err) if is_broken_pipe(&err) => ExitCode::SUCCESS,
        Err(err) => {
            #[expect(clippy::print_stderr, reason = "the error message of a program that cannot go on")]
            {
                eprintln!("sightline-agent: {}", messages::sentence(&format!("{err:#}")));
            }
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let done = match command {
        Command::Serve(serve) if serve.demo => demo::run(serve),
        Command::Serve(serve) => serve::run(serve),
        Command::Watch(watch) => return watch::watch(watch, &mut io::stdout()),
        Command::Share(share) => share::share(share, &mut io::stdout()),
        Command::Unshare(unshare) => share::unshare(unshare, &mut io::stdout()),
        Command::Pair(pair) => return pair::pair(pair, &mut io::stdout()),
        Command::Viewers(viewers) => viewers::viewers(viewers, &mut io::stdout()),
        Command::Revoke(revoke) => viewers::revoke(revoke, &mut io::stdout()),
        Command::Token(token) => token::token(token, &mut io::stdout()),
        Command::Encrypt(encrypt) => encrypt::encrypt(encrypt, &mut io::stdout()),
        Command::Origins(origins) => allow_list::origins(origins, &mut io::stdout()),
        Command::Names(names) => allow_list::names(names, &mut io::stdout()),
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn is_broken_pipe(err: &anyhow::Error) -> bool {
    err.downcast_ref::<io::Error>().is_some_and(|err| err.kind() == ErrorKind::BrokenPipe)
}
