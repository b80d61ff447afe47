//! What all requests to other machines have in common.

use std::time::Duration;

/// Longest wait for one answer of another machine: a slow radio link needs a second or two.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
/// What we call ourselves in HTTP.
pub(crate) const USER_AGENT: &str = concat!("Sightline/", env!("CARGO_PKG_VERSION"));
