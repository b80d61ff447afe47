//! Sockets that have not proven who they are. A few may wait; when one more comes, the oldest gives way, so that
//! strangers who say nothing keep nobody out.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use tokio_util::sync::{CancellationToken, DropGuard};
use wire::limits::UNPROVEN;

/// Those who wait, oldest first.
#[derive(Debug, Default)]
pub(crate) struct PendingAuth {
    waiting: Mutex<VecDeque<CancellationToken>>,
}

impl PendingAuth {
    /// Waits among the others; completes when this one has become the oldest of too many.
    pub(crate) async fn give_way(&self) {
        let token = CancellationToken::new();
        let _left: DropGuard = token.clone().drop_guard();
        let oldest = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            // Those who have proven themselves or gone are cancelled by their guard.
            waiting.retain(|other| !other.is_cancelled());
            let oldest = if waiting.len() >= UNPROVEN { waiting.pop_front() } else { None };
            waiting.push_back(token.clone());
            oldest
        };
        if let Some(oldest) = oldest {
            oldest.cancel();
        }
        token.cancelled().await;
    }
}
