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
    // One thread carries all viewers; the tick has its own.
    let runtime = crate::connect::runtime()?;
    let config = Config { data_dir, sources: Sources::live(), version: env!("CARGO_PKG_VERSION").to_owned() };
    let station = Station::start(config)?;
    runtime.block_on(attend(&station, serve))
}

/// Opens the door, waits for a signal, and takes leave of the viewers.
async fn attend(station: &Station, serve: &Serve) -> anyhow::Result<()> {
    let config = ServerConfig { reach: Reach::Local, listen: serve.listen, port: serve.port };
    let mut ended = std::pin::pin!(signals::ended().context("listen for signals")?);
    let door = Server::bind(station.handle(), &config).await?;
    if let Some(address) = door.addresses().first() {
        announce(&format!("Sightline is at http://{address}"));
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
    door.shutdown().await;
    Ok(())
}

/// The line on standard output: where to look. Logs go to standard error.
#[expect(clippy::print_stdout, reason = "this line is what the program is asked for")]
pub(crate) fn announce(line: &str) {
    println!("{line}");
}
