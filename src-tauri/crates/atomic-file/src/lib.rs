//! Small files that must survive a power cut: written beside, synced, then renamed; the one before stays as `.bak`.
//!
//! It is a crate of its own because station (settings), server (who has access), client (tokens of other machines) and
//! window (the list of machines) all keep such files, and none of them knows all the others. It knows no format but
//! JSON, and no clock.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A file could not be written. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
#[error("write {path}: {source}")]
pub struct WriteError {
    path: PathBuf,
    source: io::Error,
}

/// What was found at a path.
#[derive(Debug)]
pub enum Found<T> {
    /// Nothing was ever written.
    Nothing,
    /// The file, as written.
    Whole(T),
    /// The file was unreadable and kept aside; this is what its backup said, if that could be read, and what happened.
    Recovered(Option<T>, Unreadable),
}

/// A file that could not be read: it is kept aside, never overwritten.
#[derive(Debug)]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// Why it cannot be read, as the system or the reader says.
    pub cause: String,
    /// Where it is now, or why it could not be kept.
    pub aside: Result<PathBuf, io::Error>,
    /// Its backup could be read.
    pub backup: bool,
}

/// Writes `value` as JSON so that a reader finds either the old file or the new one, whole. The backup is the version
/// before.
///
/// # Errors
/// When the directory cannot be made or written to, or the disk is full.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), WriteError> {
    write_for(Readers::Anyone, path, value)
}

/// As [`write`]; nobody but its owner can read the file and its backup, at no moment. The backup is of the same version:
/// an older one would give back what was removed, such as access or a token.
///
/// # Errors
/// As [`write`]. The file is as before then; its backup may be of the new version already.
pub fn write_private<T: Serialize>(path: &Path, value: &T) -> Result<(), WriteError> {
    write_for(Readers::Owner, path, value)
}

fn write_for<T: Serialize>(readers: Readers, path: &Path, value: &T) -> Result<(), WriteError> {
    let attempt = || -> io::Result<()> {
        let mut bytes = serde_json::to_vec_pretty(value)?;
        bytes.push(b'\n');
        let before = match fs::read(path) {
            Ok(before) => Some(before),
            Err(err) if err.kind() == io::ErrorKind::NotFound => None,
            // What cannot be read is not overwritten.
            Err(err) => return Err(err),
        };
        let backup = if readers == Readers::Owner { Some(&bytes) } else { before.as_ref() };
        if let Some(backup) = backup {
            // A copy, not a rename: at no moment may the path itself be without a file.
            put(readers, &backup_of(path), backup)?;
        }
        put(readers, path, &bytes)
    };
    attempt().map_err(|source| WriteError { path: path.to_owned(), source })
}

/// Who may read a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Readers {
    /// As the system has it for new files.
    Anyone,
    /// Nobody but its owner.
    Owner,
}

/// Puts `bytes` at `path`, so that a reader finds either what was there or all of them, even after a power cut.
///
/// # Errors
/// When the directory cannot be made or written to, or the disk is full. What was there before is untouched.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(Readers::Anyone, path, bytes)
}

/// As [`replace`]; nobody but its owner can read the file, at no moment.
///
/// # Errors
/// As [`replace`].
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    put(Readers::Owner, path, bytes)
}

