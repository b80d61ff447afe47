//! Small files that must survive a power cut: written beside, synced, then renamed; the one before stays as `.bak`.
//!
//! It is a crate of its own because station (settings), server (who has access), client (tokens of other machines) and
//! window (the list of machines) all keep such files, and none of them knows all the others. It knows no format but
//! JSON, and no clock.
//!
//! In reading order: `ours` (files are ours alone, and none that was planted) → `whole` (written, recovered) → `edited`
//! (files that people write into: value by value, and what cannot be understood is told).

mod edited;
mod ours;
mod whole;

pub use edited::{CutShort, Edited, Malformed, Unclear, Values, Wrong, read_edited, renew_backup};
pub use ours::{
    DirectoryError, Trust, Unread, Version, create_private, keep_copy, make_private, open_lock,
    own_directory, read_bytes, read_secret,
};
pub use whole::{
    Found, Unreadable, WriteError, backup_of, read, read_secret_json, replace, write, write_secret,
};
