//! What stands behind an address, and why it cannot be watched: each reason its own sentence and remedy. A page
//! cannot find that out, since a browser tells it only that a socket failed.

use std::time::Duration;

use tokio::time::timeout;
use wire::fleet::{Probe, ProbeKind};
use wire::{Goodbye, PROTOCOL};

use super::PATIENCE;
use super::address::Address;
use super::poll::identify;
use super::secrets::Known;
use super::stream::{OpenError, enter};
use super::tls::{Privacy, TlsTrouble, distrust};
use crate::PORT;

/// What the first step of an attempt has less than the whole, so that its own word about a machine that does not
/// answer comes first.
const GRACE: Duration = Duration::from_millis(100);

/// Looks what answers at `address`, and whether it lets this program in: as the machine that is `known`, or as
/// anybody. Takes ten seconds at most.
pub async fn probe(address: &Address, secure: bool, known: Option<&Known>) -> Probe {
    match timeout(PATIENCE + GRACE, enter(address, secure, known)).await {
        Ok(Ok(stream)) => {
            let machine = &stream.connected().machine;
            let (id, name) = (machine.id.clone(), machine.name.clone());
            let distrusted = async { if secure { distrust(address).await } else { None } };
            let (distrusted, ()) = tokio::join!(timeout(PATIENCE, distrusted), stream.end());
            match distrusted.ok().flatten() {
                Some(why) => Probe { machine_id: Some(id), ..distrusting(&name, &why) },
                None => {
                    let message = format!("{name} answers at {address}.");
                    Probe { machine_id: Some(id), ..said(ProbeKind::Ok, message, "") }
                }
            }
        }
        Ok(Err(error)) => explain(address, secure, known, &error).await,
        Err(_) => explain(address, secure, known, &OpenError::Silent(address.clone())).await,
    }
}

/// The sentence for `error`, after a second look where that tells more, within five seconds.
async fn explain(address: &Address, secure: bool, known: Option<&Known>, error: &OpenError) -> Probe {
    match error {
        OpenError::Unreachable(nobody) if nobody.is_refusal() => elsewhere(address, secure).await,
        OpenError::Stranger(_) | OpenError::Silent(_) | OpenError::Blocked { .. } => {
            otherwise(address, secure, known, error).await
        }
        OpenError::Tls { trouble: TlsTrouble::NotEncrypted | TlsTrouble::Failed(_), .. } => {
            answers(address, Privacy::Plain).await.map(|id| {
                let message = format!("{address} does not encrypt its links any more.");
                let remedy = "Turn encryption on again there: Settings, Sharing, or sightline-agent encrypt \
                    self-signed. Else pair with it again.";
                Probe { machine_id: Some(id), ..said(ProbeKind::Tls, message, remedy) }
            })
        }
        _ => None,
    }
    .unwrap_or_else(|| of(error))
}

/// Whether the machine at `address`, which answered as `error` says, is one of ours that is to be asked in another
/// way, or at another port.
async fn otherwise(
    address: &Address,
    secure: bool,
    known: Option<&Known>,
    error: &OpenError,
) -> Option<Probe> {
    let mut same = std::pin::pin!(answers(address, Privacy::of(secure, known)));
    let encrypted = async { if secure { None } else { answers(address, Privacy::AnyKey).await } };
    let mut others = std::pin::pin!(async { tokio::join!(encrypted, elsewhere(address, secure)) });
    let blocked = |id| Some(Probe { machine_id: Some(id), ..blocked(address) });
    // Whoever answers in HTTP answers soon, and need not wait for the others to be given up.
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
    let encrypted = others.0.map(|id| {
        let message = format!("{address} answers encrypted only, and was asked without encryption.");
        let remedy = "Pair with it by its https:// link.";
        Probe { machine_id: Some(id), ..said(ProbeKind::Tls, message, remedy) }
    });
    let stranger = || {
        let is_web = matches!(error, OpenError::Blocked { status, .. } if *status != 421);
        is_web.then(|| of(&OpenError::Stranger(address.clone())))
    };
    encrypted.or(others.1).or_else(stranger)
}

