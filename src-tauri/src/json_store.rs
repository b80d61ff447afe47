//! A small JSON file of the data directory (`JsonStore`), written by the store plugin.
//!
//! The plugin writes its file in place, and a power cut in the middle would leave half of it. So the same content
//! is first written completely beside it, as `.bak`: at every moment one of the two can be read. A file that cannot be
//! read is renamed, never overwritten, and a notice is shown.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use atomic_file::Found;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tauri::AppHandle;
use tauri_plugin_store::{Store, StoreBuilder};
use wire::fault::UnreadableFile;

/// A file and what is in it.
pub(crate) struct JsonStore {
    path: PathBuf,
    store: Arc<Store<tauri::Wry>>,
    /// One write at a time: backup and file belong together.
    writing: Mutex<()>,
}

/// What was found when a file was opened.
#[derive(Debug)]
pub(crate) struct Opened<T> {
    /// Its content; `None` where nothing was ever written, or it cannot be read any more.
    pub(crate) values: Option<T>,
    /// Nothing was ever written here.
    pub(crate) fresh: bool,
    /// The notice to show, if anything was wrong with it.
    pub(crate) notice: Option<UnreadableFile>,
}

/// It could not be written; what is on disk is what was there before.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The values are no JSON object.
    #[error("put into words: {0}")]
    Words(#[from] serde_json::Error),
    /// The backup could not be written.
    #[error("{0}")]
    Backup(#[from] std::io::Error),
    /// The file could not be written.
    #[error("{0}")]
    Store(#[from] tauri_plugin_store::Error),
}

impl JsonStore {
    /// Opens the file `name` of `data_dir`, which contains a `T`: a JSON object.
    pub(crate) fn open<T: Serialize + DeserializeOwned>(
        app: &AppHandle,
        data_dir: &Path,
        name: &str,
        now_ms: u64,
    ) -> Result<(Self, Opened<T>), StoreError> {
        let path = data_dir.join(name);
        let opened = find(&path, now_ms);
        // Written by `replace` below only, never on the plugin's own timer.
        let store = StoreBuilder::new(app, &path).disable_auto_save().create_new().build()?;
        if let Some(values) = &opened.values {
            for (key, value) in object(values)? {
                store.set(key, value);
            }
        }
        // Else the plugin would write once more, in place, while the program ends.
        store.close_resource();
        Ok((Self { path, store, writing: Mutex::default() }, opened))
    }

    /// One value of it.
    pub(crate) fn get(&self, key: &str) -> Option<Value> {
        self.store.get(key)
    }

    /// All of it that is on disk. Waits for the disk.
    pub(crate) fn all(&self) -> Map<String, Value> {
        let _nothing_half_written = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.store.entries().into_iter().collect()
    }

    /// Replaces all of it. Waits for the disk.
    pub(crate) fn replace<T: Serialize>(&self, values: &T) -> Result<(), StoreError> {
        let values = object(values)?;
        let bytes = serde_json::to_vec_pretty(&values)?;
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.store.clear();
        for (key, value) in values {
            self.store.set(key, value);
        }
        atomic_file::replace(&atomic_file::backup_of(&self.path), &bytes)?;
        // The plugin writes in place, and makes a new file as the umask has it.
        atomic_file::make_private(&self.path)?;
        Ok(self.store.save()?)
    }

    /// Waits until what is being written is on disk: the program ends.
    pub(crate) fn finish(&self) {
        drop(self.writing.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn find<T: DeserializeOwned>(path: &Path, now_ms: u64) -> Opened<T> {
    match atomic_file::read(path, now_ms) {
        Found::Nothing => Opened { values: None, fresh: true, notice: None },
        Found::Whole(values) => Opened { values: Some(values), fresh: false, notice: None },
        Found::Recovered(values, file) => {
            Opened { values, fresh: false, notice: Some(station::unreadable_file(file)) }
        }
        Found::Unread(why) => {
            let (path, cause, aside) = (path.to_owned(), why.to_string(), Err(why.into()));
            let file = atomic_file::Unreadable { path, cause, aside, backup: false };
            Opened { values: None, fresh: false, notice: Some(station::unreadable_file(file)) }
        }
    }
}

fn object<T: Serialize>(values: &T) -> serde_json::Result<Map<String, Value>> {
    serde_json::from_value(serde_json::to_value(values)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_file_is_kept_aside_and_the_backup_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("preferences.json");
        assert!(find::<Map<String, Value>>(&path, 4).fresh);
        atomic_file::replace(&atomic_file::backup_of(&path), br#"{"theme":"dark"}"#).unwrap();
        std::fs::write(&path, r#"{"theme":"da"#).unwrap();
        let opened = find::<Map<String, Value>>(&path, 5);
        assert_eq!(opened.values.unwrap()["theme"], "dark");
        assert!(!opened.fresh);
        let notice = opened.notice.unwrap().to_string();
        assert!(notice.contains("preferences.json.unreadable-5"), "{notice}");
    }
}
