//! Where the file of who has access is, whether it is understood, and whether this program may write it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use atomic_file::{Trust, Unclear, Version, WriteError};
use station::{Handle, clock};
use tracing::warn;
use wire::FaultReason;

use super::lock_file::LockFile;
use super::store::{Opened, Store};

/// The file, in the data directory.
pub(crate) const FILE: &str = "access.json";
/// The source of the notice that something is wrong with it.
const NOTICES: &str = "sharing";

/// The path and the lock, for one writer at a time.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    station: Handle,
    /// Whether this program may write it.
    pub(super) lock_file: LockFile,
    /// The version that was read or written last; `None` where it has to be read in any case.
    followed: Option<Version>,
    /// Its next version will say all that it says. Else a copy of it is kept before.
    complete: bool,
    /// What was last said to be wrong with it. It is looked at often, and logged once.
    told: Option<FaultReason>,
    pub(super) understood: Arc<Understood>,
}

/// What of the file is understood, as the disk last had it.
#[derive(Debug, Default)]
pub(crate) struct Understood {
    /// It was understood once, so that what is in use was said there. Else all is closed.
    file: AtomicBool,
    /// All viewers in it are. Else somebody may have access that is not known.
    viewers: AtomicBool,
}

impl Understood {
    /// Whether what is in use was said in the file.
    pub(super) fn is_known(&self) -> bool {
        self.file.load(Ordering::Relaxed)
    }

    /// Whether all that have access are known.
    pub(super) fn has_all_viewers(&self) -> bool {
        self.viewers.load(Ordering::Relaxed)
    }

    fn set(&self, all_viewers: bool) {
        self.file.store(true, Ordering::Relaxed);
        self.viewers.store(all_viewers, Ordering::Relaxed);
    }
}

impl Writer {
    /// Of the file in the station's data directory, and what it says. A file that cannot be understood lets nobody in,
    /// and is a notice among the station's faults.
    pub(super) fn open(station: &Handle) -> (Self, Store) {
        let (path, lock_file) = (station.data_dir().join(FILE), LockFile::of(station.data_dir()));
        let station = station.clone();
        let understood = Arc::default();
        let mut writer =
            Self { path, station, lock_file, followed: None, complete: true, told: None, understood };
        let store = writer.read(Some(clock::unix_ms())).unwrap_or_else(Store::closed);
        (writer, store)
    }

    /// What somebody else wrote since it was last read or written: another program of ours, or a person. What cannot be
    /// understood leaves in use what is.
    pub(super) fn written_elsewhere(&mut self) -> Option<Store> {
        let version = Version::of(&self.path, Trust::Secret)?;
        if self.followed.as_ref() == Some(&version) {
            return None;
        }
        self.read(None)
    }

    /// Writes `store`; what a person wrote that the file will not say any more is kept beside it before.
    ///
    /// # Errors
    /// When the file that is there must not be used, or the disk takes nothing. What was there before is untouched.
    pub(super) fn write(&mut self, store: &Store) -> Result<(), WriteError> {
        if !self.complete {
            station::keep_text(&self.path, Trust::Secret, clock::unix_ms())?;
        }
        store.write(&self.path)?;
        self.followed = Version::of(&self.path, Trust::Secret);
        if !self.complete {
            self.told = None;
            self.station.clear_notice(NOTICES);
        }
        self.complete = true;
        self.understood.set(true);
        Ok(())
    }

    /// Whether what is written would take the place of something that a person wrote and has to mend.
    pub(super) fn is_unclear(&self) -> bool {
        !self.complete
    }

    /// What it says; `None` where that cannot be understood. A file that was cut short is recovered where `now_ms` is
    /// told.
    fn read(&mut self, now_ms: Option<u64>) -> Option<Store> {
        // Before it is read: what is written meanwhile is read the next time.
        let version = Version::of(&self.path, Trust::Secret);
        match Store::read(&self.path, now_ms) {
            Opened::Read { store, notice, complete, all_viewers } => {
                let recovered = matches!(notice, Some(FaultReason::FileUnreadable { .. }));
                self.followed = if recovered { Version::of(&self.path, Trust::Secret) } else { version };
                self.complete = complete;
                self.understood.set(all_viewers);
                // A person wrote this version: what it took away must not come back by the backup of an older one.
                if let Err(err) = atomic_file::renew_backup(&self.path) {
                    warn!(path = %self.path.display(), error = %err, "its backup is of an older version");
                }
                match notice {
                    Some(notice) => self.tell(notice),
                    None => {
                        self.told = None;
                        self.station.clear_notice(NOTICES);
                    }
                }
                Some(*store)
            }
            Opened::Unclear(unclear) => {
                // What the system does not give now is asked for again.
                self.followed = version.filter(|_| matches!(unclear, Unclear::Malformed(_)));
                self.complete = false;
                self.tell(station::unclear_file(&self.path, &unclear, self.understood.is_known()));
                None
            }
        }
    }

    fn tell(&mut self, notice: FaultReason) {
        if self.told.as_ref() == Some(&notice) {
            return;
        }
        self.told = Some(notice.clone());
        warn!(path = %self.path.display(), notice = notice.message(NOTICES), "who has access");
        self.station.set_notice(NOTICES, notice);
    }
}
