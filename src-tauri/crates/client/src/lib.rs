//! The client side of the LAN protocol: how a program of ours connects to a machine that is shared, on this computer or
//! on another. It depends on the wire types and not on the server, whose tests use it. It never sends a token, never
//! trusts a machine that did not prove its identity, nor a text of one that did, and has a timeout on every wait.
//!
//! In reading order: [`address`] (host and port, and TCP) → [`found`] (discovery by DNS-SD) → [`tls`] (encryption by a
//! pinned key) → `exchange` (HTTP over it) → [`pairing`] (from a link to a token) with
//! [`short_auth_string`] (from digits on two screens to one) → [`secrets`] (where tokens of other machines are stored) →
//! [`stream`] (a session with a machine) → [`raw_socket`] (a WebSocket for the page's own messages) → [`poll`] (its
//! numbers by HTTP) → [`probe`] (diagnosis) → [`link`] (a session that reconnects) → [`control`] (the owner's session with
//! the Sightline of this computer). `constants`, `clock` and `pace` (how fast a machine is listened to) are below all of
//! them. What a machine says becomes values by `wire::codec` only, which makes its texts harmless.

pub mod address;
mod clock;
mod constants;
pub mod control;
mod exchange;
pub mod found;
pub mod link;
mod pace;
pub mod pairing;
pub mod poll;
pub mod probe;
pub mod raw_socket;
pub mod secrets;
pub mod short_auth_string;
pub mod stream;
pub mod tls;
