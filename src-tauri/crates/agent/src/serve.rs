//! `serve`: reads this machine and serves it, until a signal ends it.

use anyhow::Context;
use lan::{Server, ServerConfig};
use sampling::Sources;
use station::{Config, Station, sleep};
use tracing::info;
use wire::Goodbye;
use wire::sharing::Reach;

use crate::args::Serve;
use crate::{signals, systemd};

pub(crate) fn run(serve: &Serve) -> anyhow::Result<()> {
    let data_dir = serve.data_dir()?;
    // One thread serves all viewers; the tick has its own.
    let runtime = crate::connect::runtime()?;
    let config = Config { data_dir, sources: Sources::live(), version: env!("CARGO_PKG_VERSION").to_owned() };
    let station = Station::start(config)?;
    runtime.block_on(run_until_signal(&station, serve))
}

/// Starts the LAN server, waits for a signal, and shuts down.
async fn run_until_signal(station: &Station, serve: &Serve) -> anyhow::Result<()> {
    let config = ServerConfig { reach: Reach::Local, listen: serve.listen, port: serve.port };
    let mut ended = std::pin::pin!(signals::ended().context("listen for signals")?);
    let server = Server::bind(station.handle(), &config).await?;
    if let Some(address) = server.addresses().first() {
        print_line(&format!("Sightline is at http://{address}"));
    }
    systemd::notify("READY=1");

    let handle = station.handle();
    let signal = tokio::select! {
        signal = &mut ended => signal,
        never = sleep::watch(&handle) => match never {},
    };
    info!(signal, "ending");
    systemd::notify("STOPPING=1");
    station.close_all_sessions(Goodbye::Shutdown);
    server.shutdown().await;
    Ok(())
}

/// Prints a line on standard output: the address to open. Logs go to standard error.
#[expect(clippy::print_stdout, reason = "this line is what the program is asked for")]
pub(crate) fn print_line(line: &str) {
    println!("{line}");
}
