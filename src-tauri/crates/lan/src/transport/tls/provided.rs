//! A certificate and key that the user provided as files: read, and checked for changes.

use std::path::Path;

use atomic_file::{Trust, Version};
use wire::certificate_problem::CertificateProblem;

use super::key_pair::{Pair, Written};

/// Where the files are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Provided<'a> {
    pub(super) certificate: &'a Path,
    pub(super) key: &'a Path,
}

/// What a change of either file is detected by.
pub(super) type Versions = [Option<Version>; 2];

impl Provided<'_> {
    /// Both, checked.
    pub(super) fn read(self) -> Result<Pair, CertificateProblem> {
        let (certificate, key) = (read(self.certificate)?, read(self.key)?);
        Pair::read(&Written { certificate: (self.certificate, &certificate), key: (self.key, &key) })
    }

    /// How the files are now; links are followed.
    pub(super) fn versions(self) -> Versions {
        [self.certificate, self.key].map(|path| Version::of(path, Trust::Any))
    }
}

/// A pipe is not waited for, and refused as any other that is no ordinary file.
fn read(path: &Path) -> Result<Vec<u8>, CertificateProblem> {
    atomic_file::read_bytes(path, Trust::Any).map_err(|err| CertificateProblem::Unreadable {
        path: path.display().to_string(),
        detail: err.to_string(),
    })
}
