//! One session of any family: a seat in the station, and the reason to leave it.

use station::{Handle, Seat, Visitor};
use tokio::sync::watch;
use wire::message::ErrorBody;
use wire::{Carrier, Goodbye, Scope};

use super::first_sample;
use crate::guard::Viewer;

/// A viewer that speaks its own protocol. Dropping it leaves.
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) seat: Seat,
    farewell: watch::Receiver<Option<Goodbye>>,
}

impl Guest {
    /// Takes a seat for `viewer`.
    ///
    /// # Errors
    /// As [`Handle::admit`].
    pub(crate) fn admit(station: &Handle, viewer: &Viewer, carrier: Carrier) -> Result<Self, ErrorBody> {
        let Viewer { link, scope, token, .. } = viewer;
        let visitor = Visitor { carrier, address: Some(link.address), scope: *scope, token: token.clone() };
        Ok(Self { seat: station.admit(visitor)?, farewell: station.farewell() })
    }

    /// Takes a seat for `viewer` as soon as there is a sample to begin with.
    ///
    /// # Errors
    /// As [`Handle::admit`] and [`first_sample`].
    pub(crate) async fn admit_to_sample(
        station: &Handle,
        viewer: &Viewer,
        carrier: Carrier,
    ) -> Result<Self, ErrorBody> {
        first_sample(station).await?;
        Self::admit(station, viewer, carrier)
    }

    /// What it may see.
    pub(crate) fn scope(&self) -> Scope {
        self.seat.visitor().scope
    }

    /// Completes with the reason when the station takes leave. May be dropped and called again.
    pub(crate) async fn leave(&mut self) -> Goodbye {
        match self.farewell.wait_for(Option::is_some).await {
            Ok(reason) => reason.unwrap_or(Goodbye::Shutdown),
            // A station that is gone without a word has shut down.
            Err(_) => Goodbye::Shutdown,
        }
    }
}
