//! The machine goes to sleep: whoever looks from elsewhere is told so, and does not take silence for a failure.
//!
//! On Linux `logind` tells before it happens, and waits for us. Nothing else does: there the tick finds out afterwards
//! ([`slept`]), and who still holds on is told then.

#[cfg(target_os = "linux")]
mod logind;

use std::convert::Infallible;
use std::time::Duration;

use sampling::Now;
use wire::Carrier;

use crate::registry::Visitor;
use crate::station::Handle;

/// The wall clock went on this much further than the other, which stands still while the machine sleeps: it slept, or
/// somebody set the clock. A viewer that is told too much connects again; a shorter sleep leaves nobody waiting.
const SHORTEST_SLEEP: Duration = Duration::from_secs(10);

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

/// Whether the machine slept between two ticks, as far as its clocks can tell: where the clock of the ticks goes on
/// during sleep, as on Windows, they cannot.
pub(crate) fn slept(before: Now, now: Now) -> bool {
    let wall = Duration::from_millis(now.wall_ms.saturating_sub(before.wall_ms));
    wall.saturating_sub(now.monotonic.saturating_sub(before.monotonic)) >= SHORTEST_SLEEP
}

/// Who has to be told after a sleep that began past `last_ms`, Unix milliseconds: whoever was connected already. Who
/// came since is quicker than the first tick, and knows that the machine is awake.
pub(crate) fn before(visitor: &Visitor, since_ms: u64, last_ms: u64) -> bool {
    elsewhere(visitor) && since_ms <= last_ms
}

/// Who has to be told. The window does not: it sleeps along with the machine.
fn elsewhere(visitor: &Visitor) -> bool {
    visitor.carrier != Carrier::Window
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

    #[test]
    fn sleep_is_told_from_late_ticks_and_small_corrections() {
        let at = |wall_ms, seconds| Now { wall_ms, monotonic: Duration::from_secs(seconds) };
        assert!(!slept(at(1_000, 1), at(2_000, 2)));
        assert!(!slept(at(1_000, 1), at(61_000, 61)), "a tick that is late by a minute");
        assert!(!slept(at(1_000, 1), at(6_000, 2)), "a clock that was corrected by 4 s");
        assert!(!slept(at(100_000, 1), at(1_000, 2)), "a clock that was set back");
        assert!(slept(at(1_000, 1), at(61_000, 2)), "a minute of which one second was lived");
    }
}
