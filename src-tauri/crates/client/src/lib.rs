//! The client side of the LAN protocol: how a program of ours talks to a machine that shares itself, on this computer
//! or on another. It knows the wire and nothing of the server, whose tests use it. It never sends a token, never
//! believes a machine that did not prove itself, and never waits for ever.
//!
//! In reading order: [`address`] (where a machine is) → [`found`] (machines that announce themselves) → [`tls`] (what
//! makes the connection private) → `exchange` (HTTP over it) → [`pairing`] (from a link to a token) with
//! [`short_auth_string`] (from digits on two screens to one) → [`secrets`] (where tokens of other machines are kept) →
//! [`stream`] (a session with a machine) → [`raw_socket`] (a connection over which somebody else speaks) → [`poll`] (its
//! numbers without one) → [`probe`] (why there is none) → [`link`] (one that is kept up) → [`control`] (the owner's session with the Sightline of this computer). `constants`
//! and `clock` stand below all of them.

pub mod address;
mod clock;
mod constants;
pub mod control;
mod exchange;
pub mod found;
pub mod link;
pub mod pairing;
pub mod poll;
pub mod probe;
pub mod raw_socket;
pub mod secrets;
pub mod short_auth_string;
pub mod stream;
pub mod tls;
