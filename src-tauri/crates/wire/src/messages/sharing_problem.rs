//! Why a machine is not shared as it should be, in plain English: no sentence yet, as other messages end with it.

use std::fmt;

use crate::PORT;
use crate::sharing_problem::{PortHolder, SharingProblem};

impl fmt::Display for SharingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SharingProblem::PortTaken { port, holder } => {
                let by = holder.as_ref().map(|holder| format!(" by {holder}")).unwrap_or_default();
                write!(f, "port {port} is taken{by}. Use another one: --port {}", port.saturating_add(1))
            }
            SharingProblem::PortNeedsRoot { port } => {
                write!(f, "port {port} needs root. Use one above 1023: --port {PORT}")
            }
            SharingProblem::NotOurAddress { address } => write!(
                f,
                "{address} is not an address of this machine. Listen on one of its own, or on 127.0.0.1"
            ),
            SharingProblem::NotBound { address, detail } => write!(f, "listen on {address}: {detail}"),
            SharingProblem::NotEncrypted { certificate } => {
                write!(f, "links cannot be encrypted as they should be, so nothing is open on the network: {certificate}")
            }
            SharingProblem::SharedElsewhere => f.write_str(
                "another Sightline of this user, the agent or a window, writes who has access to this machine, so this one \
                 answers its own computer only. Share it there, or end it first",
            ),
            SharingProblem::NotUnderstood { file } => {
                write!(f, "{file} is not understood, so only this computer is answered until it is mended")
            }
        }
    }
}

impl fmt::Display for PortHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (pid {})", self.name.as_deref().unwrap_or("a process"), self.pid)
    }
}
