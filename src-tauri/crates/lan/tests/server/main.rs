//! The LAN server, from outside: a real station, real sockets, port 0.

mod access;
mod blocked;
mod costly;
#[path = "../fixture/mod.rs"]
mod fixture;
mod http;
mod stream;

pub(crate) use fixture::{DEADLINE, Fixture};
