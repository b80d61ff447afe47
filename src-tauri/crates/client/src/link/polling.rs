//! Numbers over plain HTTP, for as long as something between blocks the WebSocket.

use hyper::body::Bytes;
use tokio::time::{Instant, sleep_until, timeout};
use wire::link::{FAILED_UPGRADES, POLL_EVERY};

use super::attempt::Route;
use crate::address::Address;
use crate::constants::PATIENCE;
use crate::poll::poll;
use crate::stream::OpenError;

/// When to poll, and where.
#[derive(Debug, Default)]
pub(super) struct Polling {
    failed_upgrades: u32,
    at: Option<Address>,
    next: Option<Instant>,
}

impl Polling {
    /// An attempt failed; `blocked_at`: somebody answered there, and it was the upgrade that failed.
    pub(super) fn failed(&mut self, blocked_at: Option<Address>) {
        match blocked_at {
            Some(address) => {
                self.failed_upgrades = self.failed_upgrades.saturating_add(1);
                if self.failed_upgrades >= FAILED_UPGRADES && self.at.is_none() {
                    (self.at, self.next) = (Some(address), Some(Instant::now()));
                }
            }
            None => self.stop(),
        }
    }

    /// Whether numbers are asked for.
    pub(super) fn is_on(&self) -> bool {
        self.at.is_some()
    }

    /// No numbers are asked for any more.
    pub(super) fn stop(&mut self) {
        *self = Self::default();
    }

    /// Waits until it is time, and asks; waits for ever where polling is not begun with. Can be dropped and called
    /// again.
    pub(super) async fn turn(&mut self, route: &Route) -> Result<Bytes, OpenError> {
        let (Some(address), Some(next)) = (&self.at, self.next) else {
            return std::future::pending().await;
        };
        sleep_until(next).await;
        let polled = timeout(2 * PATIENCE, poll(address, route.secure, route.known.as_ref())).await;
        let polled = polled.unwrap_or_else(|_| Err(OpenError::Silent(address.clone())));
        self.next = Some(Instant::now() + POLL_EVERY);
        if polled.is_err() {
            // The next failed upgrades have to show first that HTTP is answered again.
            self.stop();
        }
        polled
    }
}
