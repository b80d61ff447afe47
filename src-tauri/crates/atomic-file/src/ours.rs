//! Opens and makes files so that they are ours alone, and none that somebody planted: whatever the umask is, whatever
//! lies at a name already, and without waiting for a pipe.
//!
//! On systems other than Unix, who may read a file is as its directory has it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Largest file that is read. Ours, and chains of certificates, have a few kilobytes.
const BYTES: u64 = 16 * 1024 * 1024;
/// A temporary file that is older than this, beside a new one, was left behind by a run that was cut short.
const LEFT_BEHIND: Duration = Duration::from_secs(60);
/// What the name of a temporary file ends with.
const TEMPORARY: &str = "new";
/// Names that are tried for a temporary file. They are random: one that is taken was guessed, or is there by a wonder.
const NAMES: usize = 8;

/// Whose a file has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Anybody's.
    Any,
    /// Ours or root's, an ordinary file and no link, and nobody else's to read or change: it gives access.
    Secret,
}

/// By which a version of a file is known again: when it and its permissions were changed, its length and number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    written: Option<SystemTime>,
    len: u64,
    #[cfg(unix)]
    inode: (u64, i64, i64),
}

impl Version {
    /// Of the file at `path`, which is not opened for that; `None` where there is none. Of a secret, a link is not
    /// followed.
    #[must_use]
    pub fn of(path: &Path, trust: Trust) -> Option<Self> {
        let metadata = match trust {
            Trust::Any => fs::metadata(path),
            Trust::Secret => fs::symlink_metadata(path),
        };
        let metadata = metadata.ok()?;
        Some(Self {
            written: metadata.modified().ok(),
            len: metadata.len(),
            #[cfg(unix)]
            inode: {
                use std::os::unix::fs::MetadataExt as _;
                (metadata.ino(), metadata.ctime(), metadata.ctime_nsec())
            },
        })
    }
}

/// Why a file was not read. It is where it was, and this says nothing of what is in it.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// There is none.
    #[error("there is none")]
    Absent,
    /// The system does not give it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A pipe, a directory, a device, or a link where none may be.
    #[error("it is no ordinary file; move it away")]
    Irregular,
    /// It gives access, and belongs to somebody else.
    #[error(
        "it belongs to another user (id {owner}), so it is not used. If it is yours, run: chown {ours} {name}"
    )]
    Foreign {
        /// Its name.
        name: String,
        /// Whose it is.
        owner: u32,
        /// Who this program runs as.
        ours: u32,
    },
    /// It gives access, and others can read or change it.
    #[error("other users can read or change it (mode {mode:03o}), so it is not used. Run: chmod 600 {name}")]
    Exposed {
        /// Its name.
        name: String,
        /// Its permissions.
        mode: u32,
    },
    /// It is far larger than anything of ours.
    #[error("it is larger than {} MiB", BYTES / 1024 / 1024)]
    TooLarge,
}

impl From<Unread> for io::Error {
    fn from(why: Unread) -> Self {
        match why {
            Unread::Io(err) => err,
            Unread::Absent => Self::new(io::ErrorKind::NotFound, why),
            _ => Self::new(io::ErrorKind::PermissionDenied, why),
        }
    }
}

/// A data directory that must not be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The system does not give it.
    #[error("{path}: {cause}")]
    Io {
        /// The directory.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
    /// It belongs to somebody else, who could exchange every file in it.
    #[error(
        "{path} belongs to another user (id {owner}), who could change every file in it. If it is yours, run: \
         chown -R {ours} {path}; else keep files elsewhere: --data-dir DIR"
    )]
    Foreign {
        /// The directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who this program runs as.
        ours: u32,
    },
    /// It is there for something else, as `/var/lib` is, and others look into it.
    #[error(
        "other users can look into {path} (mode {mode:03o}), and it holds files of something else, so it is not closed to \
         them. Keep files in a directory of their own: --data-dir DIR. If it is for Sightline alone, run: chmod 700 {path}"
    )]
    OfSomethingElse {
        /// The directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Others put files into it, as into `/tmp`.
    #[error("other users can put files into {path}; keep files in a directory of their own: --data-dir DIR")]
    Shared {
        /// The directory.
        path: PathBuf,
    },
}

/// Makes the data directory, for its owner alone; one of ours, which is empty or has one of the files called `names`, is
/// closed to others where they can look into it.
///
/// # Errors
/// Where it belongs to somebody else, or others put files into it or look into it and it is for something else, or the
/// system refuses.
pub fn own_directory(path: &Path, names: &[&str]) -> Result<(), DirectoryError> {
    let io = |cause| DirectoryError::Io { path: path.to_owned(), cause };
    make_directory(path).map_err(io)?;
    close_directory(path, names)
}

