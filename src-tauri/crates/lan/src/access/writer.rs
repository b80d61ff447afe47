//! Writes changes of who has access to the disk: one after the other, and never under the lock that authentication
//! takes. A disk that does not answer delays the change, and no viewer.
//!
//! What cannot be written is not changed: the file is written first, then the state in use. Where another program writes,
//! its versions are read and used.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use atomic_file::WriteError;
use station::clock;
use tracing::warn;
use wire::message::ErrorBody;
use wire::{Goodbye, Reason};

use super::access_file::Writer;
use super::store::Store;
use super::{Access, State};

impl Access {
    /// Changes the store and writes it. What cannot be written is not changed. Waits for the disk, and for changes that
    /// were asked for before.
    ///
    /// # Errors
    /// `unavailable` when the file cannot be written.
    pub(crate) fn change<R>(
        &self,
        change: impl FnOnce(&mut Store) -> Result<R, ErrorBody>,
    ) -> Result<R, ErrorBody> {
        let mut writer = self.writer();
        self.take_lock(&mut writer)?;
        let before = self.state().store.clone();
        let mut store = before.clone();
        let result = change(&mut store)?;
        if store != before {
            self.keep_store(&writer, store).map_err(|err| Reason::NotKept { detail: err.to_string() })?;
        }
        drop(writer);
        self.changed();
        Ok(result)
    }

    /// Writes what is not written yet: last-seen times, and the log. To be called now and then, and at the end, on a
    /// thread that may wait for a disk.
    pub(crate) fn keep(&self) {
        let unkept = |state: &State| state.seen_since_kept || state.events.is_unwritten();
        if !unkept(&self.state()) {
            return;
        }
        let mut writer = self.writer();
        if self.take_lock(&mut writer).is_err() {
            return;
        }
        let seen = {
            let state = self.state();
            state.seen_since_kept.then(|| state.store.clone())
        };
        if let Some(store) = seen
            && let Err(err) = self.keep_store(&writer, store)
        {
            warn!(error = %err, "last-seen times are not kept");
        }
        let unwritten = self.state().events.unwritten();
        if let Some(unwritten) = unwritten
            && let Err(err) = unwritten.write()
        {
            warn!(error = %err, "the access log is not kept");
        }
    }

    /// Writes `store`, and uses it from then on.
    fn keep_store(&self, writer: &Writer, mut store: Store) -> Result<(), WriteError> {
        let seen = {
            let mut state = self.state();
            state.copy_last_seen(&mut store);
            std::mem::take(&mut state.seen_since_kept)
        };
        let written = store.write(&writer.path);
        let mut state = self.state();
        match &written {
            Ok(()) => {
                state.copy_last_seen(&mut store);
                state.store = store;
            }
            Err(_) => state.seen_since_kept |= seen,
        }
        written
    }

    /// The error where another program writes here, such as the agent beside a window.
    pub(crate) fn held_elsewhere(&self) -> bool {
        self.0.held_elsewhere.load(Ordering::Relaxed)
    }

    /// Takes the lock, and reads what another program wrote before.
    fn take_lock(&self, writer: &mut Writer) -> Result<(), ErrorBody> {
        let taken = writer.lock_file.take();
        let elsewhere = writer.lock_file.is_elsewhere();
        if self.0.held_elsewhere.swap(elsewhere, Ordering::Relaxed) != elsewhere {
            self.changed();
        }
        if taken? {
            self.adopt(Store::read(&writer.path, clock::unix_ms()).0);
        }
        Ok(())
    }

    /// Whether addresses of the network may be opened: this program has the lock file, or nobody has. Waits for the disk.
    pub(crate) fn may_be_open(&self) -> bool {
        let mut writer = self.writer();
        self.take_lock(&mut writer).is_ok() || !writer.lock_file.is_elsewhere()
    }

    /// Reads what another program wrote since the last time, where this one does not write; whether there was anything.
    pub(crate) fn follow_file(&self) -> bool {
        // Locked until it is in use: a change that is made here meanwhile would be lost.
        let mut writer = self.writer();
        writer.written_elsewhere().is_some_and(|store| self.adopt(store))
    }

    /// Uses `store`, which another program wrote, and ends the sessions of those that have no access any more, or another;
    /// whether it says anything new.
    fn adopt(&self, mut store: Store) -> bool {
        let before = {
            let mut state = self.state();
            state.copy_last_seen(&mut store);
            std::mem::replace(&mut state.store, store.clone())
        };
        if before == store {
            return false;
        }
        self.end_tokenless(&before, &store);
        for viewer in before.viewers {
            match store.viewer(&viewer.id) {
                None => {
                    self.state().remember_revoked(&viewer.id);
                    self.end_sessions(&viewer.id, Goodbye::Revoked);
                }
                Some(now) if now.scope != viewer.scope => self.end_sessions(&viewer.id, Goodbye::Changed),
                Some(_) => {}
            }
        }
        self.changed();
        true
    }

    /// Locked while the file is read and written.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Copies last-seen times that are newer to `store`. Nothing else changes in the store in use while another is
    /// written.
    fn copy_last_seen(&self, store: &mut Store) {
        for viewer in &mut store.viewers {
            if let Some(known) = self.store.viewer(&viewer.id)
                && known.last_seen_at_ms > viewer.last_seen_at_ms
            {
                viewer.last_seen_at_ms = known.last_seen_at_ms;
                viewer.address.clone_from(&known.address);
            }
        }
    }
}
