//! One running monitor: it ticks, remembers the last 15 minutes, and serves sessions.
//!
//! A [`Station`] owns one thread that reads the machine through `sampling` and publishes a [`Tick`].
//! Window and network door each give their viewers a [`Session`]: the same words, whatever carries them.
//! This crate knows no socket, no HTTP and no window, and of tokio the channels, and a timer for [`sleep`].
//!
//! In reading order: [`station`] (start, handle, shut down) → `tick_loop` (when a tick is due) → `pipeline` (what
//! happens at one) → [`tick`] (what is published, encoded once for all) → [`session`] (one viewer) → [`methods`] (its
//! requests) → [`workers`] (what may have to wait) → `find` (what matches a query) → [`registry`] (who is connected) →
//! [`doorkeeper`] (who may connect; lives elsewhere) → [`alerts`] (what happened) → `notices` (what is wrong here) →
//! [`sleep`] (who looks is told before the machine sleeps) → [`history`] (the last 15 minutes) → `summary` (a machine
//! in a few figures) → `source` (the live machine, or a [`replay`]) → [`place`], [`settings`] and
//! [`identity`] (what is kept on disk, and where) → [`clock`] (the only place that asks the time).

#![warn(missing_docs)]

pub mod alerts;
pub mod clock;
pub mod doorkeeper;
mod find;
pub mod history;
pub mod identity;
pub mod interest;
pub mod methods;
mod notices;
mod pipeline;
pub mod place;
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

pub use alerts::Announcement;
pub use doorkeeper::Doorkeeper;
pub use registry::{Seat, Visitor};
pub use session::{Payload, Session};
pub use settings::{Compat, Loopback, Settings};
pub use station::{Config, Handle, StartError, Station};
pub use tick::Tick;
pub use workers::{Work, WorkKind};
