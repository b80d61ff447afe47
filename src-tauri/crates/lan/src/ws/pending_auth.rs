//! Sockets that have not authenticated yet. Their number is bounded; where one more comes, one of the host that has most of
//! them is closed, so that sockets which are opened and never authenticate cannot block the others.

use std::sync::{Mutex, PoisonError};

use station::fair::{Bounds, FairTable, Holder};
use tokio_util::sync::CancellationToken;
use wire::limits::{PENDING_AUTH, PENDING_AUTH_PER_ADDRESS, PENDING_AUTH_STRANGERS};

/// The sockets that wait.
#[derive(Debug)]
pub(crate) struct PendingAuth(Mutex<FairTable<CancellationToken>>);

/// One of them. Dropping it makes room.
struct Waiting<'a> {
    table: &'a PendingAuth,
    key: u64,
}

impl Default for PendingAuth {
    fn default() -> Self {
        let bounds =
            Bounds { all: PENDING_AUTH, strangers: PENDING_AUTH_STRANGERS, host: PENDING_AUTH_PER_ADDRESS };
        Self(Mutex::new(FairTable::new(bounds)))
    }
}

impl PendingAuth {
    /// Counts this socket of `holder` until the future is dropped; completes when it has to give way.
    pub(crate) async fn give_way(&self, holder: Holder) {
        let token = CancellationToken::new();
        let (key, gives_way) = self.with(|table| table.add(holder, token.clone(), |_| true));
        let _waiting = Waiting { table: self, key };
        if let Some((_, gives_way)) = gives_way {
            gives_way.cancel();
        }
        token.cancelled().await;
    }

    fn with<R>(&self, act: impl FnOnce(&mut FairTable<CancellationToken>) -> R) -> R {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.table.with(|table| drop(table.remove(self.key)));
    }
}
