//! The other machines that a person added: the list of them, on disk, and their tokens, in the keyring. The page sees the
//! list and never a token; requests that a page may not send itself are sent by this program.
//!
//! In reading order: [`rules`] (validation of the list) → [`tokens`] → [`transfer`] (the list as a file)
//! with [`choose`] (which file) → [`pair`] (how one is added) → [`links`] (what a link of the page needs)
//! → [`sockets`] (WebSockets that are opened for it) → [`watcher`] (sessions while there is no page).

mod blocking;
pub(crate) mod choose;
pub(crate) mod links;
pub(crate) mod pair;
mod rules;
pub(crate) mod sockets;
pub(crate) mod tokens;
mod transfer;
mod typed;
pub(crate) mod watcher;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use client::found::Browser;
use client::secrets::{Known, Token};
use lan::demo::DemoMachine;
use serde::{Deserialize, Serialize};
use station::Handle;
use tauri::{AppHandle, State};
use tokio::sync::watch;
use tracing::warn;
use wire::fault::UnreadableFile;
use wire::fleet::{KnownMachine, MachineList};
use wire::limits::{MACHINES, NAME_CHARS};
use wire::list_reason::ListReason;
use wire::message::ErrorBody;
use wire::pin::Pin;
use wire::window_reason::WindowReason;

use self::blocking::run_blocking;
use crate::json_store::{JsonStore, StoreError};
use tokens::Tokens;

#[cfg(test)]
pub(crate) use rules::machine;

const FILE: &str = "machines.json";

/// The list of machines, and their tokens.
pub(crate) struct Machines {
    file: JsonStore,
    list: watch::Sender<Arc<[KnownMachine]>>,
    /// One change at a time: what is on disk and what is in memory are the same.
    changing: Mutex<()>,
    tokens: Arc<Tokens>,
    station: Handle,
    /// Browses for machines while the page asks for them; not in a demo.
    browser: Option<Browser>,
}

/// The content of the file.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Held {
    machines: Vec<KnownMachine>,
}

impl Machines {
    /// Reads the list of `data_dir`, or begins with the machines of a demo; and the notice to show, if anything was wrong
    /// with it.
    pub(crate) fn open(
        app: &AppHandle,
        data_dir: &Path,
        station: Handle,
        demo: Option<&[DemoMachine]>,
        now_ms: u64,
    ) -> Result<(Arc<Self>, Option<UnreadableFile>), StoreError> {
        let (file, opened) = JsonStore::open::<Held>(app, data_dir, FILE, now_ms)?;
        let kept = opened.values.unwrap_or_default().machines;
        // All of them encrypt: what was paired before that proves itself over an encrypted link, and is pinned then.
        let kept = kept.into_iter().map(|machine| KnownMachine { secure: true, ..machine }).collect();
        let (list, tokens, browser) = match demo {
            None => (kept, Tokens::open(data_dir), Some(Browser::start(&station.machine().id))),
            Some(played) => {
                let list = played.iter().map(|machine| rules::recorded(machine, now_ms)).collect();
                (list, Tokens::in_memory(played.iter().map(opened_by)), None)
            }
        };
        let machines = Self {
            file,
            list: watch::Sender::new(sound(list)),
            changing: Mutex::default(),
            tokens: Arc::new(tokens),
            browser,
            station,
        };
        machines.look_for_paired();
        Ok((Arc::new(machines), opened.notice))
    }

    /// The machines, in the person's order.
    pub(crate) fn list(&self) -> Arc<[KnownMachine]> {
        Arc::clone(&self.list.borrow())
    }

