//! What is wrong with a certificate, in plain English: no sentence yet, as other messages end with it.

use std::fmt;

use super::day::day;
use crate::certificate_problem::CertificateProblem;

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CertificateProblem::Unreadable { path, detail } => {
                write!(
                    f,
                    "{path} cannot be read: {detail}. Give the path of a file that this program may read"
                )
            }
            CertificateProblem::NoCertificate { path } => {
                write!(
                    f,
                    "{path} holds no certificate in PEM. It has to begin with -----BEGIN CERTIFICATE-----"
                )
            }
            CertificateProblem::NoKey { path } => write!(
                f,
                "{path} holds no private key in PEM, or one with a password. It has to begin with \
                 -----BEGIN PRIVATE KEY-----, -----BEGIN EC PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----"
            ),
            CertificateProblem::BadCertificate { path } => write!(
                f,
                "the certificate in {path} cannot be used: it is damaged, or not of X.509 version 3. Have it issued \
                 anew"
            ),
            CertificateProblem::BadKey { path } => write!(
                f,
                "the key in {path} cannot be used. Take one of ECDSA (P-256, P-384), Ed25519, or RSA of 2048 bits or \
                 more"
            ),
            CertificateProblem::Mismatch { certificate, key } => write!(
                f,
                "the key in {key} does not belong to the certificate in {certificate}. Give the two that were made \
                 together"
            ),
            CertificateProblem::NotKept { path, detail } => write!(
                f,
                "{path} cannot be written: {detail}. A certificate is made in a directory that this program may \
                 write to"
            ),
            CertificateProblem::NotMade { detail } => write!(f, "no certificate could be made: {detail}"),
            CertificateProblem::Expired { until_ms, path } => write!(
                f,
                "{}the certificate expired on {}. Put a new one in its place; it is taken within 30 s",
                of(path),
                day(*until_ms)
            ),
            CertificateProblem::NotYetValid { from_ms, path } => write!(
                f,
                "{}the certificate is good from {} only. Check the clock of this machine",
                of(path),
                day(*from_ms)
            ),
        }
    }
}

fn of(path: &Option<String>) -> String {
    path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default()
}
