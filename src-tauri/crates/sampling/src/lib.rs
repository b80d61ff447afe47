//! Reads this machine: one call of [`Sampler::sample`] is one tick.
//!
//! Synchronous, and without a clock of its own: the caller reads the clock once and passes it as [`Now`].
//! Never reads the environment variables of a process, never runs a program, never sends anything anywhere.
//! Command lines are masked ([`redact`]) before they are stored.
//!
//! In reading order:
//! - [`input`]: the input of a tick: the time, and what viewers want beyond the ordinary.
//! - [`sampler`]: the list of collectors, and what happens when one of them fails.
//! - [`series`]: numbers put in a stable order become a [`wire::SeriesSet`] and its values.
//! - [`rate`]: counters become rates; wrap, reset and suspend give no spike.
//! - [`sources`]: where `/proc`, `/sys` and `/etc` are: live, or recorded for tests.
//! - [`text`] and [`redact`]: untrusted text made fit to show, secrets in arguments hidden.
//! - [`mount_names`]: mounts and their sources without the names of people.
//! - [`linux`]: one file a subject, straight from the kernel's files.
//! - [`portable`]: the same subjects through `sysinfo`, for macOS and Windows.

mod input;
mod mount_names;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // Parts that only Linux needs.
mod output;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // Parts that only Linux needs.
mod rate;
pub mod redact;
mod sampler;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // Parts that only Linux needs.
mod series;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // `sysinfo` finds its files itself.
mod sources;
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // Parts that only Linux needs.
mod text;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use portable as system;

pub use input::{Now, Wanted};
pub use sampler::Sampler;
pub use sources::Sources;
use wire::sharing_problem::PortHolder;

/// When the process `pid` was started, Unix milliseconds, in the base of the table's `started_at_ms`: asked
/// again before a process is ended, so that a PID used anew is never mistaken. `None`: there is none.
#[must_use]
pub fn process_started_at_ms(pid: u32) -> Option<u64> {
    system::process_started_at_ms(pid)
}

/// Who listens on this TCP port. `None` where it cannot be told.
/// Cost: one `readlink` per open file of every process we may look into.
#[must_use]
pub fn port_holder(port: u16) -> Option<PortHolder> {
    system::port_holder(port)
}
