//! The other side of the door: how a program of ours talks to a machine that shares itself, on this computer or on
//! another. It never sends a token, never believes a machine that did not prove itself, and never waits for ever.
//!
//! In reading order: [`address`] (where a machine is) → [`found`] (machines that announce themselves) → [`tls`] (what
//! makes the connection private) → `exchange` (HTTP over it) → [`pairing`] (from a link to a token) with `comparing`
//! (from digits on two screens to one) → [`secrets`] (where tokens of other machines are kept) →
//! [`stream`] (a session with a machine) → [`poll`] (its numbers without one) → [`probe`] (why there is none) →
//! [`link`] (one that is kept up) → [`control`] (the owner's session with the Sightline of this computer).

pub mod address;
mod comparing;
pub mod control;
mod exchange;
pub mod found;
pub mod link;
pub mod pairing;
pub mod poll;
pub mod probe;
pub mod secrets;
pub mod stream;
pub mod tls;

use std::time::Duration;

/// Longest wait for one answer of another machine: a slow radio link needs a second or two.
const PATIENCE: Duration = Duration::from_secs(5);
/// What we call ourselves in HTTP.
const USER_AGENT: &str = concat!("Sightline/", env!("CARGO_PKG_VERSION"));
