//! `serve --demo`: a dozen recorded machines instead of this one, each at a port of its own, until a signal ends it.

use anyhow::Context;
use lan::PORT;
use lan::demo::{Fleet, Plan};
use tracing::info;

use crate::args::Serve;
use crate::serve::announce;
use crate::signals;

pub(crate) fn run(serve: &Serve) -> anyhow::Result<()> {
    crate::runtime()?.block_on(attend(serve))
}

/// Starts the machines, tells where they are, waits for a signal, and takes leave of the viewers.
async fn attend(serve: &Serve) -> anyhow::Result<()> {
    let port = serve.port.unwrap_or(PORT);
    let plan = Plan::look_around(port);
    // Who says how many there are wants just these.
    let plan = match serve.machines {
        Some(machines) => Plan { machines: machines.into(), restless: false, ..plan },
        None => plan,
    };
    let ended = signals::ended().context("listen for signals")?;
    let fleet = Fleet::start(plan)?;
    let mut machines = fleet.machines().iter();
    if let Some(first) = machines.next() {
        announce(&format!("Sightline is at http://{}", first.address));
        announce(&format!("Demo: recorded machines. This one is {}", first.name));
    }
    for machine in machines {
        announce(&format!("{} is at http://{}", machine.name, machine.address));
    }
    let signal = ended.await;
    info!(signal, "ending");
    fleet.close().await;
    Ok(())
}
