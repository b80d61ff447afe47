//! The LAN server: all that a browser or another program gets of this machine is served here.
//!
//! It is exposed as far as the owner has set, and serves what a viewer's scope allows. No request can act on the machine.
//! It imports nothing of the client side (`client`).
//!
//! In reading order, which is the way of a request: [`server`] (start, shut down) → [`exposure`] (off, this computer,
//! LAN) and [`advertise`] (how others find it) → [`transport`] (listeners, connections, TLS) → [`auth`] (checks before
//! any route) with [`access`] (who has access: codes, tokens, viewers, the log) → [`sharing`] (the owner's side of it)
//! → [`http`] (API, exposition, page) with [`error_response`] → [`ws`] (WebSockets) → [`stream`] (the native protocol)
//! → [`compat`] (existing clients). [`demo`] is many servers with recorded machines behind them.

mod access;
mod advertise;
mod auth;
mod body;
mod compat;
mod config;
pub mod demo;
mod error_response;
mod exposure;
mod http;
mod random;
mod rebind;
mod routes;
mod server;
mod sharing;
mod state;
mod stream;
mod transport;
mod ws;

pub use config::ServerConfig;
pub use server::Server;
pub use transport::tls::Tls;
