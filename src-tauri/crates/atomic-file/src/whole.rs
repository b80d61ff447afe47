//! Files that are written and read whole: the one before stays as a backup, from which a damaged one is recovered.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::ours::{Temporary, Trust, Unread, keep_copy, make_directory, read_bytes, sibling};

/// A file could not be written. What was there before is untouched.
#[derive(Debug, thiserror::Error)]
#[error("write {path}: {source}")]
pub struct WriteError {
    path: PathBuf,
    source: io::Error,
}

impl WriteError {
    /// That `path` could not be written, as `source` says.
    #[must_use]
    pub fn new(path: &Path, source: io::Error) -> Self {
        Self { path: path.to_owned(), source }
    }
}

/// What was found at a path.
#[derive(Debug)]
pub enum Found<T> {
    /// Nothing was ever written.
    Nothing,
    /// The file, as written.
    Whole(T),
    /// The file was damaged and kept aside; this is what its backup said, if that could be read, and what happened.
    Recovered(Option<T>, Unreadable),
    /// The file is there and was not read, which says nothing of what is in it. It must not be overwritten.
    Unread(Unread),
}

/// A damaged file: it is kept aside, never overwritten.
#[derive(Debug)]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// Why it cannot be read, as the reader says.
    pub cause: String,
    /// Where it is now, or why it could not be kept.
    pub aside: Result<PathBuf, io::Error>,
    /// Its backup could be read.
    pub backup: bool,
}

/// Writes `value` as JSON so that a reader finds either the old file or the new one, whole. The backup is the version
/// before. Nobody but its owner can read the two, at no moment.
///
/// # Errors
/// When the directory cannot be made or written to, or the disk is full.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<(), WriteError> {
    write_with(Backup::Before, path, value)
}

/// As [`write`], a file that gives access. The backup is of the same version: an older one would give back what was
/// removed, such as access or a token.
///
/// # Errors
/// As [`write`], and where the file that is there is not to be trusted ([`Trust::Secret`]). The file is as before then;
/// its backup may be of the new version already.
pub fn write_secret<T: Serialize>(path: &Path, value: &T) -> Result<(), WriteError> {
    write_with(Backup::Same, path, value)
}

fn write_with<T: Serialize>(backup: Backup, path: &Path, value: &T) -> Result<(), WriteError> {
    let attempt = || -> io::Result<()> {
        let mut bytes = serde_json::to_vec_pretty(value)?;
        bytes.push(b'\n');
        let trust = if backup == Backup::Same { Trust::Secret } else { Trust::Any };
        let before = match read_bytes(path, trust) {
            Ok(before) => Some(before),
            Err(Unread::Absent) => None,
            // What cannot be read is not overwritten.
            Err(err) => return Err(err.into()),
        };
        // What is no JSON would take the place of a backup that is.
        let whole = |before: &&Vec<u8>| parse::<serde::de::IgnoredAny>(before).is_ok();
        let backup = if backup == Backup::Same { Some(&bytes) } else { before.as_ref().filter(whole) };
        if let Some(backup) = backup {
            // A copy, not a rename: at no moment may the path itself be without a file.
            replace(&backup_of(path), backup)?;
        }
        replace(path, &bytes)
    };
    attempt().map_err(|source| WriteError::new(path, source))
}

/// Which version a backup is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Backup {
    /// The one before.
    Before,
    /// The same.
    Same,
}

/// Puts `bytes` at `path`, so that a reader finds either what was there or all of them, even after a power cut. Nobody
/// but its owner can read the file, at no moment, whatever the umask is. What lies at `path` is not written into: a link
/// is replaced, not followed.
///
/// # Errors
/// When the directory cannot be made or written to, or the disk is full. What was there before is untouched.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    make_directory(directory)?;
    let mut temporary = Temporary::beside(path)?;
    temporary.write(bytes)?;
    temporary.place(path)?;
    sync_directory(directory)
}

/// Where [`read`] looks when the file at `path` is damaged.
#[must_use]
pub fn backup_of(path: &Path) -> PathBuf {
    sibling(path, "bak")
}

/// Reads what [`write`] wrote. A damaged file is kept aside, never overwritten and never deleted; its backup takes its
/// place, so that a second reader finds what the first one did. At no moment is the path without a file then: one that is
/// gone was deleted on purpose. A file that the system does not give is not damaged, and stays as it is.
pub fn read<T: DeserializeOwned>(path: &Path, now_ms: u64) -> Found<T> {
    read_as(Trust::Any, path, now_ms)
}

/// As [`read`], a file that gives access: one that is not to be trusted is not read ([`Trust::Secret`]).
pub fn read_secret_json<T: DeserializeOwned>(path: &Path, now_ms: u64) -> Found<T> {
    read_as(Trust::Secret, path, now_ms)
}

fn read_as<T: DeserializeOwned>(trust: Trust, path: &Path, now_ms: u64) -> Found<T> {
    let bytes = match read_bytes(path, trust) {
        Ok(bytes) => bytes,
        Err(Unread::Absent) => return Found::Nothing,
        Err(why) => return Found::Unread(why),
    };
    let cause = match parse(&bytes) {
        Ok(value) => return Found::Whole(value),
        Err(err) => err.to_string(),
    };
    let backup =
        read_bytes(&backup_of(path), trust).ok().and_then(|bytes| Some((parse(&bytes).ok()?, bytes)));
    match backup {
        Some((value, backup)) => Found::Recovered(Some(value), recover(path, &bytes, &backup, cause, now_ms)),
        None => {
            let aside = sibling(path, &format!("unreadable-{now_ms}"));
            let aside = fs::rename(path, &aside).map(|()| aside);
            Found::Recovered(None, Unreadable { path: path.to_owned(), cause, aside, backup: false })
        }
    }
}

/// Keeps damaged `bytes` aside, and puts the backup in their place.
pub(super) fn recover(path: &Path, bytes: &[u8], backup: &[u8], cause: String, now_ms: u64) -> Unreadable {
    let aside = keep_copy(path, bytes, &format!("unreadable-{now_ms}"));
    if aside.is_ok() {
        // Where the disk takes nothing now, it is tried again by the next reader.
        let _ = replace(path, backup);
    }
    Unreadable { path: path.to_owned(), cause, aside, backup: true }
}

/// A byte order mark, which editors put before a text.
pub(super) const BOM: &[u8] = b"\xEF\xBB\xBF";

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<T> {
    serde_json::from_slice(bytes.strip_prefix(BOM).unwrap_or(bytes))
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
        write_secret(&path, &1).unwrap();
        write_secret(&path, &2).unwrap();
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
    fn what_the_system_does_not_give_is_not_damaged() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("settings.json");
        fs::create_dir(&path).unwrap();
        fs::write(backup_of(&path), "1").unwrap();
        assert!(matches!(read::<u32>(&path, 1), Found::Unread(_)), "its backup is another version");
        assert!(path.is_dir() && write(&path, &2).is_err());
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
