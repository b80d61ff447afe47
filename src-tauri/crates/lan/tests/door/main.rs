//! The door, from outside: a real station, real sockets, port 0.

mod http;
mod stream;

use std::net::SocketAddr;
use std::time::Duration;

use lan::{Door, DoorConfig};
use sampling::Sources;
use station::{Config, Station};

/// Longest any single thing here may take. Far above what it takes; reached only when it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running station behind an open door.
pub(crate) struct House {
    pub(crate) station: Station,
    pub(crate) door: Door,
    _data: tempfile::TempDir,
}

impl House {
    pub(crate) async fn open() -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        let config =
            Config { data_dir: data.path().to_owned(), sources: Sources::live(), version: "test".to_owned() };
        let station = Station::start(config).expect("a station");
        let mut ticks = station.handle().ticks();
        let first = tokio::time::timeout(PATIENCE, ticks.wait_for(Option::is_some));
        assert!(first.await.is_ok_and(|tick| tick.is_ok()), "the first tick came");
        let door = Door::open(station.handle(), &DoorConfig { port: 0, ..DoorConfig::default() })
            .await
            .expect("an open door");
        Self { station, door, _data: data }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.door.addresses()[0]
    }
}
