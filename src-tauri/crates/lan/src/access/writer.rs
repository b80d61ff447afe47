//! Writes changes of who has access to the disk: one after the other, and never under the lock that authentication
//! takes. A disk that does not answer delays the change, and no viewer.
//!
//! What cannot be written is not changed: the file is written first, then the state in use. Only what takes access away
//! is done in any case, whichever program has the lock, and told where it is not written ([`Withheld`]). Where somebody
//! else writes, another program or a person, their versions are read and used.

use std::error::Error as _;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};

use atomic_file::WriteError;
use tracing::warn;
use wire::message::ErrorBody;
use wire::{Goodbye, Reason};

use super::access_file::Writer;
use super::owner::Owner;
use super::store::Store;
use super::withheld::Withheld;
use super::{Access, State};

/// The file was not written.
#[derive(Debug)]
struct NotWritten {
    /// Why, without where it is.
    detail: String,
    err: ErrorBody,
}

impl NotWritten {
    fn of(err: &WriteError) -> Self {
        let detail = err.source().map_or_else(|| err.to_string(), ToString::to_string);
        Self { detail, err: Reason::NotKept { detail: err.to_string() }.into() }
    }
}

impl Access {
    /// Changes the store and writes it. What cannot be written is not changed, unless it only takes access away: that is
    /// done at once, and written when it can be. Waits for the disk, and for changes that were asked for before.
    ///
    /// # Errors
    /// `unavailable` when the file cannot be written.
    pub(crate) fn change<R>(
        &self,
        change: impl FnOnce(&mut Store) -> Result<R, ErrorBody>,
    ) -> Result<R, ErrorBody> {
        let mut writer = self.writer();
        let turn = writer.lock_file.turn();
        let locked = self.take_lock(&mut writer);
        let before = self.state().store.clone();
        let mut store = before.clone();
        let result = change(&mut store)?;
        if store == before {
            locked?;
        } else {
            let usual = self.0.usual_reach;
            let taken = Withheld::between(&before, &store, usual);
            let written = match locked {
                // The program that has the lock reads it, and ends what has to end there.
                Err(err) if taken.is_none() || turn.is_none() => {
                    Err(NotWritten { detail: self.why_not_locked(&err), err })
                }
                _ => self.keep_store(&mut writer, store.clone()).map_err(|err| NotWritten::of(&err)),
            };
            if let Err(NotWritten { detail, err }) = written {
                let Some(taken) = taken else { return Err(err) };
                warn!(
                    detail,
                    "access was taken away, and comes back with a restart: the file is not written"
                );
                let mut state = self.state();
                taken.take_from(&mut state.store, usual);
                state.withheld.add(taken, detail);
            }
        }
        drop((turn, writer));
        self.changed();
        Ok(result)
    }

    /// Writes what is not written yet: last-seen times, and the log. To be called now and then, and at the end, on a
    /// thread that may wait for a disk.
    pub(crate) fn keep(&self) {
        if self.state().owner.is_none() {
            let owner = Owner::open(&self.0.station);
            self.state().owner = owner;
        }
        let withheld = |state: &State| state.withheld.detail().is_some();
        let unkept = |state: &State| state.seen_since_kept || state.events.is_unwritten() || withheld(state);
        if !unkept(&self.state()) {
            return;
        }
        let mut writer = self.writer();
        let turn = writer.lock_file.turn();
        let locked = self.take_lock(&mut writer).is_ok();
        let seen = {
            let state = self.state();
            // What a person has to mend is overwritten by what the owner changes, and by nothing else.
            let is_seen = locked && state.seen_since_kept && !writer.is_unclear();
            let may_write = withheld(&state) && (locked || turn.is_some()) || is_seen;
            may_write.then(|| state.store.clone())
        };
        if let Some(store) = seen {
            match self.keep_store(&mut writer, store) {
                Ok(()) => self.changed(),
                Err(err) => warn!(error = %err, "what was taken away, and last-seen times, are not kept"),
            }
        }
        let unwritten = if locked { self.state().events.unwritten() } else { Vec::new() };
        for log in unwritten {
            if let Err(err) = log.write() {
                warn!(error = %err, "the access log is not kept");
            }
        }
    }

