//! A cache of the tokens of other machines: each is looked up in the keyring once, which may take a moment, and kept in
//! memory from then on, since every new link needs it.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use client::secrets::{Known, Secrets, Token};
use tracing::{info, warn};
use wire::message::ErrorBody;
use wire::window_reason::WindowReason;

use super::blocking::run_blocking;

/// All tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// `None`: nowhere but in memory.
    secrets: Option<Secrets>,
    /// One look-up at a time: the keyring may be asking its owner.
    asking: Mutex<()>,
    found: Mutex<HashMap<String, Token>>,
}

impl Tokens {
    /// Those of `data_dir` and of the keyring. Asks neither.
    pub(crate) fn open(data_dir: &Path) -> Self {
        Self { secrets: Some(Secrets::open(data_dir)), asking: Mutex::default(), found: Mutex::default() }
    }

    /// `known`, and what is added later, for as long as this program runs.
    pub(crate) fn in_memory(known: impl Iterator<Item = Known>) -> Self {
        let found = known.map(|known| (known.machine_id, known.token)).collect();
        Self { secrets: None, asking: Mutex::default(), found: Mutex::new(found) }
    }

    /// The token of the machine of this id, if there is one.
    pub(crate) async fn find(self: &Arc<Self>, id: &str) -> Result<Option<Token>, ErrorBody> {
        if let Some(token) = self.found().get(id) {
            return Ok(Some(token.clone()));
        }
        let (tokens, id) = (Arc::clone(self), id.to_owned());
        run_blocking(move || {
            let _one_at_a_time = tokens.asking.lock().unwrap_or_else(PoisonError::into_inner);
            let token = tokens.secrets.as_ref().and_then(|secrets| secrets.find(&id));
            if let Some(token) = &token {
                tokens.found().insert(id, token.clone());
            }
            Ok(token)
        })
        .await
    }

    /// Stores the token of a machine, in place of the one before.
    pub(crate) async fn keep(self: &Arc<Self>, known: &Known) -> Result<(), ErrorBody> {
        let tokens = Arc::clone(self);
        let Known { machine_id: id, token } = known.clone();
        run_blocking(move || {
            let _one_at_a_time = tokens.asking.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(secrets) = &tokens.secrets {
                let place = secrets
                    .keep(&id, &token)
                    .map_err(|error| WindowReason::TokenNotKept { detail: error.to_string() })?;
                info!(?place, "what opens a machine is kept");
            }
            tokens.found().insert(id, token);
            Ok(())
        })
        .await
    }

    /// Deletes the token of the machine of this id: here at once, in the keyring as soon as that answers.
    pub(crate) fn forget(self: &Arc<Self>, id: String) {
        self.found().remove(&id);
        let tokens = Arc::clone(self);
        tauri::async_runtime::spawn_blocking(move || {
            let _one_at_a_time = tokens.asking.lock().unwrap_or_else(PoisonError::into_inner);
            // Paired anew meanwhile: the one to be deleted is replaced already.
            if tokens.found().contains_key(&id) {
                return;
            }
            if let Some(secrets) = &tokens.secrets
                && let Err(error) = secrets.forget(&id)
            {
                warn!(%error, "a token was not forgotten");
            }
        });
    }

    fn found(&self) -> MutexGuard<'_, HashMap<String, Token>> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
