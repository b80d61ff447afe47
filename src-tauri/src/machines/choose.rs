//! The list of machines to a file and from one, which the person chooses in the system's own dialog.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{State, WebviewWindow};
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;
use wire::fleet::MachineList;
use wire::message::ErrorBody;
use wire::window_reason::WindowReason;

use super::blocking::run_blocking;
use super::{Machines, transfer};

/// The suggested name of the file.
const FILE_NAME: &str = "sightline-machines.json";

/// Whether a dialog is open: there is one at a time.
#[derive(Debug, Default)]
pub(crate) struct Choosing(AtomicBool);

/// Writes the list to a file that the person chooses; its path, or `null` where none was chosen.
#[tauri::command]
pub(crate) async fn machines_export(
    window: WebviewWindow,
    choosing: State<'_, Choosing>,
    machines: State<'_, Arc<Machines>>,
) -> Result<Option<String>, ErrorBody> {
    let ask = |dialog: FileDialogBuilder<tauri::Wry>, tell: oneshot::Sender<Option<FilePath>>| {
        dialog.set_title("Export machines").set_file_name(FILE_NAME).save_file(move |path| {
            let _nobody_waits_any_more = tell.send(path);
        });
    };
    let Some(path) = choosing.choose(&window, ask).await? else { return Ok(None) };
    let list = machines.list();
    run_blocking(move || {
        transfer::write(&path, &list)?;
        Ok(Some(path.display().to_string()))
    })
    .await
}

/// Adds what is in a file that the person chooses; `null` where none was chosen.
#[tauri::command]
pub(crate) async fn machines_import(
    window: WebviewWindow,
    choosing: State<'_, Choosing>,
    machines: State<'_, Arc<Machines>>,
) -> Result<Option<MachineList>, ErrorBody> {
    let ask = |dialog: FileDialogBuilder<tauri::Wry>, tell: oneshot::Sender<Option<FilePath>>| {
        dialog.set_title("Import machines").pick_file(move |path| {
            let _nobody_waits_any_more = tell.send(path);
        });
    };
    let Some(path) = choosing.choose(&window, ask).await? else { return Ok(None) };
    let machines = Arc::clone(&machines);
    run_blocking(move || {
        machines.change(|list| {
            *list = transfer::read(&path, list, station::clock::unix_ms())?;
            Ok(())
        })?;
        Ok(Some(machines.list_data()))
    })
    .await
}

impl Choosing {
    /// The file that the person chooses in the dialog that `ask` opens.
    async fn choose(
        &self,
        window: &WebviewWindow,
        ask: impl FnOnce(FileDialogBuilder<tauri::Wry>, oneshot::Sender<Option<FilePath>>),
    ) -> Result<Option<PathBuf>, ErrorBody> {
        if self.0.swap(true, Ordering::Relaxed) {
            return Err(WindowReason::DialogOpen.into());
        }
        let (tell, chosen) = oneshot::channel();
        let dialog = window.dialog().file().set_parent(window);
        ask(dialog.add_filter("Machines of Sightline", &["json"]), tell);
        let chosen = chosen.await.ok().flatten();
        self.0.store(false, Ordering::Relaxed);
        let path = chosen.map(FilePath::into_path).transpose();
        path.map_err(|error| WindowReason::NoSuchFile { detail: error.to_string() }.into())
    }
}
