//! One attempt to open a session: a machine may be known by several addresses, which are tried in turn.

use tokio::time::timeout;
use wire::diagnosis::{Diagnosis, Probe};
use wire::limits::ADDRESSES;

use crate::address::Address;
use crate::constants::PATIENCE;
use crate::probe;
use crate::secrets::Known;
use crate::stream::{OpenError, Stream, enter};
use crate::tls::TlsTrouble;

/// Where a machine may be, and who it has to be.
#[derive(Debug, Clone)]
pub(super) struct Route {
    /// The one that worked last first; never empty.
    pub(super) addresses: Vec<Address>,
    pub(super) secure: bool,
    pub(super) known: Option<Known>,
}

/// Why an attempt failed.
#[derive(Debug)]
pub(super) struct Failure {
    /// For people; of the address that worked last.
    pub(super) why: Probe,
    /// None of the addresses will ever do.
    pub(super) is_final: bool,
    /// Where somebody answers, and the WebSocket does not come about.
    pub(super) blocked_at: Option<Address>,
}

impl Route {
    /// Tries all addresses in turn, until one leads to a session.
    pub(super) async fn attempt(&self) -> Result<(Address, Stream), Failure> {
        let mut errors = Vec::new();
        for address in &self.addresses {
            let entering = timeout(2 * PATIENCE, enter(address, self.secure, self.known.as_ref()));
            match entering.await.unwrap_or_else(|_| Err(OpenError::Silent(address.clone()))) {
                Ok(stream) => return Ok((address.clone(), stream)),
                Err(error) => errors.push(error),
            }
        }
        let is_final = !errors.is_empty() && errors.iter().all(is_final);
        let blocked_at = errors.iter().find(|error| is_blocked(error)).map(|error| error.address().clone());
        // What the first one says, but for one that somebody can do something about.
        let telling = errors.iter().find(|error| !matches!(error, OpenError::Unreachable(_)));
        let why = telling.or(errors.first()).map(probe::of);
        let why = why.unwrap_or_else(nowhere);
        Err(Failure { why, is_final, blocked_at })
    }

    /// `address` is the one to begin with from now on.
    pub(super) fn prefer(&mut self, address: &Address) {
        self.addresses.retain(|other| other != address);
        self.addresses.insert(0, address.clone());
        self.addresses.truncate(ADDRESSES);
    }
}

/// Whether trying again is of no use.
fn is_final(error: &OpenError) -> bool {
    matches!(
        error,
        OpenError::ToPair { .. }
            | OpenError::NotLetIn(_)
            | OpenError::Revoked(_)
            | OpenError::Older { .. }
            | OpenError::Newer { .. }
            | OpenError::WrongMachine { .. }
            | OpenError::Impostor(_)
            | OpenError::Tls { trouble: TlsTrouble::OtherKey, .. }
    )
}

/// Whether somebody is there, and only the WebSocket does not come about.
fn is_blocked(error: &OpenError) -> bool {
    matches!(error, OpenError::Stranger(_) | OpenError::Silent(_) | OpenError::Blocked { .. })
}

/// A machine without an address.
pub(super) fn nowhere() -> Probe {
    Probe::new("", Diagnosis::NoAddress)
}
