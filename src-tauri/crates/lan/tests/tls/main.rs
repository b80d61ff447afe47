//! Encrypted links, from outside: a real TLS client that trusts the certificate of the door and no other.

mod certificates;
mod client;
#[path = "../house/mod.rs"]
mod house;
mod links;
mod slow;

pub(crate) use house::{House, PATIENCE};
