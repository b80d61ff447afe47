//! Problems of this program itself (settings that could not be read, a port that is taken), added to the
//! faults of every sample until they are resolved.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use atomic_file::{Malformed, Trust, Unclear, Unread, WriteError, Wrong};
use tracing::warn;
use wire::fault::{BadSetting, FileProblem, SetAside, UnreadableFile};
use wire::{Fault, FaultReason, Snapshot};

/// Values of one file that people are told of; the first ones, where more are wrong.
const WRONG_TOLD: usize = 8;

/// A damaged file of the data directory, as people are told of it: by its name, since every viewer sees
/// faults, and the directory contains the name of a user. The log has the whole path.
#[must_use]
pub fn unreadable_file(found: atomic_file::Unreadable) -> UnreadableFile {
    let atomic_file::Unreadable { path, cause, aside, backup } = found;
    warn!(path = %path.display(), cause, ?aside, backup, "a file was damaged");
    let aside = match aside {
        Ok(path) => SetAside::Moved { path: name_of(&path) },
        Err(err) => SetAside::Stays { detail: err.to_string() },
    };
    UnreadableFile { path: name_of(&path), detail: cause, aside, backup }
}

/// A file that cannot be used as it is, as people are told of it; `before`: what it said before stays in use.
#[must_use]
pub fn unclear_file(path: &Path, unclear: &Unclear, before: bool) -> FaultReason {
    let problem = match unclear {
        Unclear::Malformed(Malformed { line, column, detail }) => {
            let number = |it: usize| it.try_into().unwrap_or(u32::MAX);
            FileProblem::Malformed { line: number(*line), column: number(*column), detail: detail.clone() }
        }
        Unclear::Unread(Unread::Foreign { owner, ours, .. }) => {
            FileProblem::Foreign { owner: *owner, ours: *ours }
        }
        Unclear::Unread(Unread::Exposed { mode, .. }) => FileProblem::Exposed { mode: format!("{mode:03o}") },
        Unclear::Unread(Unread::Irregular) => FileProblem::Irregular,
        Unclear::Unread(other) => FileProblem::NotRead { detail: other.to_string() },
    };
    FaultReason::FileUnclear { file: name_of(path), problem, before }
}

/// Values of a file that were not understood, and its version where that is newer than the one known, as people are told
/// of them.
#[must_use]
pub fn bad_values(path: &Path, wrong: Vec<Wrong>, version: u32, known: u32) -> Vec<BadSetting> {
    let file = name_of(path);
    let newer = BadSetting::NewerFile { file: file.clone(), version, known };
    let wrong = wrong.into_iter().take(WRONG_TOLD);
    let wrong = wrong.map(|Wrong { key: name, used, twice }| match (file.clone(), twice) {
        (file, true) => BadSetting::GivenTwice { file, name, used },
        (file, false) => BadSetting::NotUnderstood { file, name, used },
    });
    (version > known).then_some(newer).into_iter().chain(wrong).collect()
}

/// Keeps a copy of the text at `path`, which its next version will not say all of, beside it.
///
/// # Errors
/// When it cannot be read, or the copy not be written. Then it must not be overwritten.
pub fn keep_text(path: &Path, trust: Trust, now_ms: u64) -> Result<(), WriteError> {
    let kept = match atomic_file::read_bytes(path, trust) {
        Ok(bytes) => atomic_file::keep_copy(path, &bytes, &format!("kept-{now_ms}")),
        Err(Unread::Absent) => return Ok(()),
        Err(why) => Err(why.into()),
    };
    let copy = kept.map_err(|err| WriteError::new(path, err))?;
    warn!(path = %path.display(), copy = %copy.display(), "what a person wrote is kept before it is overwritten");
    Ok(())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
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