#[cfg(unix)]
fn close_directory(path: &Path, names: &[&str]) -> Result<(), DirectoryError> {
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};

    use rustix::fs::OFlags;
    let io = |cause| DirectoryError::Io { path: path.to_owned(), cause };
    let flags = (OFlags::DIRECTORY | OFlags::NONBLOCK).bits().cast_signed();
    let directory = OpenOptions::new().read(true).custom_flags(flags).open(path).map_err(io)?;
    let (metadata, ours) = (directory.metadata().map_err(io)?, rustix::process::geteuid().as_raw());
    let (mode, owner) = (metadata.mode() & 0o7777, metadata.uid());
    if owner != ours && owner != 0 {
        return Err(DirectoryError::Foreign { path: path.to_owned(), owner, ours });
    }
    // `/tmp` is root's, and root may name it: it is everybody's all the same, and stays so. What root has for a group is
    // that group's.
    let shared = mode & 0o1000 != 0 && mode & 0o022 != 0;
    if shared || owner != ours && mode & 0o002 != 0 {
        return Err(DirectoryError::Shared { path: path.to_owned() });
    }
    if owner == ours && mode & 0o077 != 0 {
        if !is_for(path, names).map_err(io)? {
            return Err(DirectoryError::OfSomethingElse { path: path.to_owned(), mode: mode & 0o777 });
        }
        directory.set_permissions(fs::Permissions::from_mode(0o700)).map_err(io)?;
    }
    Ok(())
}

/// Whether the directory is there for the files called `names`: it has one of them, or nothing.
#[cfg(unix)]
fn is_for(path: &Path, names: &[&str]) -> io::Result<bool> {
    if names.iter().any(|name| path.join(name).symlink_metadata().is_ok()) {
        return Ok(true);
    }
    for entry in fs::read_dir(path)? {
        // A new file system has this one.
        if entry?.file_name() != "lost+found" {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(not(unix))]
fn close_directory(_: &Path, _: &[&str]) -> Result<(), DirectoryError> {
    Ok(())
}

/// Makes a directory and those above it, where they are not there: for its owner alone.
pub(super) fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// All bytes of the file at `path`. Waits for no pipe.
///
/// # Errors
/// See [`Unread`]: its text says what to do.
pub fn read_bytes(path: &Path, trust: Trust) -> Result<Vec<u8>, Unread> {
    let mut options = OpenOptions::new();
    options.read(true);
    open_as(&mut options, trust, true);
    let opened = match options.open(path) {
        // An ordinary file that a file server has a lease of: the system asks for it back, and that is waited for.
        Err(err) if err.kind() == io::ErrorKind::WouldBlock && is_ordinary(path) => {
            // A pipe that is put there at this moment is all that it might wait for in vain.
            open_as(&mut options, trust, false);
            options.open(path)
        }
        opened => opened,
    };
    let file = opened.map_err(|err| match err.kind() {
        io::ErrorKind::NotFound => Unread::Absent,
        _ if is_link(&err) => Unread::Irregular,
        _ => Unread::Io(err),
    })?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unread::Irregular);
    }
    if trust == Trust::Secret {
        owned(path, &metadata)?;
    }
    let mut bytes = Vec::new();
    file.take(BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > BYTES { Err(Unread::TooLarge) } else { Ok(bytes) }
}

/// The text of a file that gives access.
///
/// # Errors
/// See [`Unread`]; of kind `InvalidData` where it is no text.
pub fn read_secret(path: &Path) -> io::Result<String> {
    let bytes = read_bytes(path, Trust::Secret)?;
    String::from_utf8(bytes).map_err(|err| io::Error::new(io::ErrorKind::InvalidData, err.utf8_error()))
}

#[cfg(unix)]
fn owned(path: &Path, metadata: &fs::Metadata) -> Result<(), Unread> {
    use std::os::unix::fs::MetadataExt as _;
    let name = || path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (mode, owner, ours) = (metadata.mode() & 0o777, metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != ours && owner != 0 {
        return Err(Unread::Foreign { name: name(), owner, ours });
    }
    if mode & 0o077 != 0 {
        return Err(Unread::Exposed { name: name(), mode });
    }
    Ok(())
}

#[cfg(not(unix))]
fn owned(_: &Path, _: &fs::Metadata) -> Result<(), Unread> {
    Ok(())
}

/// Whether opening is `at_once`, or waits for a lease, and for the other end of a pipe; of a secret, a link is not followed.
fn open_as(options: &mut OpenOptions, trust: Trust, at_once: bool) {
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let link = if trust == Trust::Secret { OFlags::NOFOLLOW } else { OFlags::empty() };
        let wait = if at_once { OFlags::NONBLOCK | OFlags::NOCTTY } else { OFlags::empty() };
        std::os::unix::fs::OpenOptionsExt::custom_flags(options, (link | wait).bits().cast_signed());
    }
    #[cfg(not(unix))]
    let _ = (options, trust, at_once);
}

fn is_ordinary(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file())
}

