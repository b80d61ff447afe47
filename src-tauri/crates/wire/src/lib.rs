//! The protocol: all types that are sent between machines, and their encoding.
//!
//! This crate contains types, the metric catalogue and the codec, and nothing else: no clock, no operating
//! system, no tokio. Everything here is shared by the window, the LAN server, the agent and the UI
//! (whose `src/wire/` is generated from it by `cargo xtask types`).
//!
//! In reading order:
//! - [`catalogue`]: every metric there is, its unit and its definition; what a *series* is.
//! - [`machine`]: what does not change while a machine is up, and [`Facts`]: what is shown but is no number.
//! - [`process`]: process rows, by scope, and what travels between two ticks.
//! - [`snapshot`]: one reading of one machine.
//! - [`message`]: messages of client and server; [`alerts`]: what happened; [`sessions`]: who is connected.
//! - [`diagnosis`]: why a machine cannot be watched; [`reason`]: why a request was refused, [`stream_reason`] one of the
//!   stream, [`http_reason`] one by HTTP; [`fault`]: what could not be read; [`sensors_absent`]: why there are no sensors;
//!   [`sharing_problem`], [`certificate_problem`]: why a machine is not shared or encrypted as it should be; `messages`:
//!   codes in plain English, for programs without sentences of their own.
//! - [`query`]: the query language, from text to yes, no or unknown.
//! - [`scope`]: what a viewer may see; [`sharing`]: who has access, and how devices are paired; [`proof`]: how secrets
//!   are proven; [`pin`]: the fingerprint of a machine's key; [`auth_header`]: the same proofs in headers of HTTP;
//!   [`endpoint`]: where a server is found.
//! - [`text`]: texts from untrusted sources, made harmless so that they can be shown; [`foreign`]: all that another machine
//!   sends, read in this way; [`payload`]: the part of it that is read later.
//! - [`number`]: how numbers are encoded.
//! - [`codec`]: bytes to messages and back, with limits and rounding; `msgpack` validates a message first.
//! - [`methods`]: what a client can ask for; [`limits`]: every bound of the protocol, with its reason; [`link`]: times
//!   of a client's link.

#![warn(missing_docs)]

pub mod alerts;
pub mod auth_header;
pub mod catalogue;
pub mod certificate_problem;
pub mod codec;
mod constants;
pub mod diagnosis;
pub mod endpoint;
mod error_code;
pub mod fault;
pub mod fleet;
pub mod foreign;
mod goodbye;
mod hex;
pub mod http_reason;
mod known;
pub mod limits;
pub mod link;
pub mod list_reason;
pub mod machine;
pub mod message;
mod messages;
pub mod methods;
mod msgpack;
pub mod number;
pub mod payload;
pub mod pin;
pub mod process;
pub mod proof;
pub mod query;
pub mod reason;
pub mod scope;
pub mod sensors_absent;
pub mod sessions;
pub mod sharing;
pub mod sharing_problem;
pub mod signal_reason;
pub mod snapshot;
pub mod stream_reason;
pub mod text;
#[cfg(test)]
mod typescript;
pub mod window_reason;

pub use catalogue::{Metric, Series, SeriesSet, Unit};
pub use fault::{Fault, FaultReason};
pub use http_reason::HttpReason;
pub use machine::{Disk, Facts, Filesystem, Interface, Machine, Sensor};
pub use message::{
    AlertEvent, Carrier, Channel, ClientMessage, Encoding, ErrorCode, Goodbye, ServerMessage, Severity,
};
pub use methods::Method;
pub use process::{CommandLine, Commands, Process, ProcessDetail, ProcessKey, ProcessState, ProcessTable};
pub use reason::Reason;
pub use scope::Scope;
pub use snapshot::{Snapshot, Total};
pub use stream_reason::StreamReason;

constants::constants! {
    /// The protocol version of this build. A client that reads a higher number asks for an update of itself.
    pub const PROTOCOL: u32 = 1;
    /// The WebSocket subprotocol of the native stream, always echoed by the server.
    pub const SUBPROTOCOL: &str = "sightline.v1";
    /// The default port of the LAN server.
    pub const PORT: u16 = 7444;
}
