//! The families of existing clients, from outside: a real station, real sockets, port 0.

mod applications;
mod client;
mod containers;
mod dashboard;
mod devices;
#[path = "../house/mod.rs"]
mod house;

use lan::{Server, ServerConfig};
use station::Settings;

pub(crate) use self::client::{Client, get};
pub(crate) use house::{House, PATIENCE};

/// Another door of `house`, opened with its settings changed: flags are read when a door opens.
pub(crate) async fn door_with(house: &House, change: impl FnOnce(&mut Settings)) -> Server {
    let handle = house.station.handle();
    let mut settings = handle.settings();
    change(&mut settings);
    handle.set_settings(settings).expect("kept");
    Server::bind(handle, &ServerConfig { port: Some(0), ..ServerConfig::default() })
        .await
        .expect("an open door")
}
