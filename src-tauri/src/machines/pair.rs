//! Pairing in the window: by a link that a person pasted, or by digits that two people compared. It adds a machine to
//! the list.

use std::sync::{Arc, Mutex, PoisonError};

use client::pairing::{self, PairError, Paired};
use client::short_auth_string::{Comparison, compare};
use client::stream;
use tauri::State;
use tracing::warn;
use wire::Reason;
use wire::diagnosis::{Diagnosis, Probe};
use wire::fleet::{Comparing, KnownMachine};
use wire::limits::TEXT_CHARS;
use wire::message::ErrorBody;
use wire::text::one_line;
use wire::window_reason::{PairingReason, WindowReason};

use super::blocking::run_blocking;
use super::typed::{sentence, typed};
use super::{Machines, rules};

/// Comparisons at once. There is one page, and it asks one thing at a time; more is a mistake.
const COMPARISONS: usize = 4;

/// Digits that are on this screen and on another one.
#[derive(Debug, Default)]
pub(crate) struct Comparisons(Mutex<Vec<Comparison>>);

/// Pairs with the machine that made `link`, and adds it.
#[tauri::command]
pub(crate) async fn machine_pair(
    link: String,
    machines: State<'_, Arc<Machines>>,
) -> Result<KnownMachine, ErrorBody> {
    let paired = pairing::pair(&link, &machines.called()).await.map_err(refused)?;
    welcome(&machines, paired).await
}

/// Begins to pair with the machine at `address`, by digits that its screen shows as well.
#[tauri::command]
pub(crate) async fn machine_compare(
    address: String,
    machines: State<'_, Arc<Machines>>,
    comparisons: State<'_, Comparisons>,
) -> Result<Comparing, ErrorBody> {
    let comparison = compare(&typed(&address)?, &machines.called()).await.map_err(refused)?;
    let comparing = comparison.comparing.clone();
    if let Some(given_up) = comparisons.begin(comparison) {
        given_up.refuse().await;
    }
    Ok(comparing)
}

/// Ends a comparison: `same` if the other screen shows the same digits. Waits until the owner there has confirmed it,
/// too, and adds the machine; `null` where they differ.
#[tauri::command]
pub(crate) async fn machine_compare_end(
    ticket: String,
    same: bool,
    machines: State<'_, Arc<Machines>>,
    comparisons: State<'_, Comparisons>,
) -> Result<Option<KnownMachine>, ErrorBody> {
    let comparison = comparisons.end(&ticket).ok_or_else(|| WindowReason::from(PairingReason::DigitsGone))?;
    if !same {
        comparison.refuse().await;
        return Ok(None);
    }
    let paired = comparison.confirm().await.map_err(refused)?;
    welcome(&machines, paired).await.map(Some)
}

impl Comparisons {
    /// Keeps `comparison`; of too many, the oldest is cancelled.
    fn begin(&self, comparison: Comparison) -> Option<Comparison> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let given_up = (kept.len() >= COMPARISONS).then(|| kept.remove(0));
        kept.push(comparison);
        given_up
    }

    fn end(&self, ticket: &str) -> Option<Comparison> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|comparison| comparison.comparing.ticket == ticket)?;
        Some(kept.remove(at))
    }
}