    /// Writes `store`, and uses it from then on.
    fn keep_store(&self, writer: &mut Writer, mut store: Store) -> Result<(), WriteError> {
        let seen = {
            let mut state = self.state();
            state.copy_seen(&mut store);
            std::mem::take(&mut state.seen_since_kept)
        };
        let written = writer.write(&store);
        let mut state = self.state();
        match &written {
            Ok(()) => {
                state.copy_seen(&mut store);
                state.store = store;
                state.withheld = Withheld::default();
            }
            Err(_) => state.seen_since_kept |= seen,
        }
        written
    }

    /// The error where another program writes here, such as the agent beside a window.
    pub(crate) fn held_elsewhere(&self) -> bool {
        self.0.held_elsewhere.load(Ordering::Relaxed)
    }

    /// Takes the lock, and in any case reads what somebody else wrote before.
    fn take_lock(&self, writer: &mut Writer) -> Result<(), ErrorBody> {
        let taken = writer.lock_file.take();
        let elsewhere = writer.lock_file.is_elsewhere();
        if self.0.held_elsewhere.swap(elsewhere, Ordering::Relaxed) != elsewhere {
            self.changed();
        }
        if let Some(store) = writer.written_elsewhere() {
            self.adopt(store, writer);
        }
        taken.map(drop)
    }

    /// Why the lock was not taken, as the owner is told of what is not written.
    fn why_not_locked(&self, err: &ErrorBody) -> String {
        if self.held_elsewhere() {
            return "another Sightline of this user, the agent or a window, writes it".to_owned();
        }
        err.message.clone()
    }

    /// Whether addresses of the network may be opened: this program has the lock file, or nobody has. Waits for the disk.
    pub(crate) fn may_be_open(&self) -> bool {
        let mut writer = self.writer();
        self.take_lock(&mut writer).is_ok() || !writer.lock_file.is_elsewhere()
    }

    /// Reads what another program or a person wrote since the last time, and uses it. Waits for no change that is made
    /// here meanwhile: that reads it itself.
    pub(crate) fn follow_file(&self) {
        // Locked until it is in use: a change would be lost.
        let mut writer = match self.0.writer.try_lock() {
            Ok(writer) => writer,
            Err(TryLockError::Poisoned(writer)) => writer.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if let Some(store) = writer.written_elsewhere() {
            self.adopt(store, &writer);
        }
    }

    /// Uses `store`, which somebody else wrote, and ends the sessions of those that have no access any more, or another.
    fn adopt(&self, mut store: Store, writer: &Writer) {
        let before = {
            let mut state = self.state();
            state.withheld.take_from(&mut store, self.0.usual_reach);
            state.copy_seen(&mut store);
            std::mem::replace(&mut state.store, store.clone())
        };
        if before == store {
            return;
        }
        self.end_tokenless(&before, &store);
        for viewer in before.viewers {
            match store.viewer(&viewer.id) {
                // Somebody is writing, and may have made a mistake: nobody is told to forget a token.
                None if writer.is_unclear() => self.end_sessions(&viewer.id, Goodbye::Changed),
                None => {
                    self.state().remember_revoked(&viewer.id);
                    self.end_sessions(&viewer.id, Goodbye::Revoked);
                }
                Some(now) if now.rights() != viewer.rights() => {
                    self.end_sessions(&viewer.id, Goodbye::Changed)
                }
                Some(_) => {}
            }
        }
        self.0.adopted.notify_one();
        self.changed();
    }

    /// Locked while the file is read and written.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Copies to `store` what viewers themselves change: last-seen times that are newer, the ports that cookies were bound
    /// to, and tokens that were sent in clear. Nothing else changes in the store in use while another is written.
    fn copy_seen(&self, store: &mut Store) {
        for viewer in &mut store.viewers {
            let Some(known) = self.store.viewer(&viewer.id) else { continue };
            viewer.port = viewer.port.or(known.port);
            if known.last_seen_at_ms > viewer.last_seen_at_ms {
                viewer.last_seen_at_ms = known.last_seen_at_ms;
                viewer.address.clone_from(&known.address);
            }
            if known.sent_in_clear {
                viewer.read_by_others();
            }
        }
    }
}
