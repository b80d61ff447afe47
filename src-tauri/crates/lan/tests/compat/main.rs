//! The families of existing clients, from outside: a real station, real sockets, port 0.

mod applications;
mod client;
mod containers;
mod dashboard;
mod devices;
#[path = "../fixture/mod.rs"]
mod fixture;

use lan::{Server, ServerConfig};
use station::Settings;

pub(crate) use self::client::{Client, get};
pub(crate) use fixture::{DEADLINE, Fixture};

/// Another server of `fixture`, started with other settings: flags are read when a server starts.
pub(crate) async fn server_with(fixture: &Fixture, change: impl FnOnce(&mut Settings)) -> Server {
    let handle = fixture.station.handle();
    let mut settings = handle.settings();
    change(&mut settings);
    handle.set_settings(settings).expect("kept");
    Server::bind(handle, &ServerConfig { port: Some(0), ..ServerConfig::default() }).await.expect("a server")
}
