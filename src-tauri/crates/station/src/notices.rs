//! Problems of this program itself (settings that could not be read, a port that is taken), added to the
//! faults of every sample until they are resolved.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tracing::warn;
use wire::fault::{SetAside, UnreadableFile};
use wire::{Fault, FaultReason, Snapshot};

/// A file of the data directory that could not be read, as people are told of it: by its name, since every viewer sees
/// faults, and the directory contains the name of a user. The log has the whole path.
#[must_use]
pub fn unreadable_file(found: atomic_file::Unreadable) -> UnreadableFile {
    let atomic_file::Unreadable { path, cause, aside, backup } = found;
    warn!(path = %path.display(), cause, ?aside, backup, "a file could not be read");
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let aside = match aside {
        Ok(path) => SetAside::Moved { path: name(&path) },
        Err(err) => SetAside::Stays { detail: err.to_string() },
    };
    UnreadableFile { path: name(&path), detail: cause, aside, backup }
}

/// The notices, at most one a source; sources are names in this program.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<Vec<Fault>>);

impl Notices {
    /// Sets the notice of `source`, in place of the one before.
    pub(crate) fn set(&self, source: &str, reason: FaultReason) {
        let mut notices = self.lock();
        notices.retain(|notice| notice.source != source);
        notices.push(Fault::new(source, reason));
    }

    /// Removes the notice of `source`.
    pub(crate) fn clear(&self, source: &str) {
        self.lock().retain(|notice| notice.source != source);
    }

    /// Adds them to the faults of `snapshot`.
    pub(crate) fn add_to(&self, snapshot: &mut Snapshot) {
        let notices = self.lock();
        if !notices.is_empty() {
            let mut faults: Vec<Fault> = snapshot.faults.iter().chain(notices.iter()).cloned().collect();
            faults.sort_unstable();
            snapshot.faults = faults.into();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
