//! The running monitor behind the window: the station, and its page on this computer's own port.

use std::path::Path;

use lan::DoorConfig;
use sampling::Sources;
use station::{Config, Handle, Station};
use tracing::warn;
use wire::Goodbye;

use crate::arguments::Arguments;

/// Ends with [`Monitor::end`]; dropping it takes no leave of anybody.
#[derive(Debug)]
pub(crate) struct Monitor {
    station: Station,
    page: Option<lan::Door>,
}

impl Monitor {
    /// Starts sampling, and serves the page. A port that is taken (by the agent, say) is a notice, not a failure:
    /// the window needs none.
    pub(crate) fn start(arguments: &Arguments, data_dir: &Path) -> anyhow::Result<Self> {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let config = Config { data_dir: data_dir.to_owned(), sources: Sources::live(), version };
        let station = Station::start(config)?;
        let page = if arguments.no_listen { None } else { serve(&station.handle(), arguments.port) };
        Ok(Self { station, page })
    }

    /// What others hold of the station.
    pub(crate) fn handle(&self) -> Handle {
        self.station.handle()
    }

    /// Tells every viewer goodbye and ends, all within [`wire::limits::SHUTDOWN`].
    pub(crate) fn end(self) {
        self.station.say_goodbye(Goodbye::Shutdown);
        if let Some(page) = self.page {
            tauri::async_runtime::block_on(page.close());
        }
    }
}

fn serve(station: &Handle, port: u16) -> Option<lan::Door> {
    let config = DoorConfig { port: Some(port), ..DoorConfig::default() };
    match tauri::async_runtime::block_on(lan::Door::open(station.clone(), &config)) {
        Ok(page) => Some(page),
        Err(error) => {
            warn!(%error, "no page for browsers");
            let what = "Browsers of this computer cannot see this window's figures";
            station.notify("browser page", format!("{what}: {error}."));
            None
        }
    }
}