    /// Changes the list, on disk first. Waits for the disk.
    ///
    /// # Errors
    /// The error of `change`, or of writing to the disk; then nothing is changed.
    pub(crate) fn change<T>(
        &self,
        change: impl FnOnce(&mut Vec<KnownMachine>) -> Result<T, ErrorBody>,
    ) -> Result<T, ErrorBody> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut machines = self.list().to_vec();
        let outcome = change(&mut machines)?;
        let held = Held { machines };
        self.file.replace(&held).map_err(|error| {
            warn!(%error, "the list of machines was not kept");
            ListReason::NotKept { detail: error.to_string() }
        })?;
        self.list.send_replace(held.machines.into());
        self.look_for_paired();
        Ok(outcome)
    }

    fn look_for_paired(&self) {
        if let Some(browser) = &self.browser {
            browser.paired(self.list().iter().map(|machine| machine.id.clone()));
        }
    }

    /// Waits until what is being written is on disk: the program ends.
    pub(crate) fn finish(&self) {
        self.file.finish();
    }

    /// The name of this program, where it pairs.
    fn called(&self) -> String {
        let name = format!("Sightline on {}", self.station.machine().name);
        name.chars().take(NAME_CHARS).collect()
    }

    /// The id of this machine itself.
    fn own_id(&self) -> String {
        self.station.machine().id.clone()
    }

    /// The token of `machine`, if this program was paired with it.
    async fn found_pass(&self, machine: &KnownMachine) -> Result<Option<Known>, ErrorBody> {
        let token = self.tokens.find(&machine.id).await?;
        Ok(token.map(|token| Known { machine_id: machine.id.clone(), token }))
    }

    /// The token of `machine`.
    ///
    /// # Errors
    /// When this program was never paired with it.
    pub(crate) async fn pass(&self, machine: &KnownMachine) -> Result<Known, ErrorBody> {
        let found = self.found_pass(machine).await?;
        found.ok_or_else(|| WindowReason::NotPaired { name: machine.name.clone() }.into())
    }

    /// Keeps the key of a machine that was paired before its links were encrypted, and has now proven itself over it. One
    /// that has a pin keeps that.
    pub(crate) async fn pin(&self, mut known: Known, pin: Option<Pin>) {
        if known.token.pin.is_some() || pin.is_none() {
            return;
        }
        known.token.pin = pin;
        if let Err(error) = self.tokens.keep(&known).await {
            warn!(%error, "the key of a machine is not kept");
        }
    }

    /// Changes with every change of the list.
    pub(crate) fn changes(&self) -> watch::Receiver<Arc<[KnownMachine]>> {
        self.list.subscribe()
    }

    fn list_data(&self) -> MachineList {
        MachineList { machines: self.list().to_vec(), demo: self.browser.is_none() }
    }
}

/// The machines.
#[tauri::command]
pub(crate) async fn machines_read(machines: State<'_, Arc<Machines>>) -> Result<MachineList, ErrorBody> {
    Ok(machines.list_data())
}

/// Replaces the whole list: order, names, tags, addresses. A machine that is left out is removed, and its token deleted.
#[tauri::command]
pub(crate) async fn machines_save(
    machines: Vec<KnownMachine>,
    held: State<'_, Arc<Machines>>,
) -> Result<MachineList, ErrorBody> {
    let held = Arc::clone(&held);
    run_blocking(move || {
        let removed = held.change(|list| {
            let before = std::mem::take(list);
            *list = rules::replaced(&before, machines)?;
            let stays = |machine: &KnownMachine| list.iter().any(|kept| kept.id == machine.id);
            Ok(before.into_iter().filter(|machine| !stays(machine)).collect::<Vec<_>>())
        })?;
        for machine in removed {
            held.tokens.forget(machine.id);
        }
        Ok(held.list_data())
    })
    .await
}

/// The token of a machine of a demo.
fn opened_by(machine: &DemoMachine) -> Known {
    let token = Token { id: machine.token_id.clone(), secret: machine.secret.clone(), pin: None };
    Known { machine_id: machine.id.clone(), token }
}

/// What of a list that was read can be used: a person may have written into the file.
fn sound(read: Vec<KnownMachine>) -> Arc<[KnownMachine]> {
    let mut list: Vec<KnownMachine> = Vec::new();
    for machine in read {
        match rules::checked(machine) {
            Ok(machine) if list.len() < MACHINES && list.iter().all(|kept| kept.id != machine.id) => {
                list.push(machine);
            }
            Ok(machine) => warn!(id = machine.id, "a machine of the file is passed over"),
            Err(error) => warn!(%error, "a machine of the file is passed over"),
        }
    }
    list.into()
}

#[cfg(test)]
mod tests {
    use super::rules::machine;
    use super::*;

    #[test]
    fn of_a_file_that_people_wrote_into_what_is_sound_is_used() {
        let nameless = machine("b", "");
        let read = vec![machine("a", "nas"), nameless, machine("a", "nas again"), machine("c", "desk")];
        let names: Vec<_> = sound(read).iter().map(|machine| machine.name.clone()).collect();
        assert_eq!(names, ["nas", "desk"]);
    }
}
