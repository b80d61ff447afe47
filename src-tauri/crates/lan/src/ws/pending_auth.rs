//! Sockets that have not authenticated yet. Their number is bounded; where one more comes, the oldest is closed, so that
//! sockets which are opened and never authenticate cannot block the others.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio_util::sync::{CancellationToken, DropGuard};
use wire::limits::PENDING_AUTH;

/// The sockets that wait, oldest first.
#[derive(Debug, Default)]
pub(crate) struct PendingAuth {
    waiting: Mutex<VecDeque<CancellationToken>>,
}

impl PendingAuth {
    /// Counts this socket until the future is dropped; completes when it is the oldest of too many.
    pub(crate) async fn give_way(&self) {
        let token = CancellationToken::new();
        let _left: DropGuard = token.clone().drop_guard();
        let oldest = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            // Those that have authenticated or are gone are cancelled by their guard.
            waiting.retain(|other| !other.is_cancelled());
            let oldest = if waiting.len() >= PENDING_AUTH { waiting.pop_front() } else { None };
            waiting.push_back(token.clone());
            oldest
        };
        if let Some(oldest) = oldest {
            oldest.cancel();
        }
        token.cancelled().await;
    }
}