/// Whether a Sightline answers at the usual port instead.
async fn elsewhere(address: &Address, secure: bool) -> Option<Probe> {
    let usual = Address::new(address.host(), PORT);
    if address.port() == PORT {
        return None;
    }
    let id = answers(&usual, Privacy::of(secure, None)).await?;
    Some(wrong_port(address, &usual, id))
}

/// The id of the Sightline that answers in HTTP, within five seconds.
async fn answers(address: &Address, privacy: Privacy) -> Option<String> {
    timeout(PATIENCE, identify(address, privacy)).await.ok().flatten()
}

/// What `error` means, without another look.
#[must_use]
pub fn of(error: &OpenError) -> Probe {
    const AGAIN: &str = "It is tried again by itself.";
    const PAIR: &str =
        "Pair with it: on that machine under Settings, Sharing, or with sightline-agent share.";
    match error {
        OpenError::Unreachable(nobody) => unreachable(nobody.address(), nobody),
        OpenError::Tls { address, trouble } => encrypted(address, trouble),
        OpenError::Silent(address) => {
            let message = format!("{address} takes the connection and says nothing.");
            said(
                ProbeKind::NoAnswer,
                message,
                "The machine may be overloaded, or a firewall may stand between.",
            )
        }
        OpenError::Stranger(address) => {
            let message = format!("What answers at {address} is no Sightline.");
            said(ProbeKind::NotSightline, message, "Check the address and the port.")
        }
        OpenError::Blocked { address, status: 421 } => {
            let host = address.host();
            let message = format!("The machine at {address} does not know itself as {host}.");
            let remedy = format!("Use its address, or add the name there: sightline-agent names add {host}");
            said(ProbeKind::Blocked, message, remedy)
        }
        OpenError::Blocked { address, status } => {
            let message = format!("{address} answers in HTTP ({status}), and takes no WebSocket.");
            said(
                ProbeKind::Blocked,
                message,
                "Check the port. A proxy between has to let WebSockets through.",
            )
        }
        OpenError::Refused { address, retry_after, .. } => {
            let message = format!("{address} has no room for another viewer now.");
            let retry_after_ms = retry_after.map(|wait| wait.as_millis() as u64);
            Probe { retry_after_ms, ..said(ProbeKind::Busy, message, AGAIN) }
        }
        OpenError::WrongMachine { address, found, .. } => {
            let message = format!("Another machine answers at {address}. Nothing was told to it.");
            let remedy =
                "Addresses may have moved: look for the machine on the network, or give its new address.";
            Probe { machine_id: Some(found.clone()), ..said(ProbeKind::WrongMachine, message, remedy) }
        }
        OpenError::Impostor(address) => {
            let message = format!(
                "What answers at {address} claims to be the machine, and cannot prove it. Nothing was told to it."
            );
            let remedy =
                "Was Sightline set up anew there? Then pair with it again. Else somebody poses as it.";
            said(ProbeKind::WrongMachine, message, remedy)
        }
        OpenError::ToPair { address, machine_id } => {
            let message = format!("The machine at {address} lets in only those it was paired with.");
            Probe { machine_id: Some(machine_id.clone()), ..said(ProbeKind::ToPair, message, PAIR) }
        }
        OpenError::NotLetIn(address) => {
            let message = format!("The machine at {address} does not know this computer any more.");
            said(ProbeKind::ToPair, message, PAIR)
        }
        OpenError::Revoked(address) => {
            let message = format!("The machine at {address} took the access back.");
            said(ProbeKind::Revoked, message, "Its owner can let this computer in again, by pairing it.")
        }
        OpenError::Ended { address, reason } => ended(address, *reason),
        OpenError::Older { address, protocol } => {
            let version = versions(*protocol);
            let message = format!("The machine at {address} runs an older Sightline{version}.");
            Probe { protocol: *protocol, ..said(ProbeKind::Older, message, "Update it there to see it.") }
        }
        OpenError::Newer { address, protocol } => {
            let version = versions(*protocol);
            let message = format!("The machine at {address} runs a newer Sightline{version}.");
            Probe { protocol: *protocol, ..said(ProbeKind::Newer, message, "Update this one to see it.") }
        }
    }
}

