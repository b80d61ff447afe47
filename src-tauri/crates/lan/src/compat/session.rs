//! One session of any family: its slot in the station, and why it ends.

use std::sync::Arc;
use std::time::Duration;

use station::{Handle, Peer, SessionSlot, Tick};
use tokio::sync::watch;
use wire::message::ErrorBody;
use wire::{Carrier, Commands, Goodbye};

use crate::auth::guard::HttpViewer;
use crate::error_response::nothing_yet;

/// How long a request may wait for the first sample. Less than a server that closes waits for its requests.
const FIRST_SAMPLE: Duration = Duration::from_secs(1);

/// A viewer with a protocol of its own. Dropping it ends the session.
#[derive(Debug)]
pub(crate) struct CompatSession {
    pub(crate) slot: SessionSlot,
    close_reason: watch::Receiver<Option<Goodbye>>,
}

impl CompatSession {
    /// Takes a slot for `viewer`.
    ///
    /// # Errors
    /// As [`Handle::admit`].
    pub(crate) fn admit(station: &Handle, viewer: &HttpViewer, carrier: Carrier) -> Result<Self, ErrorBody> {
        let HttpViewer { link, rights, token, .. } = viewer;
        let (scope, arguments) = (rights.scope, rights.arguments);
        let peer = Peer { carrier, address: Some(link.address), scope, arguments, token: token.clone() };
        Ok(Self { slot: station.admit(peer)?, close_reason: station.close_reason() })
    }

    /// Takes a slot for `viewer` as soon as there is a sample to begin with.
    ///
    /// # Errors
    /// As [`Handle::admit`] and [`first_sample`].
    pub(crate) async fn admit_to_sample(
        station: &Handle,
        viewer: &HttpViewer,
        carrier: Carrier,
    ) -> Result<Self, ErrorBody> {
        first_sample(station).await?;
        Self::admit(station, viewer, carrier)
    }

    /// How much of command lines it is shown.
    pub(crate) fn commands(&self) -> Commands {
        self.slot.peer().commands()
    }

    /// Completes with the reason when the station ends all sessions. May be dropped and called again.
    pub(crate) async fn closed(&mut self) -> Goodbye {
        match self.close_reason.wait_for(Option::is_some).await {
            Ok(reason) => reason.unwrap_or(Goodbye::Shutdown),
            // A station that was dropped has shut down.
            Err(_) => Goodbye::Shutdown,
        }
    }
}

/// The newest sample. A request before the first one waits for it: a server starts some 100 ms before.
///
/// # Errors
/// `unavailable` where there is none in time.
pub(super) async fn first_sample(station: &Handle) -> Result<Arc<Tick>, ErrorBody> {
    let mut ticks = station.ticks();
    let first = tokio::time::timeout(FIRST_SAMPLE, ticks.wait_for(Option::is_some)).await;
    first.ok().and_then(|tick| tick.ok()?.clone()).ok_or_else(nothing_yet)
}

/// A message of a viewer, if it is a JSON object. The derived deserializers would accept a list, too.
pub(super) fn object(bytes: &[u8]) -> Option<serde_json::Value> {
    serde_json::from_slice(bytes).ok().filter(serde_json::Value::is_object)
}
