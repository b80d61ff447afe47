//! What a person chose in the window: one small file in the data directory, kept by the store plugin.
//!
//! The plugin writes its file in place, and a power cut in the middle would leave half of it. So the same content
//! is first written whole beside it, as `.bak`: at every moment one of the two can be read. A file that cannot be
//! read is kept aside, never overwritten, and people are told.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use station::file::{self, Found};
use tauri::{AppHandle, State, Theme};
use tauri_plugin_store::{Store, StoreBuilder};
use tracing::warn;
use wire::ErrorCode;
use wire::message::ErrorBody;

const FILE: &str = "preferences.json";
/// Largest preferences the page may write. They are a few hundred bytes; what grows without bound is a mistake.
const BYTES: usize = 64 * 1024;

/// The preferences of this window.
pub(crate) struct Preferences {
    path: PathBuf,
    store: Arc<Store<tauri::Wry>>,
    /// One write at a time: backup and file belong together.
    writing: Arc<Mutex<()>>,
    /// Nothing was ever written here.
    fresh: bool,
}

impl Preferences {
    /// Reads the preferences of `data_dir`; and what to tell people, if anything was wrong with them.
    pub(crate) fn open(
        app: &AppHandle,
        data_dir: &Path,
        now_ms: u64,
    ) -> tauri_plugin_store::Result<(Self, Option<String>)> {
        let path = data_dir.join(FILE);
        let (values, notice) = match file::read::<HashMap<String, Value>>(&path, now_ms) {
            Found::Nothing => (None, None),
            Found::Whole(values) => (Some(values), None),
            Found::Recovered(values, notice) => (Some(values.unwrap_or_default()), Some(notice)),
        };
        // Written when told to, by `write` below, never on the plugin's own timer.
        let store = StoreBuilder::new(app, &path).disable_auto_save().create_new().build()?;
        let fresh = values.is_none();
        for (key, value) in values.unwrap_or_default() {
            store.set(key, value);
        }
        // Else the plugin would write once more, in place, while the program ends.
        store.close_resource();
        Ok((Self { path, store, writing: Arc::default(), fresh }, notice))
    }

    /// Waits until what is being written is on disk: the program ends.
    pub(crate) fn finish(&self) {
        drop(self.writing.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// The theme that was chosen; `None` follows the system.
    pub(crate) fn theme(&self) -> Option<Theme> {
        match self.store.get("theme")?.as_str()? {
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
    let (store, writing, fresh) = (Arc::clone(&held.store), Arc::clone(&held.writing), held.fresh);
    let read = tauri::async_runtime::spawn_blocking(move || {
        let _nothing_half_written = writing.lock().unwrap_or_else(PoisonError::into_inner);
        let values: Map<_, _> = store.entries().into_iter().collect();
        (!values.is_empty() || !fresh).then_some(values)
    });
    read.await.map_err(|error| failed(&error))
}

/// Takes the place of everything that was chosen.
#[tauri::command]
pub(crate) async fn preferences_write(
    held: State<'_, Preferences>,
    preferences: Map<String, Value>,
) -> Result<(), ErrorBody> {
    let bytes = serde_json::to_vec_pretty(&preferences).map_err(|error| failed(&error))?;
    if bytes.len() > BYTES {
        let message = format!("preferences of {} bytes are too large; {BYTES} is the most", bytes.len());
        return Err(ErrorBody::new(ErrorCode::TooLarge, message));
    }
    let (store, path, writing) = (Arc::clone(&held.store), held.path.clone(), Arc::clone(&held.writing));
    let written = tauri::async_runtime::spawn_blocking(move || {
        let _one_at_a_time = writing.lock().unwrap_or_else(PoisonError::into_inner);
        store.clear();
        for (key, value) in preferences {
            store.set(key, value);
        }
        file::replace(&file::backup_of(&path), &bytes).map_err(|error| failed(&error))?;
        store.save().map_err(|error| failed(&error))
    });
    written.await.map_err(|error| failed(&error))?
}

fn failed(error: &dyn std::fmt::Display) -> ErrorBody {
    warn!(%error, "preferences were not kept");
    ErrorBody::new(ErrorCode::Unavailable, format!("What you chose lasts until the window closes: {error}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_file_is_kept_aside_and_the_backup_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE);
        file::replace(&file::backup_of(&path), br#"{"theme":"dark"}"#).unwrap();
        std::fs::write(&path, r#"{"theme":"da"#).unwrap();
        let Found::Recovered(Some(values), notice) = file::read::<HashMap<String, Value>>(&path, 5) else {
            panic!("expected the backup");
        };
        assert_eq!(values["theme"], "dark");
        assert!(notice.contains("preferences.json.unreadable-5"), "{notice}");
    }
}
