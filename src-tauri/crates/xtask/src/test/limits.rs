//! How long a step may take.

use std::time::Duration;

/// A cold build on two slow cores.
pub(super) const BUILD_LIMIT: Duration = Duration::from_secs(50 * 60);
/// A suite that runs longer hangs, on a busy machine too.
pub(super) const SUITE_LIMIT: Duration = Duration::from_secs(15 * 60);
/// Tools that look at files.
pub(super) const TOOL_LIMIT: Duration = Duration::from_secs(5 * 60);
