//! The network door: everything a browser or another program gets of this machine comes through here.
//!
//! Until access control is there the door opens on loopback only; elsewhere it opens when `insecure_open` says
//! so, and then shows numbers and process names, never more. Nothing that comes through it acts on the machine.
//!
//! In reading order: [`door`] (bind, close) → [`serve`] (connections, and HTTP on them) → [`guard`] (who is let in:
//! Host, Origin, and what they may see) with [`access`] (tokens and proofs) → [`api`] (plain HTTP) → [`exposition`]
//! (for Prometheus) → [`page`] (the embedded UI) → [`upgrade`] (from HTTP to a WebSocket) → [`line`] (reads and writes
//! without waiting) → [`socket`] (one viewer's task) with [`pace`] → [`stream`] (the native protocol) with [`post`]
//! (ticks to all viewers) and [`unproven`] → [`compat`] (existing clients) → [`problem`] (errors).

mod access;
mod api;
mod compat;
mod door;
mod exposition;
mod guard;
mod line;
mod pace;
mod page;
mod post;
mod problem;
mod serve;
mod socket;
mod stream;
mod unproven;
mod upgrade;

pub use access::{Secret, Tokens};
pub use door::{Door, DoorConfig, OpenError, PORT};
