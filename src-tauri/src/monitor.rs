//! The running monitor behind the window: the station, and its door, which is closed until sharing is turned on.

use std::convert::Infallible;
use std::path::Path;

use lan::{Door, DoorConfig};
use sampling::Sources;
use station::{Config, Handle, Station, sleep};
use tauri::async_runtime::JoinHandle;
use tracing::warn;
use wire::Goodbye;
use wire::sharing::Reach;

use crate::arguments::Arguments;

/// Ends with [`Monitor::end`]; dropping it takes no leave of anybody.
#[derive(Debug)]
pub(crate) struct Monitor {
    station: Station,
    door: Door,
    /// Tells viewers before this machine sleeps.
    sleep: JoinHandle<Infallible>,
}

impl Monitor {
    /// Starts sampling, and opens the door as far as its owner wants. Where that cannot be (the agent has the port,
    /// say) the page says so: the window itself needs no port.
    pub(crate) fn start(arguments: &Arguments, data_dir: &Path) -> anyhow::Result<Self> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let config = Config { data_dir: data_dir.to_owned(), sources: Sources::live(), version };
        let station = Station::start(config)?;
        let config = DoorConfig { reach: Reach::Off, listen: None, port: arguments.port };
        let (door, opened) = tauri::async_runtime::block_on(async { Door::stand(station.handle(), &config) });
        if let Err(error) = opened {
            warn!(%error, "not shared as it should be");
        }
        let handle = station.handle();
        let sleep = tauri::async_runtime::spawn(async move { sleep::attend(&handle).await });
        Ok(Self { station, door, sleep })
    }

    /// What others hold of the station.
    pub(crate) fn handle(&self) -> Handle {
        self.station.handle()
    }

    /// Tells every viewer goodbye and ends, all within [`wire::limits::SHUTDOWN`].
    pub(crate) async fn end(self) {
        self.sleep.abort();
        self.station.say_goodbye(Goodbye::Shutdown);
        self.door.close().await;
    }
}
