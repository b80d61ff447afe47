//! What is wrong with the certificate by which a machine encrypts its links, or why it has none: a code with
//! parameters. Sentences are made of it where they are shown; those in plain English in `messages`.

use serde::{Deserialize, Serialize};

/// What is wrong with a certificate, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum CertificateProblem {
    /// A file that was named cannot be read.
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// No certificate where one was expected.
    NoCertificate {
        /// The file.
        path: String,
    },
    /// No key where one was expected.
    NoKey {
        /// The file.
        path: String,
    },
    /// A certificate that is damaged, or of a kind nobody accepts any more.
    BadCertificate {
        /// The file.
        path: String,
    },
    /// A key of a kind that is not supported.
    BadKey {
        /// The file.
        path: String,
    },
    /// The key of another certificate.
    Mismatch {
        /// The file of the certificate.
        certificate: String,
        /// The file of the key.
        key: String,
    },
    /// The certificate made here could not be kept.
    NotKept {
        /// The file.
        path: String,
        /// What the system says.
        detail: String,
    },
    /// No certificate could be made.
    NotMade {
        /// What the library says.
        detail: String,
    },
    /// It expired.
    #[serde(rename_all = "camelCase")]
    Expired {
        /// Good until then, Unix milliseconds.
        until_ms: u64,
        /// The file, where it is a newer one than that in use.
        path: Option<String>,
    },
    /// It is not good yet.
    #[serde(rename_all = "camelCase")]
    NotYetValid {
        /// Good from then on, Unix milliseconds.
        from_ms: u64,
        /// The file, where it is a newer one than that in use.
        path: Option<String>,
    },
}

impl CertificateProblem {
    /// The same, of the file at `path`, which is not in use because of it.
    #[must_use]
    pub fn of_file(self, path: String) -> Self {
        match self {
            CertificateProblem::Expired { until_ms, .. } => {
                CertificateProblem::Expired { until_ms, path: Some(path) }
            }
            CertificateProblem::NotYetValid { from_ms, .. } => {
                CertificateProblem::NotYetValid { from_ms, path: Some(path) }
            }
            other => other,
        }
    }
}

impl std::error::Error for CertificateProblem {}
