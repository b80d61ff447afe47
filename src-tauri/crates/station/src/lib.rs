//! One running monitor: it ticks, keeps the last 15 minutes, and serves sessions.
//!
//! A [`Station`] owns one thread that reads the machine through `sampling` and publishes a [`Tick`].
//! The window and the LAN server each give their viewers a [`Session`]: the same messages over either transport.
//! This crate knows no socket, no HTTP and no window, and of tokio the channels, and a timer for [`sleep`].
//!
//! In reading order: [`station`] (start, handle, shut down) → `tick_loop` (when a tick is due) → `pipeline` (what
//! happens at one) → [`tick`] (what is published, encoded once for all) → [`demand`] (what the next tick has to read) →
//! [`session`] (one viewer) → [`methods`] (its requests) → [`cpu_budget`] (what they cost) → [`workers`] (what may have to
//! wait) → `find` (what matches a
//! query) → [`registry`] (who is connected) → [`access_control`] (the interface to who has access; implemented by the
//! LAN server) → [`event_log`] (the last alerts) → `notices` (problems of this program) → [`sleep`] (closes sessions
//! before the machine sleeps) → [`history`] (the last 15 minutes) → `summary` (a machine in a few figures) → `source`
//! (the live machine, or a [`replay`]) → [`paths`], [`settings`] and [`identity`] (what is kept on disk, and where) →
//! [`clock`] (the only module that reads the time), [`log`] (how log lines are written).

#![warn(missing_docs)]

pub mod access_control;
pub mod clock;
pub mod cpu_budget;
pub mod demand;
pub mod event_log;
pub mod fair;
mod find;
pub mod history;
pub mod identity;
pub mod log;
pub mod methods;
mod notices;
pub mod paths;
mod pipeline;
pub mod registry;
pub mod replay;
pub mod session;
pub mod settings;
pub mod sleep;
mod source;
pub mod station;
mod summary;
pub mod tick;
mod tick_loop;
pub mod workers;

pub use access_control::AccessControl;
pub use event_log::NewAlert;
pub use notices::{bad_values, keep_text, unclear_file, unreadable_file};
pub use registry::{Peer, SessionSlot};
pub use session::{Payload, Session};
pub use settings::{Compat, Loopback, Settings};
pub use station::{Config, Handle, StartError, Station};
pub use tick::Tick;
pub use workers::{Work, WorkKind};
