//! Where this machine keeps its files: the same directory for window and agent, so that both have the same machine id.

use std::io;
use std::path::{Path, PathBuf};

/// Files that this program keeps in its data directory, by which one of an older version is known.
pub(crate) const FILES: [&str; 9] = [
    "identity.json",
    "settings.json",
    "access.json",
    "owner.token",
    "secrets.json",
    "watched.json",
    "machines.json",
    "preferences.json",
    "window-state.json",
];

/// There is no directory for files.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// The user has no home directory, and none was named.
    #[error("this user has no home directory; say where to keep files: --data-dir DIR")]
    NoHome,
    /// The directory that was named cannot be made absolute: the current one is gone.
    #[error("find the directory {path}: {cause}")]
    NoCurrentDir {
        /// As it was named.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

/// The data directory, absolute: as asked, else the usual directory of this system for this user.
///
/// # Errors
/// When none was asked for and the user has no home; see [`DataDirError`].
pub fn data_dir(asked: Option<&Path>) -> Result<PathBuf, DataDirError> {
    if let Some(path) = asked {
        return std::path::absolute(path)
            .map_err(|cause| DataDirError::NoCurrentDir { path: path.to_owned(), cause });
    }
    let own = directories::ProjectDirs::from("app", "Sightline", "sightline").ok_or(DataDirError::NoHome)?;
    Ok(own.data_local_dir().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_directory_is_used_and_made_absolute() {
        assert!(
            data_dir(Some(Path::new("here"))).is_ok_and(|dir| dir.is_absolute() && dir.ends_with("here"))
        );
        assert!(data_dir(Some(Path::new(""))).is_err());
    }
}
