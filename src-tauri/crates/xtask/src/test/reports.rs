//! The files in which runners say what they found.

use std::fs;
use std::path::{Path, PathBuf};

use crate::place;

/// A fresh place for a runner's report: the last run's must not be counted.
pub(super) fn report(name: &str) -> PathBuf {
    let file = place::scratch().join("reports").join(name);
    let _ = fs::create_dir_all(place::scratch().join("reports"));
    let _ = fs::remove_file(&file);
    file
}

pub(super) fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_default()
}
