//! The running monitor of the window: the station, and its LAN server, which listens once sharing is turned on. For a
//! demo: recorded machines, of which the first takes the place of this one.

use std::convert::Infallible;
use std::path::Path;

use anyhow::Context;
use lan::demo::{DemoMachine, Fleet, Plan};
use lan::{Server, ServerConfig};
use sampling::Sources;
use station::{Config, Handle, Station, sleep};
use tauri::async_runtime::JoinHandle;
use tracing::warn;
use wire::sharing::Reach;
use wire::{Goodbye, Scope};

use crate::arguments::Arguments;

/// Ends with [`Monitor::end`]; dropping it does not close sessions.
#[derive(Debug)]
pub(crate) enum Monitor {
    /// This machine.
    Live {
        /// Reads it.
        station: Station,
        /// Serves it to others.
        server: Server,
        /// Closes sessions before this machine sleeps.
        sleep: JoinHandle<Infallible>,
    },
    /// Recorded machines.
    Demo {
        /// All of them.
        fleet: Fleet,
        /// The one that takes the place of this machine.
        first: Handle,
    },
}

impl Monitor {
    /// Starts sampling, and a LAN server that listens where its owner wants. Where that cannot be (the agent has the port,
    /// say) the page says so: the window itself needs no port.
    pub(crate) fn start(arguments: &Arguments, data_dir: &Path) -> anyhow::Result<Self> {
        if arguments.demo {
            return Self::replay(arguments.machines);
        }
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let config = Config { data_dir: data_dir.to_owned(), sources: Sources::live(), version };
        let station = Station::start(config)?;
        let config = ServerConfig { reach: Reach::Off, listen: None, port: arguments.port };
        let (server, opened) =
            tauri::async_runtime::block_on(async { Server::start(station.handle(), &config) });
        if let Err(error) = opened {
            warn!(%error, "not shared as it should be");
        }
        let handle = station.handle();
        let sleep = tauri::async_runtime::spawn(async move { sleep::watch(&handle).await });
        Ok(Self::Live { station, server, sleep })
    }

    /// Starts recorded machines: as many others as were asked for, else those that are described.
    fn replay(others: Option<u16>) -> anyhow::Result<Self> {
        let described = Plan::for_viewing(0);
        let plan = match others {
            // With a given number, only these.
            Some(others) => Plan { machines: usize::from(others) + 1, restless: false, ..described },
            None => described,
        };
        let fleet = tauri::async_runtime::block_on(async { Fleet::start(plan) })?;
        let first = fleet.handle(0).context("find the first machine of the demo")?;
        Ok(Self::Demo { fleet, first })
    }

    /// What others hold of the station.
    pub(crate) fn handle(&self) -> Handle {
        match self {
            Self::Live { station, .. } => station.handle(),
            Self::Demo { first, .. } => first.clone(),
        }
    }

    /// The other machines of a demo; `None` where this is none.
    pub(crate) fn others(&self) -> Option<&[DemoMachine]> {
        match self {
            Self::Live { .. } => None,
            Self::Demo { fleet, .. } => Some(fleet.machines().get(1..).unwrap_or_default()),
        }
    }

    /// What the page may do. A demo is open to this computer only, and a page that may not share cannot change that.
    pub(crate) fn scope(&self) -> Scope {
        match self {
            Self::Live { .. } => Scope::Control,
            Self::Demo { .. } => Scope::Processes,
        }
    }

    /// Closes all sessions and ends, all within [`wire::limits::SHUTDOWN`].
    pub(crate) async fn end(self) {
        match self {
            Self::Live { station, server, sleep } => {
                sleep.abort();
                station.close_all_sessions(Goodbye::Shutdown);
                server.shutdown().await;
            }
            Self::Demo { fleet, .. } => fleet.close().await,
        }
    }
}
