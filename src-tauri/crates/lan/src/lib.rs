//! The network door: everything a browser or another program gets of this machine comes through here.
//!
//! Until access control is there the door opens on loopback only; elsewhere it opens when `insecure_open` says
//! so, and then shows numbers and process names, never more. Nothing that comes through it acts on the machine.
//!
//! In reading order: [`door`] (bind, serve, close) → [`guard`] (who is let in: Host and Origin) → [`stream`]
//! (one WebSocket, one session) → [`api`] (plain HTTP) → [`page`] (the embedded UI) → [`problem`] (errors).

mod api;
mod door;
mod guard;
mod pace;
mod page;
mod problem;
mod stream;

pub use door::{Door, DoorConfig, OpenError, PORT};
