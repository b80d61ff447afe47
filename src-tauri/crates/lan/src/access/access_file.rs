//! Where the file of who has access is, and whether this program may write it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::lock_file::LockFile;
use super::store::Store;

/// The path and the lock, for one writer at a time.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) path: PathBuf,
    /// Whether this program may write it.
    pub(super) lock_file: LockFile,
    /// When the version that was read last was written, and its length.
    followed: Option<(SystemTime, u64)>,
}

impl Writer {
    /// Of the file at `path`, in `data_dir`. To be made before the file is read, so that what is written meanwhile is
    /// followed.
    pub(super) fn of(path: PathBuf, data_dir: &Path) -> Self {
        let followed = written_at(&path);
        Self { path, lock_file: LockFile::of(data_dir), followed }
    }

    /// What another program wrote since this was last called, where this one does not write.
    pub(super) fn written_elsewhere(&mut self) -> Option<Store> {
        if self.lock_file.is_held() {
            return None;
        }
        let written = written_at(&self.path).filter(|written| Some(*written) != self.followed)?;
        // What cannot be read now is read the next time.
        let store = Store::peek(&self.path)?;
        self.followed = Some(written);
        Some(store)
    }
}

/// When the file at `path` was written, and its length in bytes; `None` where there is none.
fn written_at(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    Some((metadata.modified().ok()?, metadata.len()))
}
