//! `sightline-agent`: Sightline without a window. `serve` is the monitor, `watch` looks at any machine; the other
//! commands talk to a monitor that runs on this computer.
//!
//! In reading order: [`args`] → [`serve`] with [`demo`] → [`watch`] → [`share`] with [`pairing_link`] and [`qr`] → [`pair`] with [`pairing_prompt`] and
//! [`terminal`] → [`viewers`] → [`token`] → [`encrypt`] → [`allow_list`]; [`messages`] has what is said to people, [`signals`] what ends us.

mod allow_list;
mod args;
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

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use allow_list::List;
use anyhow::Context;
use args::{Args, Command, Here};
use clap::Parser;
use client::control::Control;
use wire::sharing::Sharing;

fn main() -> ExitCode {
    let Args { command } = Args::parse();
    systemd::init_logs(if matches!(command, Command::Serve(_)) { "info" } else { "warn" });
    match run(&command) {
        Ok(code) => code,
        // Who reads our output has enough of it, as `head` does.
        Err(err) if is_broken_pipe(&err) => ExitCode::SUCCESS,
        Err(err) => {
            #[expect(clippy::print_stderr, reason = "the last word of a program that cannot go on")]
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
        Command::Origins(origins) => allow_list::list(List::Origins, origins, &mut io::stdout()),
        Command::Names(names) => allow_list::list(List::Names, names, &mut io::stdout()),
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// One thread does for all commands.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("start the runtime")
}

/// The Sightline of this computer.
async fn connect(here: &Here) -> anyhow::Result<Control> {
    let data_dir = here.data_dir()?;
    Ok(Control::connect(here.port(&data_dir), &data_dir).await?)
}

/// How sharing is, on this computer.
async fn read(here: &Here) -> anyhow::Result<Sharing> {
    Ok(connect(here).await?.read().await?)
}

/// `value` as JSON on lines of its own.
fn print_json<T: serde::Serialize>(out: &mut impl Write, value: &T) -> anyhow::Result<()> {
    writeln!(out, "{}", serde_json::to_string_pretty(value)?)?;
    Ok(())
}

fn is_broken_pipe(err: &anyhow::Error) -> bool {
    err.downcast_ref::<io::Error>().is_some_and(|err| err.kind() == ErrorKind::BrokenPipe)
}
