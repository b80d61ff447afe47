//! The lock file, by which one program at a time writes the access file. A window and an agent of the same user share
//! one data directory: whichever changes something or opens an address of the network first has the lock until it ends,
//! and the other one reports that.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use wire::Reason;
use wire::message::ErrorBody;

/// The file that is locked. Its content means nothing.
const FILE: &str = "access.lock";

/// Whether this program writes.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    held: Option<File>,
    elsewhere: bool,
}

impl LockFile {
    pub(super) fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join(FILE), held: None, elsewhere: false }
    }

    /// Another program had it when this one last tried.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.elsewhere
    }

    /// Takes the lock, until this program ends; true where it did not have it before.
    ///
    /// # Errors
    /// `unavailable` while another program has it, or where no file can be made.
    pub(super) fn take(&mut self) -> Result<bool, ErrorBody> {
        if self.held.is_some() {
            return Ok(false);
        }
        self.elsewhere = false;
        let file = atomic_file::open_lock(&self.path);
        let file =
            file.map_err(|err| Reason::NotKept { detail: format!("open {}: {err}", self.path.display()) })?;
        let locked = file.try_lock();
        self.elsewhere = matches!(locked, Err(TryLockError::WouldBlock));
        match locked {
            Err(TryLockError::WouldBlock) => Err(Reason::SharedElsewhere.into()),
            // A file system without locks: it is written without.
            Ok(()) | Err(TryLockError::Error(_)) => {
                self.held = Some(file);
                Ok(true)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_program_holds_and_the_next_follows() {
        let data = tempfile::tempdir().unwrap();
        let (mut agent, mut window) = (LockFile::of(data.path()), LockFile::of(data.path()));
        assert!(agent.take().unwrap());
        assert!(!agent.take().unwrap(), "it has it");
        assert!(window.take().unwrap_err().message.contains("another Sightline"));
        assert!(window.is_elsewhere());
        drop(agent);
        assert!(window.take().unwrap());
        assert!(!window.is_elsewhere());
    }
}