/// Stores the token, asks the machine for its identity, and appends it to the list.
pub(super) async fn welcome(machines: &Arc<Machines>, paired: Paired) -> Result<KnownMachine, ErrorBody> {
    let known = paired.known();
    if known.machine_id == machines.own_id() {
        return Err(WindowReason::from(PairingReason::OwnLink).into());
    }
    if let Ok(before) = machines.known(&known.machine_id) {
        let token = machines.found_pass(&before).await?;
        let is_same = match &token {
            Some(token) => pairing::is_same(token, &paired).await,
            // It was added and never paired: there is nothing of it to take over.
            None => true,
        };
        if !is_same {
            let known = before.addresses.first().cloned().unwrap_or_default();
            let address = paired.address.to_string();
            return Err(
                WindowReason::from(PairingReason::Claimed { name: before.name, known, address }).into()
            );
        }
    }
    let Paired { address, machine_name, scope, .. } = paired;
    machines.tokens.keep(&known).await?;
    let mut machine = KnownMachine {
        id: known.machine_id.clone(),
        name: machine_name,
        tags: Vec::new(),
        addresses: vec![address.to_string()],
        secure: true,
        scope,
        family: String::new(),
        os: String::new(),
        added_at_ms: station::clock::unix_ms(),
        last_seen_ms: None,
        last_goodbye: None,
    };
    match stream::enter(&address, machine.secure, Some(&known)).await {
        Ok(stream) => {
            let connected = stream.connected();
            machine.name.clone_from(&connected.machine.name);
            machine.os.clone_from(&connected.machine.os);
            machine.family.clone_from(&connected.machine.family);
            machine.scope = connected.scope;
            machine.last_seen_ms = Some(machine.added_at_ms);
            // The page opens its own.
            stream.end().await;
        }
        // It is paired all the same; its page says why it cannot be watched.
        Err(error) => warn!(%error, "a machine was paired and does not answer"),
    }
    machine.name = rules::claimed_name(&machine.name, &machine.addresses[0]);
    let (id, adding) = (machine.id.clone(), Arc::clone(machines));
    let added = run_blocking(move || adding.change(|list| Ok(rules::added(list, machine)?))).await;
    if added.is_err() && machines.known(&id).is_err() {
        machines.tokens.forget(id);
    }
    added
}

/// Why there is no pairing, for people.
fn refused(error: PairError) -> ErrorBody {
    let why = match error {
        // Untrusted text: as much of it as can be shown.
        PairError::Refused(said) => {
            let message: String = one_line(&said.message).chars().take(TEXT_CHARS).collect();
            return ErrorBody { message: sentence(&message), ..said };
        }
        PairError::NoRandom => return Reason::NoRandom.into(),
        PairError::NoLink => PairingReason::NoLink,
        PairError::Impostor(address) => PairingReason::Impostor { address: address.to_string() },
        PairError::Unanswered(address) => PairingReason::Unanswered { address: address.to_string() },
        PairError::NotAccepted { address, said } => PairingReason::NotAccepted {
            address: address.to_string(),
            said: one_line(&said).chars().take(TEXT_CHARS).collect(),
        },
        PairError::Unreachable(nobody) => PairingReason::Unreachable {
            address: nobody.address().to_string(),
            detail: nobody.cause().to_string(),
        },
        PairError::NotSightline(address) => {
            PairingReason::NotReached { probe: Probe::new(address, Diagnosis::NotSightline) }
        }
        PairError::Tls { address, trouble } => {
            PairingReason::NotReached { probe: Probe::new(address, trouble.into()) }
        }
    };
    WindowReason::from(why).into()
}

#[cfg(test)]
mod tests {
    use wire::ErrorCode;

    use super::*;

    #[test]
    fn refusals_are_sentences() {
        let error = refused(PairError::NoLink);
        assert_eq!(error.code, ErrorCode::BadParams);
        assert!(
            error.message.starts_with("This is no link of Sightline;") && error.message.ends_with('.'),
            "{error}"
        );
        let said = "no\u{202e}body \n ".to_owned() + &"x".repeat(100_000);
        let said = ErrorBody { tries_left: Some(2), ..ErrorBody::new(ErrorCode::Forbidden, said) };
        let error = refused(PairError::Refused(said));
        assert_eq!((error.code, error.tries_left), (ErrorCode::Forbidden, Some(2)));
        assert!(error.message.starts_with("Nobody xxx") && error.message.len() <= TEXT_CHARS + 1, "{error}");
        assert_eq!(sentence("is it on?"), "Is it on?");
    }
}
