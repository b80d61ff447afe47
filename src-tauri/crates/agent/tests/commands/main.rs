//! The commands as they are typed, against a real agent: on this computer, and from another one, which is a network
//! namespace. Where none can be made, those tests say so and are left out.

mod agent;
#[cfg(target_os = "linux")]
mod compared;
mod demo;
#[cfg(target_os = "linux")]
mod found;
mod here;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod paired;
#[cfg(target_os = "linux")]
mod shared;
#[cfg(target_os = "linux")]
mod typed;
#[cfg(target_os = "linux")]
mod watch;
#[cfg(target_os = "linux")]
mod watching;

use std::time::Duration;

/// Longest any single thing here may take. Far above what it takes; reached only when it never comes.
const DEADLINE: Duration = Duration::from_secs(20);
