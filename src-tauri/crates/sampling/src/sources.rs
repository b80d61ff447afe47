//! Where the kernel's files are: the running machine, or a recorded tree with the same shape.

use std::path::{Path, PathBuf};

/// The root below which `proc`, `sys` and `etc` are read. Systems without them ignore it.
#[derive(Debug, Clone)]
pub struct Sources {
    root: PathBuf,
    live: bool,
}

impl Sources {
    /// This machine, now.
    #[must_use]
    pub fn live() -> Self {
        Self { root: PathBuf::from("/"), live: true }
    }

    /// A recorded machine: `root/proc`, `root/sys`, `root/etc`, and `root/statvfs` with one line a mount
    /// (`<mount> <total> <used> <available>`, bytes).
    #[must_use]
    pub fn recorded(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), live: false }
    }

    pub(crate) fn is_live(&self) -> bool {
        self.live
    }

    /// `rest` is below the root, without a leading slash: `proc/stat`.
    pub(crate) fn path(&self, rest: impl AsRef<Path>) -> PathBuf {
        self.root.join(rest)
    }
}
