//! The families of existing clients, from outside: a real station, real sockets, port 0.

mod applications;
mod client;
mod containers;
mod dashboard;
mod devices;
#[path = "../house/mod.rs"]
mod house;

use lan::{Door, DoorConfig};
use station::Settings;

pub(crate) use self::client::{Client, get};
pub(crate) use house::{House, PATIENCE};

/// Another door of `house`, opened with its settings changed: flags are read when a door opens.
pub(crate) async fn door_with(house: &House, change: impl FnOnce(&mut Settings)) -> Door {
    let handle = house.station.handle();
    let mut settings = handle.settings();
    change(&mut settings);
    handle.set_settings(settings).expect("kept");
    Door::open(handle, &DoorConfig { port: Some(0), ..DoorConfig::default() }).await.expect("an open door")
}
