//! From a link that a person pasted to a machine in the list.

use std::sync::Arc;

use lan::client::pairing::{self, PairError, Paired};
use lan::client::secrets::Token;
use lan::client::stream;
use tauri::State;
use tracing::warn;
use wire::ErrorCode;
use wire::fleet::KnownMachine;
use wire::message::ErrorBody;

use super::{Machines, patiently, rules};

/// Pairs with the machine that made `link`, and adds it.
#[tauri::command]
pub(crate) async fn machine_pair(
    link: String,
    machines: State<'_, Arc<Machines>>,
) -> Result<KnownMachine, ErrorBody> {
    let paired = pairing::pair(&link, &machines.called()).await.map_err(refused)?;
    welcome(&machines, paired).await
}

/// Keeps what opens the machine, asks it who it is, and puts it last.
pub(super) async fn welcome(machines: &Arc<Machines>, paired: Paired) -> Result<KnownMachine, ErrorBody> {
    let Paired { address, machine_id, machine_name, scope, token_id, secret } = paired;
    let token = Token { id: token_id, secret };
    machines.tokens.keep(&machine_id, token.clone()).await?;
    let mut machine = KnownMachine {
        id: machine_id,
        name: machine_name,
        tags: Vec::new(),
        addresses: vec![address.to_string()],
        secure: false,
        scope,
        family: String::new(),
        os: String::new(),
        added_at_ms: station::clock::unix_ms(),
        last_seen_ms: None,
        last_goodbye: None,
    };
    match stream::open(&address, &token.id, &token.secret, Some(&machine.id)).await {
        Ok(stream) => {
            let connected = stream.connected();
            machine.name.clone_from(&connected.machine.name);
            machine.os.clone_from(&connected.machine.os);
            machine.family.clone_from(&connected.machine.family);
            machine.scope = connected.scope;
            machine.last_seen_ms = Some(machine.added_at_ms);
        }
        // It is paired all the same; its page says why it cannot be watched.
        Err(error) => warn!(%error, "a machine was paired and does not answer"),
    }
    machine.name = rules::said_name(&machine.name, &machine.addresses[0]);
    let (id, adding) = (machine.id.clone(), Arc::clone(machines));
    let added = patiently(move || adding.change(|list| rules::added(list, machine))).await;
    if added.is_err() && machines.known(&id).is_err() {
        machines.tokens.forget(id);
    }
    added
}

/// Why there is no pairing, for people.
fn refused(error: PairError) -> ErrorBody {
    let code = match error {
        PairError::Refused(said) => return said,
        PairError::NoLink | PairError::Encrypted => ErrorCode::BadParams,
        PairError::Impostor(_) => ErrorCode::Unauthorized,
        PairError::Unreachable(_) | PairError::Stranger(_) => ErrorCode::Unavailable,
        PairError::NoRandom => ErrorCode::Internal,
    };
    ErrorBody::new(code, sentence(&error.to_string()))
}

/// `text` with a capital letter and an end.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let end = if text.ends_with(['.', '?', '!']) { "" } else { "." };
    first + chars.as_str() + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_sentences() {
        let error = refused(PairError::NoLink);
        assert_eq!(error.code, ErrorCode::BadParams);
        assert!(
            error.message.starts_with("This is no link of Sightline;") && error.message.ends_with('.'),
            "{error}"
        );
        assert_eq!(sentence("is it on?"), "Is it on?");
    }
}
