//! A station with a server that reads a recorded machine, which a test may change meanwhile.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lan::{Server, ServerConfig};
use sampling::Sources;
use station::{Config, Station};
use testing::Recording;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest any single thing here may take. Far above what it takes; reached only when it never comes.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) struct Fixture {
    pub(crate) station: Station,
    pub(crate) server: Server,
    machine: Recording,
    _data: tempfile::TempDir,
}

impl Fixture {
    /// A fixture of the machine recorded as `name`, changed by `prepare` before it is first read.
    pub(crate) async fn prepared(name: &str, prepare: impl FnOnce(&Path)) -> Self {
        let machine = Recording::begin(name);
        prepare(machine.path());
        let data = tempfile::tempdir().expect("a temporary directory");
        let sources = Sources::recorded(machine.path());
        let config = Config { data_dir: data.path().to_owned(), sources, version: "test".to_owned() };
        let station = Station::start(config).expect("a station");
        let config = ServerConfig { port: Some(0), ..ServerConfig::default() };
        let server = Server::bind(station.handle(), &config).await.expect("a server");
        Self { station, server, machine, _data: data }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.server.addresses()[0]
    }

    /// A file of the machine.
    pub(crate) fn file(&self, path: &str) -> PathBuf {
        self.machine.path().join(path)
    }

    /// Waits for a tick that was begun after this was called.
    pub(crate) async fn next_tick(&self) {
        let mut ticks = self.station.handle().ticks();
        let seen = ticks.borrow().as_ref().map_or(0, |tick| tick.seq);
        // The one after the next: the next may have read its files already.
        let later = ticks.wait_for(|tick| tick.as_ref().is_some_and(|tick| tick.seq >= seen + 2));
        assert!(tokio::time::timeout(DEADLINE, later).await.is_ok_and(|tick| tick.is_ok()), "it ticks on");
    }

    /// `GET /metrics` with these further header lines: head and body.
    pub(crate) async fn metrics(&self, headers: &str) -> (String, String) {
        get(self.address(), "/metrics", headers).await
    }
}

/// An answer, head and body. HTTP/1.0 in all but name: no chunks, and the end of the connection ends it.
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &str) -> (String, String) {
    let exchange = async {
        let mut socket = TcpStream::connect(address).await?;
        let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(String::from_utf8(answer).expect("text"))
    };
    let answer = tokio::time::timeout(DEADLINE, exchange).await.expect("in time").expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    (head.to_owned(), body.to_owned())
}
