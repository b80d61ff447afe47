//! What all requests to other machines have in common.

use std::time::Duration;

/// Longest wait for one answer of another machine: a slow radio link needs a second or two.
pub(crate) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Our `User-Agent`.
pub(crate) const USER_AGENT: &str = concat!("Sightline/", env!("CARGO_PKG_VERSION"));