fn is_link(err: &io::Error) -> bool {
    #[cfg(unix)]
    return err.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    #[cfg(not(unix))]
    return false;
}

/// The file at `path`, to lock: made where it is not there, and ours alone.
///
/// # Errors
/// Where something else lies there, or none can be made.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    open_as(&mut options, Trust::Secret, true);
    private(&mut options);
    let file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Err(Unread::Irregular.into());
    }
    close_file(&file)?;
    Ok(file)
}

/// Makes the file at `path`, which must not be there, for its owner alone.
///
/// # Errors
/// Where anything lies there, even a link that leads nowhere.
pub fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    open_as(&mut options, Trust::Secret, true);
    private(&mut options);
    let file = options.open(path)?;
    close_file(&file)?;
    Ok(file)
}

/// Makes the file at `path` its owner's alone, where there is one, and makes an empty one where there is none: for a
/// program that writes it in place.
///
/// # Errors
/// As [`open_lock`].
pub fn make_private(path: &Path) -> io::Result<()> {
    open_lock(path).map(drop)
}

fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// Says so explicitly: the umask takes bits from what a file is made with.
fn close_file(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    return file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
    #[cfg(not(unix))]
    return file.metadata().map(drop);
}

/// Keeps a copy of `bytes`, which lie at `path`, under the name of that with `suffix`, before it is overwritten.
///
/// # Errors
/// Where anything has that name already, or the disk takes nothing.
pub fn keep_copy(path: &Path, bytes: &[u8], suffix: &str) -> io::Result<PathBuf> {
    let aside = sibling(path, suffix);
    let mut file = create_private(&aside)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    if let Err(err) = written {
        let _ = fs::remove_file(&aside);
        return Err(err);
    }
    Ok(aside)
}

pub(super) fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

/// A new file beside another one, under a name that nobody knows before. Removed where it is not put in its place.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    file: File,
    placed: bool,
}

impl Temporary {
    pub(super) fn beside(path: &Path) -> io::Result<Self> {
        let mut taken = None;
        for _ in 0..NAMES {
            let temporary = sibling(path, &format!("{:016x}.{TEMPORARY}", random()));
            match create_private(&temporary) {
                Ok(file) => return Ok(Self { path: temporary, file, placed: false }),
                Err(err) if err.kind() == io::ErrorKind::AlreadyExists => taken = Some(err),
                Err(err) => return Err(err),
            }
        }
        Err(taken.unwrap_or_else(|| io::ErrorKind::AlreadyExists.into()))
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.sync_all()
    }

    /// Puts it in the place of `path`, beside which it is.
    pub(super) fn place(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.placed = true;
        self.remove_left_behind(path);
        Ok(())
    }

    /// Removes what runs that were cut short left beside `path`. Best effort: nothing reads it.
    fn remove_left_behind(&self, path: &Path) {
        let written = self.file.metadata().and_then(|metadata| metadata.modified());
        let (Ok(written), Some(directory)) = (written, path.parent()) else { return };
        let mut begins = path.file_name().unwrap_or_default().to_owned();
        begins.push(".");
        let begins = begins.to_string_lossy();
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let ours = name.to_str().and_then(|name| name.strip_prefix(&*begins)).is_some_and(is_temporary);
            let then = entry.metadata().and_then(|metadata| metadata.modified());
            if ours
                && then.is_ok_and(|then| written.duration_since(then).is_ok_and(|since| since > LEFT_BEHIND))
            {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.placed {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether a name ends as those of temporary files do, of this version or of those before.
fn is_temporary(suffix: &str) -> bool {
    let random = |text: &str| text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    [TEMPORARY, "bak.new"].contains(&suffix)
        || suffix.strip_suffix(&format!(".{TEMPORARY}")).is_some_and(random)
}

/// A number that nobody can guess: how the standard library seeds its hash tables.
fn random() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish()
}
