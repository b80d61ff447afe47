//! A certificate and key that the user provided as files: read, and checked for changes.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::SystemTime;

use wire::certificate_problem::CertificateProblem;

use super::key_pair::{Pair, Written};

/// Longest file: a chain of certificates is 10 kB.
const FILE_BYTES: u64 = 1024 * 1024;

/// Where the files are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Provided<'a> {
    pub(super) certificate: &'a Path,
    pub(super) key: &'a Path,
}

/// What a change of either file is detected by.
pub(super) type Stamps = [Option<Stamp>; 2];

/// What a change of a file is detected by: one that replaces it has another inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
    number: u64,
}

impl Provided<'_> {
    /// Both, checked.
    pub(super) fn read(self) -> Result<Pair, CertificateProblem> {
        let (certificate, key) = (read(self.certificate)?, read(self.key)?);
        Pair::read(&Written { certificate: (self.certificate, &certificate), key: (self.key, &key) })
    }

    /// How the files are now; links are followed.
    pub(super) fn stamps(self) -> Stamps {
        [stamp(self.certificate), stamp(self.key)]
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let file = fs::metadata(path).ok()?;
    #[cfg(unix)]
    let number = std::os::unix::fs::MetadataExt::ino(&file);
    #[cfg(not(unix))]
    let number = 0;
    Some(Stamp { modified: file.modified().ok(), bytes: file.len(), number })
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateProblem> {
    let attempt = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(FILE_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    attempt().map_err(|err: io::Error| CertificateProblem::Unreadable {
        path: path.display().to_string(),
        detail: err.to_string(),
    })
}
