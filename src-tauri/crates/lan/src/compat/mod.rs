//! The doors of existing clients: their paths and their shapes, to the letter, made from our snapshots.
//!
//! A leaf: nothing else knows these shapes. Same sampling, same access, same limits as the native stream. Units are
//! theirs: MB and GB are MiB and GiB, percent is 0–100, times are ISO 8601.

mod feed;
