//! Encrypted links, from outside: a real TLS client that trusts the certificate of the server and no other.

mod certificates;
mod client;
#[path = "../fixture/mod.rs"]
mod fixture;
mod links;
mod slow;

pub(crate) use fixture::{DEADLINE, Fixture};
