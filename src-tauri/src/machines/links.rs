//! What the page needs to open a link to another machine itself: a proof that this program knows the token. The token
//! stays here.

use std::sync::Arc;

use tauri::State;
use wire::ErrorCode;
use wire::fleet::{KnownMachine, Proof};
use wire::message::ErrorBody;
use wire::proof::{Challenge, hex};

use super::Machines;

/// Longest nonce that is answered: a machine sends 64 characters.
const NONCE_CHARS: usize = 256;

/// The proof for a challenge that came over the link to machine `id`, and that says it is of `machine_id`.
#[tauri::command]
pub(crate) async fn machine_prove(
    id: String,
    machine_id: String,
    nonce: String,
    machines: State<'_, Arc<Machines>>,
) -> Result<Proof, ErrorBody> {
    let machine = machines.known(&id)?;
    if machine_id != id {
        let message = format!("Another machine answers at the address of {}.", machine.name);
        return Err(ErrorBody::new(ErrorCode::Unauthorized, message));
    }
    if nonce.len() > NONCE_CHARS {
        return Err(ErrorBody::new(ErrorCode::BadParams, "This is no challenge of Sightline."));
    }
    let token = machines.token(&machine).await?;
    let ours = random()?;
    let challenge = Challenge { machine_id: &machine_id, server_nonce: &nonce, client_nonce: &ours };
    let mac = token.secret.prove(&challenge);
    let server_mac = token.secret.verifier().prove(&challenge);
    Ok(Proof { token_id: token.id, nonce: ours, mac, server_mac })
}

impl Machines {
    /// The machine of this id.
    ///
    /// # Errors
    /// When it is none of the list.
    pub(crate) fn known(&self, id: &str) -> Result<KnownMachine, ErrorBody> {
        let known = self.list().iter().find(|machine| machine.id == id).cloned();
        known.ok_or_else(|| ErrorBody::new(ErrorCode::NotFound, "This is not one of your machines."))
    }
}

/// 32 bytes that nobody can foresee, as hex.
fn random() -> Result<String, ErrorBody> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        ErrorBody::new(ErrorCode::Internal, format!("The system gives no random numbers: {error}."))
    })?;
    Ok(hex(&bytes))
}
