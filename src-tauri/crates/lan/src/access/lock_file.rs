//! The lock file, by which one program of a data directory opens addresses of the network and gives access. A window and
//! an agent of the same user share one: whichever changes something or opens an address of the network first has the lock
//! until it ends, and the other one reports that. Access is taken away by any of them; for as long as the file is read and
//! written, a program has its turn.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use wire::Reason;
use wire::message::ErrorBody;

/// The file that is locked. Its content means nothing.
const FILE: &str = "access.lock";
/// The file that is locked while the access file is read and written.
const TURN_FILE: &str = "access-turn.lock";
/// How long another program's turn is waited for: one that was stopped while it writes keeps nobody from taking access
/// away.
const TURN_WITHIN: Duration = Duration::from_millis(500);
/// How often it is asked for.
const TURN_EVERY: Duration = Duration::from_millis(10);

/// Whether this program writes.
#[derive(Debug)]
pub(super) struct LockFile {
    path: PathBuf,
    turn: PathBuf,
    held: Option<File>,
    elsewhere: bool,
}

impl LockFile {
    pub(super) fn of(data_dir: &Path) -> Self {
        Self { path: data_dir.join(FILE), turn: data_dir.join(TURN_FILE), held: None, elsewhere: false }
    }

    /// The turn to read the access file, change it and write it, which ends where this is dropped. `None` where it cannot
    /// be had.
    pub(super) fn turn(&self) -> Option<File> {
        let file = atomic_file::open_lock(&self.turn).ok()?;
        let until = Instant::now() + TURN_WITHIN;
        loop {
            match file.try_lock() {
                Ok(()) => return Some(file),
                Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(TURN_EVERY),
                Err(_) => return None,
            }
        }
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
        let turn = agent.turn().unwrap();
        assert!(window.turn().is_none(), "not while the other one writes");
        drop(turn);
        assert!(window.turn().is_some());
        drop(agent);
        assert!(window.take().unwrap());
        assert!(!window.is_elsewhere());
    }
}
