//! Which machine this is: a random UUID made at the first start. It names the machine, and proves nothing.

use std::error::Error;
use std::path::Path;

use serde::{Deserialize, Serialize};

use atomic_file::Found;
use tracing::warn;
use wire::FaultReason;

use crate::notices::unreadable_file;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identity {
    machine_id: uuid::Uuid,
}

/// This machine's id, made and kept in `data_dir` if there was none; and the notice to show, if any.
/// A directory that cannot be written to gives an id for this run only.
#[must_use]
pub fn machine_id(data_dir: &Path, now_ms: u64) -> (String, Option<FaultReason>) {
    let path = data_dir.join("identity.json");
    let (known, mut notice) = match atomic_file::read::<Identity>(&path, now_ms) {
        Found::Whole(identity) => return (identity.machine_id.to_string(), None),
        Found::Nothing => (None, None),
        Found::Recovered(identity, file) => (identity, Some(unreadable_file(file).into())),
        // It may be read the next time: it is not overwritten.
        Found::Unread(why) => {
            warn!(error = %why, path = %path.display(), "the machine's id cannot be read");
            let notice = FaultReason::IdentityNotKept { detail: why.to_string() };
            return (uuid::Uuid::new_v4().to_string(), Some(notice));
        }
    };
    let identity = known.unwrap_or_else(|| Identity { machine_id: uuid::Uuid::new_v4() });
    if let Err(err) = atomic_file::write(&path, &identity) {
        warn!(error = %err, "the machine's id is not kept");
        // Every viewer sees faults: why, and not where.
        let detail = err.source().map_or_else(|| err.to_string(), ToString::to_string);
        notice = Some(FaultReason::IdentityNotKept { detail });
    }
    (identity.machine_id.to_string(), notice)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_stays_over_restarts_and_over_a_damaged_file() {
        let directory = tempfile::tempdir().unwrap();
        let (first, notice) = machine_id(directory.path(), 0);
        assert_eq!(notice, None);
        assert_eq!(machine_id(directory.path(), 0), (first.clone(), None));
        std::fs::write(directory.path().join("identity.json"), "").unwrap();
        let (second, notice) = machine_id(directory.path(), 0);
        assert!(notice.is_some());
        assert_eq!(machine_id(directory.path(), 0), (second, None));
    }
}
