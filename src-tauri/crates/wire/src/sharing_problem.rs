//! Why a machine is not shared as far as its owner wants: a code with parameters. Sentences are made of it where they
//! are shown; those in plain English in `messages`.

use serde::{Deserialize, Serialize};

use crate::certificate_problem::CertificateProblem;

/// Why a machine is not shared as it should be, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "camelCase")]
pub enum SharingProblem {
    /// Another program listens on the port.
    PortTaken {
        /// The port that was asked for.
        port: u16,
        /// Who holds it, where that can be told.
        holder: Option<PortHolder>,
    },
    /// Ports below 1024 are for root.
    PortNeedsRoot {
        /// The port that was asked for.
        port: u16,
    },
    /// The address belongs to another machine, or to none.
    NotOurAddress {
        /// The address that was asked for.
        address: String,
    },
    /// The address could not be listened on.
    NotBound {
        /// Address and port that were asked for.
        address: String,
        /// What the system says.
        detail: String,
    },
    /// Links cannot be encrypted as they should be, so nothing is open on the network.
    NotEncrypted {
        /// What is wrong with the certificate.
        certificate: CertificateProblem,
    },
    /// Another program of the same user writes who has access, so this one answers its own computer only.
    SharedElsewhere,
    /// A file that says what may be open is not understood, so this machine answers its own computer only.
    NotUnderstood {
        /// Its name.
        file: String,
    },
}

/// The process that listens on a port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(export, export_to = "wire.ts"))]
#[cfg_attr(any(test, feature = "openapi"), derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct PortHolder {
    /// Its id.
    pub pid: u32,
    /// Its name, where the system tells it.
    pub name: Option<String>,
}

impl std::error::Error for SharingProblem {}
