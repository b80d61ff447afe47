//! A running station behind an open door: what the suites that meet the door from outside share. Each takes
//! it in by its path, and `raw.rs` beside it where it writes its own bytes.

#![allow(dead_code, reason = "no suite needs all of it")]

use std::net::SocketAddr;
use std::time::Duration;

use lan::{Server, ServerConfig};
use sampling::Sources;
use station::{Config, Station};

/// Longest any single thing here may take. Far above what it takes; reached only when it never comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A running station behind an open door, at any free port of this computer.
pub(crate) struct House {
    pub(crate) station: Station,
    pub(crate) door: Server,
    _data: tempfile::TempDir,
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::open_at(0).await
    }

    pub(crate) async fn open_at(port: u16) -> Self {
        Self::with(&ServerConfig { port: Some(port), ..ServerConfig::default() }).await
    }

    pub(crate) async fn with(door: &ServerConfig) -> Self {
        let data = tempfile::tempdir().expect("a temporary directory");
        let config =
            Config { data_dir: data.path().to_owned(), sources: Sources::live(), version: "test".to_owned() };
        let station = Station::start(config).expect("a station");
        let mut ticks = station.handle().ticks();
        let first = tokio::time::timeout(PATIENCE, ticks.wait_for(Option::is_some));
        assert!(first.await.is_ok_and(|tick| tick.is_ok()), "the first tick came");
        let door = Server::bind(station.handle(), door).await.expect("an open door");
        Self { station, door, _data: data }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.door.addresses()[0]
    }

    /// `owner.<secret>`, from its file.
    pub(crate) fn owner_token(&self) -> String {
        let text = std::fs::read_to_string(self.station.handle().data_dir().join("owner.token"));
        text.expect("the owner's token is written when the door opens").trim().to_owned()
    }

    /// Waits until the station serves this many sessions.
    pub(crate) async fn wait_for_sessions(&self, count: usize) {
        let handle = self.station.handle();
        let there = async {
            while handle.sessions() != count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, there).await;
        assert!(waited.is_ok(), "{} sessions are served, {count} were expected", handle.sessions());
    }
}
