//! Commands for the page's links to other machines, for what a page cannot do itself: prove that this program knows the
//! token, which the page never sees; diagnose why a link failed; poll figures over HTTP, which the same-origin policy
//! forbids to the page; list the machines on the network.

use std::sync::Arc;
use std::time::Duration;

use client::poll::poll;
use client::probe;
use client::stream::OpenError;
use tauri::State;
use tauri::ipc::Response;
use tokio::time::timeout;
use tracing::warn;
use wire::Reason;
use wire::diagnosis::Diagnosis;
use wire::fleet::{FoundMachine, FoundMachines, KnownMachine, Probe, Proof};
use wire::limits::PULL_WAIT;
use wire::message::ErrorBody;
use wire::proof::{Challenge, hex};
use wire::window_reason::WindowReason;

use super::Machines;
use super::typed::typed;
use super::watcher::Watcher;

/// Longest nonce that is answered: a machine sends 64 characters.
const NONCE_CHARS: usize = 256;
/// How long figures are waited for, at all addresses of a machine together; the page asks every five seconds.
const POLL: Duration = Duration::from_secs(10);

/// The proof for a challenge that came over the link to machine `id`, and that claims to be of `machine_id`.
#[tauri::command]
pub(crate) async fn machine_prove(
    id: String,
    machine_id: String,
    nonce: String,
    machines: State<'_, Arc<Machines>>,
    watcher: State<'_, Watcher>,
) -> Result<Proof, ErrorBody> {
    let machine = machines.known(&id)?;
    if machine_id != id {
        return Err(WindowReason::OtherMachine { name: machine.name }.into());
    }
    if nonce.len() > NONCE_CHARS {
        return Err(WindowReason::NoChallenge.into());
    }
    let token = machines.pass(&machine).await?.token;
    // A page that hung and goes on may open a link before it takes over all of them.
    watcher.step_back(false).await?;
    let ours = random()?;
    let challenge = Challenge { machine_id: &machine_id, server_nonce: &nonce, client_nonce: &ours };
    let mac = token.secret.prove(&challenge);
    let server_mac = token.secret.verifier().prove(&challenge);
    Ok(Proof { token_id: token.id, nonce: ours, mac, server_mac })
}

/// Why machine `id` cannot be watched at `address`; without `id`, what answers there. Within ten seconds.
#[tauri::command]
pub(crate) async fn machine_probe(
    id: Option<String>,
    address: String,
    secure: bool,
    machines: State<'_, Arc<Machines>>,
) -> Result<Probe, ErrorBody> {
    let address = typed(&address)?;
    let known = match id {
        Some(id) => {
            let machine = machines.known(&id)?;
            let known = machines.found_pass(&machine).await?;
            if known.as_ref().is_some_and(|known| Machines::is_unpinned(&machine, known)) {
                return Ok(Probe::new(&address, Diagnosis::NotPinned));
            }
            known
        }
        None => None,
    };
    Ok(probe::probe(&address, secure, known.as_ref()).await)
}

/// The last sample of machine `id`, complete, as the raw JSON of a [`wire::message::SnapshotBody`].
#[tauri::command]
pub(crate) async fn machine_poll(
    id: String,
    machines: State<'_, Arc<Machines>>,
) -> Result<Response, ErrorBody> {
    let machine = machines.known(&id)?;
    let known = machines.pass(&machine).await?;
    if Machines::is_unpinned(&machine, &known) {
        let address = machine.addresses.first().map(String::as_str).unwrap_or_default();
        return Err(WindowReason::NotReached { probe: Probe::new(address, Diagnosis::NotPinned) }.into());
    }
    let polling = async {
        let mut failed = None;
        for address in machine.addresses.iter().filter_map(|address| address.parse().ok()) {
            match poll(&address, machine.secure, Some(&known)).await {
                Ok(sample) => return Ok(sample),
                // The first one is where it was last.
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        Err(failed)
    };
    let polled = timeout(POLL, polling).await.unwrap_or(Err(None));
    polled.map(|sample| Response::new(sample.to_vec())).map_err(|error| unpolled(&machine, error))
}

/// What is found on the network, as soon as it is another version than `after`, and in two seconds in any case.
/// Browsing goes on while this is called.
#[tauri::command]
pub(crate) async fn machines_found(
    after: u64,
    machines: State<'_, Arc<Machines>>,
) -> Result<FoundMachines, ErrorBody> {
    let Some(browser) = &machines.browser else {
        tokio::time::sleep(PULL_WAIT).await;
        return Ok(FoundMachines { version: after, ..FoundMachines::default() });
    };
    Ok(browser.after(after, PULL_WAIT).await)
}

/// Why there are no figures of `machine`.
fn unpolled(machine: &KnownMachine, error: Option<OpenError>) -> ErrorBody {
    let Some(error) = error else {
        return WindowReason::NoAnswer { name: machine.name.clone() }.into();
    };
    WindowReason::NotReached { probe: probe::of(&error) }.into()
}

impl Machines {
    /// The machines that are found on the network at the moment; none in a demo.
    pub(super) async fn announced(&self) -> Vec<FoundMachine> {
        match &self.browser {
            Some(browser) => browser.after(0, Duration::ZERO).await.machines,
            None => Vec::new(),
        }
    }

    /// The machine of this id.
    ///
    /// # Errors
    /// When it is none of the list.
    pub(crate) fn known(&self, id: &str) -> Result<KnownMachine, ErrorBody> {
        let known = self.list().iter().find(|machine| machine.id == id).cloned();
        known.ok_or_else(|| WindowReason::NotListed.into())
    }
}

/// 32 random bytes, as hex.
fn random() -> Result<String, ErrorBody> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| {
        warn!(%error, "the system gives no random numbers");
        Reason::NoRandom
    })?;
    Ok(hex(&bytes))
}
