//! What is shown of a machine that cannot be reached, by how long it has been silent.

use wire::link::STALE_AFTER;

use super::state::Shown;

/// Without data for this long what is shown is old. Milliseconds.
const STALE_AFTER_MS: u64 = STALE_AFTER.as_millis() as u64;
/// After that nothing of what a chart shows was measured. Milliseconds.
const OFFLINE_AFTER_MS: u64 = 15 * 60_000;
/// A machine that never answered is offline once it was tried as often.
const OFFLINE_AFTER_TRIES: u32 = 3;

/// A machine that is away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Absence {
    /// When it is tried next.
    pub(super) retry_at_ms: u64,
    /// Rounds that failed in a row.
    pub(super) tries: u32,
    /// When something was last received over this link.
    pub(super) heard_ms: Option<u64>,
    /// When something was last received from it, before this link.
    pub(super) seen_ms: Option<u64>,
}

impl Absence {
    pub(super) fn shown(self, now_ms: u64) -> Shown {
        let Self { retry_at_ms, tries, heard_ms, seen_ms } = self;
        let Some(heard_ms) = heard_ms else {
            return if tries >= OFFLINE_AFTER_TRIES {
                Shown::Offline { since_ms: seen_ms, retry_at_ms }
            } else {
                Shown::Reconnecting { retry_at_ms }
            };
        };
        match now_ms.saturating_sub(heard_ms) {
            ..STALE_AFTER_MS => Shown::Reconnecting { retry_at_ms },
            STALE_AFTER_MS..OFFLINE_AFTER_MS => Shown::Stale { since_ms: heard_ms, retry_at_ms },
            _ => Shown::Offline { since_ms: Some(heard_ms), retry_at_ms },
        }
    }

    /// When its state changes with time; `None`: it does not.
    pub(super) fn turns_at_ms(self, now_ms: u64) -> Option<u64> {
        let heard_ms = self.heard_ms?;
        [STALE_AFTER_MS, OFFLINE_AFTER_MS].into_iter().map(|after| heard_ms + after).find(|at| *at > now_ms)
    }
}
