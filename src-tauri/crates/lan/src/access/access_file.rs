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
    /// When the version that was read last was written.
    followed: Option<SystemTime>,
}

impl Writer {
    /// Of the file at `path`, in `data_dir`.
    pub(super) fn of(path: PathBuf, data_dir: &Path) -> Self {
        let followed = written_at(&path);
        Self { path, lock_file: LockFile::of(data_dir), followed }
    }

    /// What another program wrote since this was last called, where this one does not write.
    pub(super) fn written_elsewhere(&mut self) -> Option<Store> {
        let written = written_at(&self.path);
        if self.lock_file.is_held() || written.is_none() || written == self.followed {
            return None;
        }
        self.followed = written;
        Store::peek(&self.path)
    }
}

/// When the file at `path` was written; `None` where there is none.
fn written_at(path: &Path) -> Option<SystemTime> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    metadata.modified().ok()
}
