//! WebSockets, for any protocol on them: nothing here knows one of ours.
//!
//! In reading order: [`upgrade`] (from HTTP to a WebSocket) → [`ws_writer`] (reads and writes without waiting) →
//! [`socket`] (one viewer's task) with [`rate_limit`] → [`fanout`] (one tick to all viewers of the native stream) →
//! [`pending_auth`] (sockets that have not authenticated yet).

pub(crate) mod fanout;
pub(crate) mod pending_auth;
mod rate_limit;
pub(crate) mod socket;
pub(crate) mod upgrade;
pub(crate) mod ws_writer;
