//! The owner's token: a file in the data directory. Who can read it may control this monitor.

use std::path::Path;

use atomic_file::replace_private;
use tracing::warn;
use wire::endpoint::{OWNER, OWNER_FILE};
use wire::proof::{Secret, Verifier};

use crate::random::random;

/// Checks the owner's token.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) verifier: Verifier,
}

impl Owner {
    /// Reads the token, which is made at the first start. Without a data directory to write to there is none.
    pub(super) fn of(data_dir: &Path) -> Option<Self> {
        let path = data_dir.join(OWNER_FILE);
        let known = std::fs::read_to_string(&path).ok();
        let known = known.as_deref().and_then(|text| text.trim().strip_prefix(OWNER)?.strip_prefix('.'));
        if let Some(secret) = known.and_then(Secret::from_hex) {
            return Some(Self { verifier: secret.verifier() });
        }
        let secret = Secret::new(random().ok()?);
        match replace_private(&path, format!("{OWNER}.{}\n", secret.to_hex()).as_bytes()) {
            Ok(()) => Some(Self { verifier: secret.verifier() }),
            Err(err) => {
                warn!(error = %err, path = %path.display(), "the owner's token could not be written");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(data: &Path) -> Secret {
        let text = std::fs::read_to_string(data.join(OWNER_FILE)).unwrap();
        Secret::from_hex(text.trim().strip_prefix("owner.").unwrap()).unwrap()
    }

    #[test]
    fn it_is_private_and_stays_over_restarts() {
        let data = tempfile::tempdir().unwrap();
        Owner::of(data.path()).unwrap();
        let first = token(data.path());
        assert!(Owner::of(data.path()).unwrap().verifier.fits(&first));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(data.path().join(OWNER_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(data.path().join(OWNER_FILE), "half a tok").unwrap();
        assert!(!Owner::of(data.path()).unwrap().verifier.fits(&first), "half a file is made anew");
    }
}