fn put(readers: Readers, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let temporary = sibling(path, "new");
    let mut file = create(readers, &temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    sync_directory(directory)
}

fn create(readers: Readers, path: &Path) -> io::Result<File> {
    if readers == Readers::Anyone {
        return File::create(path);
    }
    remove_leftover(path)?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Where [`read`] looks when the file at `path` cannot be read.
#[must_use]
pub fn backup_of(path: &Path) -> PathBuf {
    sibling(path, "bak")
}

/// Reads what [`write`] wrote. An unreadable file is kept aside, never overwritten and never deleted; its backup takes
/// its place, so that a second reader finds what the first one did. At no moment is the path without a file then: one
/// that is gone was deleted on purpose.
pub fn read<T: DeserializeOwned>(path: &Path, now_ms: u64) -> Found<T> {
    let unreadable = match parse(path) {
        Ok(value) => return Found::Whole(value),
        Err(ReadError::Absent) => return Found::Nothing,
        Err(err) => err,
    };
    let aside = sibling(path, &format!("unreadable-{now_ms}"));
    let backup = parse(&backup_of(path)).ok();
    let kept = match backup {
        Some(_) => fs::hard_link(path, &aside).or_else(|_| fs::copy(path, &aside).map(drop)),
        None => fs::rename(path, &aside),
    };
    let aside = kept.map(|()| aside);
    if backup.is_some() && aside.is_ok() {
        // Where the disk takes nothing now, it is tried again by the next reader.
        let _ = restore(path);
    }
    let (path, cause) = (path.to_owned(), unreadable.to_string());
    let file = Unreadable { path, cause, aside, backup: backup.is_some() };
    Found::Recovered(backup, file)
}

/// Reads what another program writes with [`write`]; nothing is kept aside or restored. `None` where it cannot be read.
pub fn peek<T: DeserializeOwned>(path: &Path) -> Option<T> {
    parse(path).ok()
}

/// Puts the backup at `path`, with its permissions.
fn restore(path: &Path) -> io::Result<()> {
    let temporary = sibling(path, "new");
    remove_leftover(&temporary)?;
    fs::copy(backup_of(path), &temporary)?;
    fs::rename(&temporary, path)
}

/// Removes what a run that was cut short left behind. It may have been readable to all: it must not be written into.
fn remove_leftover(temporary: &Path) -> io::Result<()> {
    match fs::remove_file(temporary) {
        Err(err) if err.kind() != io::ErrorKind::NotFound => Err(err),
        _ => Ok(()),
    }
}

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error("there is none")]
    Absent,
    #[error(transparent)]
    Io(io::Error),
    #[error(transparent)]
    Json(serde_json::Error),
}

fn parse<T: DeserializeOwned>(path: &Path) -> Result<T, ReadError> {
    let bytes = fs::read(path).map_err(|err| match err.kind() {
        io::ErrorKind::NotFound => ReadError::Absent,
        _ => ReadError::Io(err),
    })?;
    serde_json::from_slice(&bytes).map_err(ReadError::Json)
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

/// Makes the rename itself durable. Only Unix can sync a directory; elsewhere the rename is journalled.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_the_version_before_is_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/settings.json");
        assert!(matches!(read::<u32>(&path, 0), Found::Nothing));
        write(&path, &1).unwrap();
        write(&path, &2).unwrap();
        assert!(matches!(read::<u32>(&path, 0), Found::Whole(2)));
        assert_eq!(fs::read_to_string(sibling(&path, "bak")).unwrap(), "1\n");
    }

    #[cfg(unix)]
    #[test]
    fn a_private_file_and_its_backup_are_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("access.json");
        fs::write(sibling(&path, "new"), "left behind, and open to all").unwrap();
        write_private(&path, &1).unwrap();
        write_private(&path, &2).unwrap();
        assert!(matches!(read::<u32>(&path, 0), Found::Whole(2)));
        for path in [path.clone(), backup_of(&path)] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn an_unreadable_file_is_kept_aside_and_its_backup_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("settings.json");
        write(&path, &1).unwrap();
        write(&path, &2).unwrap();
        fs::write(&path, b"\0\0\0").unwrap();
        let Found::Recovered(Some(1), notice) = read::<u32>(&path, 77) else { panic!("expected the backup") };
        assert!(notice.backup && notice.aside.unwrap().ends_with("settings.json.unreadable-77"));
        assert_eq!(fs::read(directory.path().join("settings.json.unreadable-77")).unwrap(), b"\0\0\0");
        assert!(matches!(read::<u32>(&path, 78), Found::Whole(1)), "the backup is in its place");
    }

    #[test]
    fn where_nothing_can_be_kept_aside_the_backup_is_found_by_every_reader() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("settings.json");
        write(&path, &1).unwrap();
        write(&path, &2).unwrap();
        fs::write(&path, b"{").unwrap();
        // Neither a link nor a copy can take the place of a directory.
        fs::create_dir(sibling(&path, "unreadable-9")).unwrap();
        for _ in 0..2 {
            let Found::Recovered(Some(1), notice) = read::<u32>(&path, 9) else {
                panic!("expected the backup")
            };
            assert!(notice.aside.is_err());
            assert_eq!(fs::read(&path).unwrap(), b"{", "it is where it was");
        }
    }

    #[test]
    fn without_a_backup_defaults_are_announced() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("settings.json");
        fs::write(&path, b"{").unwrap();
        let Found::Recovered(None, notice) = read::<u32>(&path, 1) else { panic!("expected nothing") };
        assert!(!notice.backup, "{notice:?}");
    }
}
