//! Where the file of who has access is, and whether this program may write it.

use std::path::{Path, PathBuf};

use super::lock_file::LockFile;

/// The path and the lock, for one writer at a time.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) path: PathBuf,
    /// Whether this program may write it.
    pub(super) lock_file: LockFile,
}

impl Writer {
    /// Of the file at `path`, in `data_dir`.
    pub(super) fn of(path: PathBuf, data_dir: &Path) -> Self {
        Self { path, lock_file: LockFile::of(data_dir) }
    }
}
