//! The door, from outside: a real station, real sockets, port 0.

mod access;
mod blocked;
#[path = "../house/mod.rs"]
mod house;
mod http;
mod stream;

pub(crate) use house::{House, PATIENCE};
