//! Recorded machines: small trees in the shape of `/proc`, `/sys` and `/etc` of Linux, sampled twice, a second apart.
//!
//! They lie in `sampling/recorded`, a folder a machine: `tick-0` is the whole tree, `tick-1` holds only what changed.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A copy of a recorded machine, which a test may change while it is sampled. Removed when dropped.
#[derive(Debug)]
pub struct Recording {
    recorded: PathBuf,
    copy: TempDir,
}

impl Recording {
    /// A copy of the first tick of the machine recorded as `name`.
    ///
    /// # Panics
    /// Where there is none, or the copy cannot be made.
    pub fn begin(name: &str) -> Self {
        let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sampling/recorded").join(name);
        let copy = tempfile::tempdir().expect("a temporary directory");
        lay_over(&recorded.join("tick-0"), copy.path());
        Self { recorded, copy }
    }

    /// The root of the copy.
    pub fn path(&self) -> &Path {
        self.copy.path()
    }

    /// Changes the copy to the second tick.
    ///
    /// # Panics
    /// Where a file cannot be written.
    pub fn advance(&self) {
        lay_over(&self.recorded.join("tick-1"), self.path());
    }

    /// Writes `text` into a file of the copy; `path` is relative to its root.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        fs::write(self.path().join(path), text).expect("a file of the recording can be written");
    }
}

/// Writes into the files that are there, as the kernel does, so that open descriptors see it.
fn lay_over(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display())) {
        let entry = entry.expect("an entry");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let kind = entry.file_type().expect("a kind");
        if kind.is_symlink() {
            std::os::unix::fs::symlink(fs::read_link(path).expect("a link"), target).expect("a link");
        } else if kind.is_dir() {
            lay_over(&path, &target);
        } else {
            fs::write(target, fs::read(path).expect("a file")).expect("a file");
        }
    }
}
