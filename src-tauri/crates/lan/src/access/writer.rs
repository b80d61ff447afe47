//! How changes of who has access get to the disk: one after the other, and never under the lock by which callers are
//! looked up. A disk that does not answer holds up the one who changes something, and nobody who looks.
//!
//! What cannot be kept is not changed: the file is written first, and what is decided by follows.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use atomic_file::WriteError;
use station::clock;
use tracing::warn;
use wire::Reason;
use wire::message::ErrorBody;

use super::book::Book;
use super::hold::Hold;
use super::{Access, State};

/// The file, for whoever writes it now.
#[derive(Debug)]
pub(super) struct Writer {
    path: PathBuf,
    /// Whether this program may write what is kept.
    hold: Hold,
}

impl Writer {
    /// Of the file at `path`, in `data_dir`.
    pub(super) fn of(path: PathBuf, data_dir: &Path) -> Self {
        Self { path, hold: Hold::of(data_dir) }
    }
}

impl Access {
    /// Changes the book and keeps it. What cannot be kept is not changed. Waits for the disk, and for changes that
    /// were asked for before.
    ///
    /// # Errors
    /// `unavailable` when the file cannot be written.
    pub(crate) fn change<R>(
        &self,
        change: impl FnOnce(&mut Book) -> Result<R, ErrorBody>,
    ) -> Result<R, ErrorBody> {
        let mut writer = self.writer();
        self.take_hold(&mut writer)?;
        let before = self.state().book.clone();
        let mut book = before.clone();
        let result = change(&mut book)?;
        if book != before {
            self.keep_book(&writer, book).map_err(|err| Reason::NotKept { detail: err.to_string() })?;
        }
        drop(writer);
        self.changed();
        Ok(result)
    }

    /// Writes what is not written yet: last-seen times, and the log. To be called now and then, and at the end, where
    /// waiting for a disk holds nobody up.
    pub(crate) fn keep(&self) {
        let unkept = |state: &State| state.seen_since_kept || state.events.is_unwritten();
        if !unkept(&self.state()) {
            return;
        }
        let mut writer = self.writer();
        if self.take_hold(&mut writer).is_err() {
            return;
        }
        let seen = {
            let state = self.state();
            state.seen_since_kept.then(|| state.book.clone())
        };
        if let Some(book) = seen
            && let Err(err) = self.keep_book(&writer, book)
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

    /// Writes `book`, and decides by it from then on.
    fn keep_book(&self, writer: &Writer, mut book: Book) -> Result<(), WriteError> {
        let seen = {
            let mut state = self.state();
            state.tell_who_was_seen(&mut book);
            std::mem::take(&mut state.seen_since_kept)
        };
        let written = book.write(&writer.path);
        let mut state = self.state();
        match &written {
            Ok(()) => {
                state.tell_who_was_seen(&mut book);
                state.book = book;
            }
            Err(_) => state.seen_since_kept |= seen,
        }
        written
    }

    /// Another program that writes here, such as the agent beside a window.
    pub(crate) fn held_elsewhere(&self) -> bool {
        self.0.held_elsewhere.load(Ordering::Relaxed)
    }

    /// From now on this program writes what is kept, and knows what another one wrote before.
    fn take_hold(&self, writer: &mut Writer) -> Result<(), ErrorBody> {
        let taken = writer.hold.take();
        self.0.held_elsewhere.store(writer.hold.is_elsewhere(), Ordering::Relaxed);
        if taken? {
            let book = Book::read(&writer.path, clock::unix_ms()).0;
            self.state().book = book;
        }
        Ok(())
    }

    /// Held while the file is read and written.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.0.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Has `book` know when viewers were seen last. Nothing else changes in the book in use while another is written.
    fn tell_who_was_seen(&self, book: &mut Book) {
        for viewer in &mut book.viewers {
            if let Some(known) = self.book.viewer(&viewer.id) {
                viewer.last_seen_at_ms = known.last_seen_at_ms;
                viewer.address.clone_from(&known.address);
            }
        }
    }
}
