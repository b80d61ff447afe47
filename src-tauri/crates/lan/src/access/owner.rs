//! The owner's token: a file in the data directory. Who can read it may control this monitor.

use std::path::Path;

use atomic_file::{Trust, Unclear, Unread, replace};
use station::{Handle, unclear_file};
use tracing::warn;
use wire::endpoint::{OWNER, OWNER_FILE};
use wire::proof::{Secret, Verifier};

use crate::random::random;

/// The source of the notice that the token is not used.
const NOTICES: &str = "the owner's token";

/// Checks the owner's token.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) verifier: Verifier,
}

impl Owner {
    /// Reads the token, which is made at the first start. Without a data directory to write to there is none; nor where
    /// others could know it: then a notice says what to do.
    pub(super) fn open(station: &Handle) -> Option<Self> {
        match Self::read(station.data_dir()) {
            Ok(owner) => {
                station.clear_notice(NOTICES);
                owner
            }
            Err(why) => {
                let path = station.data_dir().join(OWNER_FILE);
                warn!(error = %why, path = %path.display(), "the owner's token is not used");
                station.set_notice(NOTICES, unclear_file(&path, &Unclear::Unread(why), false));
                None
            }
        }
    }

    /// The token; `None` where none could be made.
    ///
    /// # Errors
    /// When the file is there and must not be used. It is not overwritten.
    fn read(data_dir: &Path) -> Result<Option<Self>, Unread> {
        let path = data_dir.join(OWNER_FILE);
        let known = match atomic_file::read_bytes(&path, Trust::Secret) {
            Ok(bytes) => String::from_utf8(bytes).ok(),
            Err(Unread::Absent) => None,
            Err(why) => return Err(why),
        };
        let known = known.as_deref().and_then(|text| text.trim().strip_prefix(OWNER)?.strip_prefix('.'));
        if let Some(secret) = known.and_then(Secret::from_hex) {
            return Ok(Some(Self { verifier: secret.verifier() }));
        }
        let Ok(secret) = random().map(Secret::new) else { return Ok(None) };
        match replace(&path, format!("{OWNER}.{}\n", secret.to_hex()).as_bytes()) {
            Ok(()) => Ok(Some(Self { verifier: secret.verifier() })),
            Err(err) => {
                warn!(error = %err, path = %path.display(), "the owner's token could not be written");
                Ok(None)
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
        Owner::read(data.path()).unwrap().unwrap();
        let first = token(data.path());
        assert!(Owner::read(data.path()).unwrap().unwrap().verifier.fits(&first));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(data.path().join(OWNER_FILE)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(data.path().join(OWNER_FILE), "half a tok").unwrap();
        assert!(
            !Owner::read(data.path()).unwrap().unwrap().verifier.fits(&first),
            "half a file is made anew"
        );
    }
}
