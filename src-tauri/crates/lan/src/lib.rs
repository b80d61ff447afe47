//! The network door: everything a browser or another program gets of this machine comes through here.
//!
//! It is open as far as its owner says, and shows what a caller's scope allows. Nothing that comes through it acts
//! on the machine.
//!
//! In reading order: [`door`] (open, close) → [`reach`] (how far it is open) with
//! [`listeners`] (addresses) → [`announce`] (how others find it) → [`serve`] (connections, and HTTP on them) with
//! [`conduit`] (plain TCP, or TLS over it) and [`tls`] (certificates) → [`guard`] (who is let in) with [`host`],
//! [`origin`] and [`cookie`] → [`access`] (who may look: codes, tokens, viewers, the log) → [`sharing`] (the owner's
//! side of it) → [`api`] (plain HTTP) with [`body`] → [`exposition`] (for Prometheus) → [`page`] (the embedded UI) → [`upgrade`]
//! (from HTTP to a WebSocket) → [`line`] (reads and writes without waiting) → [`socket`] (one viewer's task) with
//! [`pace`] → [`stream`] (the native protocol) with [`post`] (ticks to all viewers) and [`unproven`] → [`compat`]
//! (existing clients) → [`problem`] (errors). [`demo`] is many doors with recorded machines behind them.

mod access;
mod announce;
mod api;
mod body;
mod compat;
mod conduit;
mod cookie;
pub mod demo;
mod door;
mod exposition;
mod guard;
mod host;
mod line;
mod listeners;
mod origin;
mod pace;
mod page;
mod post;
mod problem;
mod reach;
mod serve;
mod sharing;
mod socket;
mod stream;
mod tls;
mod unproven;
mod upgrade;

pub use door::{Door, DoorConfig, OpenError};
pub use tls::{Tls, TlsError};
