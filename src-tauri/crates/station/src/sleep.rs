//! The machine goes to sleep: whoever looks from elsewhere is told so, and does not take silence for a failure.
//!
//! On Linux `logind` tells before it happens, and waits for us. Nothing else does: there the tick finds out afterwards
//! ([`slept`](crate::clock::slept)), and who still holds on is told then.

#[cfg(target_os = "linux")]
mod logind;

use std::convert::Infallible;

use crate::station::Handle;

/// Sees to it that viewers are told before the machine sleeps, for as long as it is polled, on a runtime with a
/// timer. Costs one connection to the system bus, and nothing while nothing happens. Where nobody tells it only waits.
pub async fn attend(station: &Handle) -> Infallible {
    #[cfg(target_os = "linux")]
    if let Err(error) = logind::follow(zbus::Address::system(), station).await {
        tracing::debug!(%error, "nobody tells when this machine goes to sleep");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = station;
    std::future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The window has it in a task of its own: this is decided when it is compiled.
    #[test]
    fn it_can_go_from_thread_to_thread() {
        fn check<T: Send>(_: impl Fn(&'static Handle) -> T) {}
        check(attend);
    }
}
