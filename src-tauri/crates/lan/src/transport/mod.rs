//! Connections: how they are accepted, bounded and encrypted, until there is a request.
//!
//! In reading order: [`listeners`] (addresses that are bound) and `owner_listener` (the owner's socket, on Unix) → [`serve`]
//! (HTTP on each connection) with [`connections`] (all of them, bounded) → [`local_user`] (whose program it is, where it
//! comes from this computer) → [`byte_stream`] (plain TCP, TLS over it, or the owner's socket) with [`write_timeout`] →
//! [`tls`] (certificates).

pub(crate) mod byte_stream;
pub(crate) mod connections;
pub(crate) mod listeners;
pub(crate) mod local_user;
#[cfg(unix)]
pub(crate) mod owner_listener;
pub(crate) mod serve;
pub(crate) mod tls;
pub(crate) mod write_timeout;
