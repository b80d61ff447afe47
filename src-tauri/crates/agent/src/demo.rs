//! `serve --demo`: a dozen recorded machines instead of this one, each at a port of its own, until a signal ends it.

use std::path::Path;

use anyhow::Context;
use client::secrets::{Secrets, Token};
use lan::demo::{Fleet, Plan};
use serde_json::json;
use station::clock;
use tracing::info;
use wire::PORT;
use wire::Scope;
use wire::fleet::KnownMachine;

use crate::args::Serve;
use crate::serve::print_line;
use crate::signals;

pub(crate) fn run(serve: &Serve) -> anyhow::Result<()> {
    crate::connect::runtime()?.block_on(run_until_signal(serve))
}

/// Starts the machines, prints their addresses, waits for a signal, and shuts down.
async fn run_until_signal(serve: &Serve) -> anyhow::Result<()> {
    let port = serve.port.unwrap_or(PORT);
    let plan = Plan::for_viewing(port);
    // With a given number, only these.
    let plan = match serve.machines {
        Some(machines) => Plan { machines: machines.into(), restless: false, ..plan },
        None => plan,
    };
    let ended = signals::ended().context("listen for signals")?;
    let fleet = Fleet::start(plan)?;
    if let Some(folder) = &serve.known_in {
        introduce(&fleet, folder).with_context(|| format!("write into {}", folder.display()))?;
    }
    let mut machines = fleet.machines().iter();
    if let Some(first) = machines.next() {
        print_line(&format!("Sightline is at http://{}", first.address));
        print_line(&format!("Demo: recorded machines. This one is {}", first.name));
    }
    for machine in machines {
        print_line(&format!("{} is at http://{}", machine.name, machine.address));
    }
    let signal = ended.await;
    info!(signal, "ending");
    fleet.close().await;
    Ok(())
}

/// Has the window that keeps its files in `folder` know all machines.
fn introduce(fleet: &Fleet, folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let secrets = Secrets::in_file(folder);
    let mut machines = Vec::new();
    for machine in fleet.machines() {
        let token = Token { id: machine.token_id.clone(), secret: machine.secret.clone(), pin: None };
        secrets.keep(&machine.id, &token)?;
        machines.push(KnownMachine {
            id: machine.id.clone(),
            name: machine.name.clone(),
            tags: machine.tags.clone(),
            addresses: vec![machine.address.to_string()],
            secure: false,
            scope: Scope::Processes,
            family: machine.family.clone(),
            os: machine.os.clone(),
            added_at_ms: clock::unix_ms(),
            last_seen_ms: None,
            last_goodbye: None,
        });
    }
    std::fs::write(folder.join("machines.json"), serde_json::to_vec(&json!({ "machines": machines }))?)?;
    Ok(())
}
