//! Diagnosis: what answers at an address, and why it cannot be watched. A page cannot find that out, since a browser
//! reports only that a socket failed.

use std::time::Duration;

use tokio::time::timeout;
use wire::diagnosis::{Diagnosis, Probe};
use wire::text::shown;
use wire::{Goodbye, PORT};

use super::address::Address;
use super::constants::RESPONSE_TIMEOUT;
use super::poll::identify;
use super::secrets::Known;
use super::stream::{OpenError, enter};
use super::tls::{Privacy, TlsTrouble};

/// By how much the timeout of the first step of an attempt is shorter than that of the whole, so that its own error about
/// a machine that does not answer comes first.
const GRACE: Duration = Duration::from_millis(100);

/// Finds out what answers at `address`, and whether this program has access: with the token of the machine that is
/// `known`, or without one. Takes ten seconds at most.
pub async fn probe(address: &Address, secure: bool, known: Option<&Known>) -> Probe {
    match timeout(RESPONSE_TIMEOUT + GRACE, enter(address, secure, known)).await {
        Ok(Ok(stream)) => {
            let machine = &stream.connected().machine;
            let name = shown(&machine.name).unwrap_or_else(|| address.to_string());
            let id = machine.id.clone();
            stream.end().await;
            let diagnosis = Diagnosis::Answers { name };
            Probe { machine_id: Some(id), ..Probe::new(address, diagnosis) }
        }
        Ok(Err(error)) => explain(address, secure, known, &error).await,
        Err(_) => explain(address, secure, known, &OpenError::Silent(address.clone())).await,
    }
}

/// The diagnosis of `error`, after a second request where that helps, within five seconds.
async fn explain(address: &Address, secure: bool, known: Option<&Known>, error: &OpenError) -> Probe {
    match error {
        OpenError::Unreachable(nobody) if nobody.is_refusal() => elsewhere(address, secure).await,
        OpenError::NotSightline(_) | OpenError::Silent(_) | OpenError::Blocked { .. } => {
            otherwise(address, secure, known, error).await
        }
        OpenError::Tls { trouble: TlsTrouble::NotEncrypted | TlsTrouble::Failed(_), .. } => {
            let id = answers(address, Privacy::Plain).await;
            id.map(|id| found(id, address, Diagnosis::NoLongerEncrypted))
        }
        _ => None,
    }
    .unwrap_or_else(|| of(error))
}

/// Whether the machine at `address`, which failed with `error`, is a Sightline that needs the other encryption, or
/// another port.
async fn otherwise(
    address: &Address,
    secure: bool,
    known: Option<&Known>,
    error: &OpenError,
) -> Option<Probe> {
    let mut same = std::pin::pin!(answers(address, Privacy::of(secure, known)));
    let encrypted = async { if secure { None } else { answers(address, Privacy::AnyKey).await } };
    let mut others = std::pin::pin!(async { tokio::join!(encrypted, elsewhere(address, secure)) });
    let blocked = |id| Some(found(id, address, Diagnosis::Blocked));
    // An HTTP server answers soon, and need not wait for the others to time out.
    let (same, others) = tokio::select! {
        same = &mut same => match same {
            Some(id) => return blocked(id),
            None => (None, others.await),
        },
        others = &mut others => (same.await, others),
    };
    if let Some(id) = same {
        return blocked(id);
    }
    let encrypted = others.0.map(|id| found(id, address, Diagnosis::EncryptedOnly));
    let not_sightline = || {
        let is_web = matches!(error, OpenError::Blocked { status, .. } if *status != 421);
        is_web.then(|| of(&OpenError::NotSightline(address.clone())))
    };
    encrypted.or(others.1).or_else(not_sightline)
}

/// Whether a Sightline answers at the usual port instead.
async fn elsewhere(address: &Address, secure: bool) -> Option<Probe> {
    let usual = Address::new(address.host(), PORT);
    if address.port() == PORT {
        return None;
    }
    let id = answers(&usual, Privacy::of(secure, None)).await?;
    let diagnosis = Diagnosis::WrongPort { port: address.port(), usual: usual.to_string() };
    Some(found(id, address, diagnosis))
}

/// The id of the Sightline that answers in HTTP, within five seconds.
async fn answers(address: &Address, privacy: Privacy) -> Option<String> {
    timeout(RESPONSE_TIMEOUT, identify(address, privacy)).await.ok().flatten()
}

/// The diagnosis of `error`, without another request.
#[must_use]
pub fn of(error: &OpenError) -> Probe {
    let plainly = |diagnosis| Probe::new(error.address(), diagnosis);
    match error {
        OpenError::Unreachable(nobody) => {
            let host = nobody.address().host().to_owned();
            plainly(if nobody.is_no_such_name() {
                Diagnosis::NameNotFound { host }
            } else if nobody.is_refusal() {
                Diagnosis::Refused { host, port: nobody.address().port() }
            } else {
                Diagnosis::NoAnswer
            })
        }
        OpenError::Tls { trouble, .. } => plainly(trouble.clone().into()),
        OpenError::Silent(_) => plainly(Diagnosis::Silent),
        OpenError::NotSightline(_) => plainly(Diagnosis::NotSightline),
        OpenError::Blocked { address, status: 421 } => {
            plainly(Diagnosis::UnknownName { host: address.host().to_owned() })
        }
        OpenError::Blocked { status, .. } => plainly(Diagnosis::NoWebSocket { status: *status }),
        OpenError::Refused { retry_after, .. } => {
            let retry_after_ms = retry_after.map(|wait| wait.as_millis() as u64);
            Probe { retry_after_ms, ..plainly(Diagnosis::Full) }
        }
        OpenError::WrongMachine { found, .. } => {
            Probe { machine_id: Some(found.clone()), ..plainly(Diagnosis::AnotherMachine) }
        }
        OpenError::Impostor(_) => plainly(Diagnosis::Impostor),
        OpenError::ToPair { machine_id, .. } => {
            Probe { machine_id: Some(machine_id.clone()), ..plainly(Diagnosis::NotPaired) }
        }
        OpenError::Unauthorized(_) => plainly(Diagnosis::Forgotten),
        OpenError::Revoked(_) => plainly(Diagnosis::Revoked),
        OpenError::Ended { address, reason } => ended(address, *reason),
        OpenError::Older { protocol, .. } => Probe { protocol: *protocol, ..plainly(Diagnosis::Older) },
        OpenError::Newer { protocol, .. } => Probe { protocol: *protocol, ..plainly(Diagnosis::Newer) },
    }
}

/// The diagnosis of a session that the machine ended, as it began or later.
#[must_use]
pub fn ended(address: &Address, reason: Goodbye) -> Probe {
    Probe::new(address, Diagnosis::Ended { reason })
}

/// The machine `id` was found at `address`, and something is not as it should be.
fn found(id: String, address: &Address, diagnosis: Diagnosis) -> Probe {
    Probe { machine_id: Some(id), ..Probe::new(address, diagnosis) }
}
