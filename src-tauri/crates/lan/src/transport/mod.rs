//! Connections: how they are accepted, bounded and encrypted, until there is a request.
//!
//! In reading order: [`listeners`] (addresses that are bound) → [`serve`] (HTTP on each connection) with
//! [`connections`] (all of them, bounded) →
//! [`local_user`] (whose program it is, where it comes from this computer) → [`byte_stream`] (plain TCP, or TLS over it) with [`write_timeout`] → [`tls`] (certificates).

pub(crate) mod byte_stream;
pub(crate) mod connections;
pub(crate) mod listeners;
pub(crate) mod local_user;
pub(crate) mod serve;
pub(crate) mod tls;
pub(crate) mod write_timeout;
