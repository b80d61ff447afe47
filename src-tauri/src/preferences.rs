//! Preferences of the window: one small file in the data directory.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};
use tauri::{AppHandle, State, Theme};
use tracing::warn;
use wire::fault::UnreadableFile;
use wire::message::ErrorBody;
use wire::window_reason::WindowReason;

use crate::json_store::{JsonStore, StoreError};

const FILE: &str = "preferences.json";
/// Largest preferences the page may write. They are a few hundred bytes; what grows without bound is a mistake.
const BYTES: usize = 64 * 1024;

/// The preferences of this window.
pub(crate) struct Preferences {
    file: Arc<JsonStore>,
    /// Nothing was ever written here.
    fresh: bool,
}

impl Preferences {
    /// Reads the preferences of `data_dir`; and the notice to show, if anything was wrong with them.
    pub(crate) fn open(
        app: &AppHandle,
        data_dir: &Path,
        now_ms: u64,
    ) -> Result<(Self, Option<UnreadableFile>), StoreError> {
        let (file, opened) = JsonStore::open::<Map<String, Value>>(app, data_dir, FILE, now_ms)?;
        Ok((Self { file: Arc::new(file), fresh: opened.fresh }, opened.notice))
    }

    /// Waits until what is being written is on disk: the program ends.
    pub(crate) fn finish(&self) {
        self.file.finish();
    }

    /// The theme that was chosen; `None` follows the system.
    pub(crate) fn theme(&self) -> Option<Theme> {
        match self.file.get("theme")?.as_str()? {
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
        }
    }
}

/// Everything that was chosen and is on disk; `null` where nothing ever was.
#[tauri::command]
pub(crate) async fn preferences_read(
    held: State<'_, Preferences>,
) -> Result<Option<Map<String, Value>>, ErrorBody> {
    let (file, fresh) = (Arc::clone(&held.file), held.fresh);
    let read = tauri::async_runtime::spawn_blocking(move || {
        let values = file.all();
        (!values.is_empty() || !fresh).then_some(values)
    });
    read.await.map_err(|error| failed(&error))
}

/// Replaces all preferences.
#[tauri::command]
pub(crate) async fn preferences_write(
    held: State<'_, Preferences>,
    preferences: Map<String, Value>,
) -> Result<(), ErrorBody> {
    let bytes = serde_json::to_vec_pretty(&preferences).map_err(|error| failed(&error))?.len();
    if bytes > BYTES {
        return Err(WindowReason::PreferencesTooLarge { bytes, most: BYTES }.into());
    }
    let file = Arc::clone(&held.file);
    let written = tauri::async_runtime::spawn_blocking(move || file.replace(&preferences));
    written.await.map_err(|error| failed(&error))?.map_err(|error| failed(&error))
}

fn failed(error: &dyn std::fmt::Display) -> ErrorBody {
    warn!(%error, "preferences were not kept");
    WindowReason::PreferencesNotKept { detail: error.to_string() }.into()
}
