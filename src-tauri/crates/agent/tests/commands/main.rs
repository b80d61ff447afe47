//! The commands of the agent, against a real agent: on this computer, and from another one, which is a network
//! namespace. Where none can be made, those tests report that and are skipped.

mod agent;
#[cfg(target_os = "linux")]
mod comparison;
mod demo;
#[cfg(target_os = "linux")]
mod discovery;
#[cfg(target_os = "linux")]
mod flood;
#[cfg(target_os = "linux")]
mod hostile;
mod local;
#[cfg(target_os = "linux")]
mod local_users;
#[cfg(target_os = "linux")]
mod network;
#[cfg(target_os = "linux")]
mod pairing;
#[cfg(target_os = "linux")]
mod proxies;
#[cfg(target_os = "linux")]
mod sharing;
#[cfg(target_os = "linux")]
mod terminal;
#[cfg(target_os = "linux")]
mod watch;
#[cfg(target_os = "linux")]
mod watch_process;

use std::time::Duration;

/// Longest any single thing here may take. Far above what it takes; reached only when it never comes.
const DEADLINE: Duration = Duration::from_secs(20);