fn unreachable(address: &Address, nobody: &super::address::Unreachable) -> Probe {
    let (host, port) = (address.host(), address.port());
    if nobody.is_no_such_name() {
        let message = format!("No machine called {host} is known on this network.");
        let remedy = "Check the name, or use the machine's address.";
        return said(ProbeKind::NameNotFound, message, remedy);
    }
    if nobody.is_refusal() {
        let message = format!("{host} is there, and nothing listens at its port {port}.");
        let remedy = "Start Sightline there and share it: Settings, Sharing, or sightline-agent share.";
        return said(ProbeKind::Refused, message, remedy);
    }
    let message = format!("Nothing answers at {address}.");
    let remedy = "Is the machine on, on the same network, and does a firewall let this port through?";
    said(ProbeKind::NoAnswer, message, remedy)
}

fn encrypted(address: &Address, trouble: &TlsTrouble) -> Probe {
    match trouble {
        TlsTrouble::OtherKey => {
            let message = format!(
                "The machine at {address} shows another key than when it was paired. Nothing was told to it."
            );
            let remedy =
                "Was its certificate replaced? Then pair with it again. Else somebody stands between.";
            said(ProbeKind::Tls, message, remedy)
        }
        TlsTrouble::NotEncrypted => {
            let message = format!("What answers at {address} does not encrypt.");
            said(ProbeKind::Tls, message, "Check the port, or use its http:// link.")
        }
        TlsTrouble::Failed(why) => {
            let message = format!("The connection to {address} cannot be encrypted: {why}.");
            said(
                ProbeKind::Tls,
                message,
                "Check its certificate: sightline-agent encrypt tells about it there.",
            )
        }
    }
}

/// The key is the right one, and a browser does not take the certificate all the same.
fn distrusting(name: &str, why: &str) -> Probe {
    let message =
        format!("{name} answers with the key it should have, and the window does not take it: {why}.");
    let remedy = format!(
        "Give {name} a certificate that this computer trusts: sightline-agent encrypt \
        --certificate FILE --key FILE there. Until then its numbers are fetched every 5 s."
    );
    said(ProbeKind::Tls, message, remedy)
}

pub(super) fn blocked(address: &Address) -> Probe {
    let message = format!("The machine at {address} answers, and something between blocks its WebSocket.");
    let remedy = "Numbers are fetched every 5 s meanwhile. A proxy between has to let WebSockets through.";
    said(ProbeKind::Blocked, message, remedy)
}

fn wrong_port(address: &Address, usual: &Address, machine_id: String) -> Probe {
    let message = format!("No Sightline answers at port {}; one does at {usual}.", address.port());
    let remedy = format!("Use {usual}.");
    Probe { machine_id: Some(machine_id), ..said(ProbeKind::WrongPort, message, remedy) }
}

/// What a machine means that ends a session as it begins, or later.
#[must_use]
pub fn ended(address: &Address, reason: Goodbye) -> Probe {
    let (kind, why) = match reason {
        Goodbye::Revoked => return of(&OpenError::Revoked(address.clone())),
        Goodbye::Unauthorized => return of(&OpenError::NotLetIn(address.clone())),
        Goodbye::Suspend => (ProbeKind::NoAnswer, "goes to sleep"),
        Goodbye::Shutdown => (ProbeKind::NoAnswer, "ended its Sightline"),
        Goodbye::Update => (ProbeKind::NoAnswer, "updates its Sightline"),
        Goodbye::Changed => (ProbeKind::NoAnswer, "changed what may be seen"),
        Goodbye::Slow => (ProbeKind::Busy, "found the connection too slow"),
        Goodbye::TooMany => (ProbeKind::Busy, "has no room for another viewer now"),
        Goodbye::Protocol | Goodbye::TooLarge => (ProbeKind::Busy, "did not understand what was said"),
    };
    said(kind, format!("The machine at {address} {why}."), "It is tried again by itself.")
}

/// Both versions of the protocol, where the other one is known.
fn versions(theirs: Option<u32>) -> String {
    theirs.map(|theirs| format!(" (protocol {theirs}, this is {PROTOCOL})")).unwrap_or_default()
}

fn said(kind: ProbeKind, message: String, remedy: impl Into<String>) -> Probe {
    Probe { kind, message, remedy: remedy.into(), retry_after_ms: None, machine_id: None, protocol: None }
}
