//! Why there is no certificate, and what to do about it.

use std::path::PathBuf;

/// There is no certificate to be had this way.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that was named cannot be read.
    #[error("{path} cannot be read: {cause}. Give the path of a file that this program may read")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No certificate where one was expected.
    #[error("{0} holds no certificate in PEM. It has to begin with -----BEGIN CERTIFICATE-----")]
    NoCertificate(PathBuf),
    /// No key where one was expected.
    #[error(
        "{0} holds no private key in PEM, or one with a password. It has to begin with -----BEGIN PRIVATE KEY-----, \
         -----BEGIN EC PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----"
    )]
    NoKey(PathBuf),
    /// A certificate that is damaged, or of a kind nobody accepts any more.
    #[error(
        "the certificate in {0} cannot be used: it is damaged, or not of X.509 version 3. Have it issued anew"
    )]
    BadCertificate(PathBuf),
    /// A key of a kind that is not supported.
    #[error(
        "the key in {0} cannot be used. Take one of ECDSA (P-256, P-384), Ed25519, or RSA of 2048 bits or more"
    )]
    BadKey(PathBuf),
    /// The key of another certificate.
    #[error(
        "the key in {key} does not belong to the certificate in {certificate}. Give the two that were made together"
    )]
    Mismatch {
        /// Where the certificate is.
        certificate: PathBuf,
        /// Where the key is.
        key: PathBuf,
    },
    /// The certificate made here could not be kept.
    #[error(
        "{path} cannot be written: {cause}. A certificate is made in a directory that this program may write to"
    )]
    Keep {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No certificate could be made.
    #[error("no certificate could be made: {0}")]
    Make(String),
}
