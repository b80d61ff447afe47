//! Closes remote sessions before the machine sleeps, so that viewers do not take the silence for a failure.
//!
//! On Linux `logind` signals sleep before it begins, and waits for us. Elsewhere the tick detects it afterwards
//! ([`slept`](crate::clock::slept)), and sessions that are still open are closed then.

#[cfg(target_os = "linux")]
mod logind;

use std::convert::Infallible;

use crate::station::Handle;

/// Closes remote sessions before each sleep of the machine, for as long as it is polled, on a runtime with a
/// timer. Costs one connection to the system bus, and nothing while nothing happens. Without `logind` it only waits.
pub async fn watch(station: &Handle) -> Infallible {
    #[cfg(target_os = "linux")]
    if let Err(error) = logind::follow(zbus::Address::system(), station).await {
        tracing::debug!(%error, "logind does not signal sleep here");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = station;
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window spawns it as a task: this is checked at compile time.
    #[test]
    fn the_future_is_send() {
        fn check<T: Send>(_: impl Fn(&'static Handle) -> T) {}
        check(watch);
    }
}
