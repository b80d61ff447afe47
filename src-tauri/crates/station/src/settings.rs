//! The station's own settings: one versioned JSON file in the data directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::file::{self, Found, WriteError};

/// Shortest time between two samples. Faster costs more than it shows.
pub const INTERVAL_MIN_MS: u32 = 500;
/// Longest time between two samples: a minute is the resolution people still call live.
pub const INTERVAL_MAX_MS: u32 = 60_000;

/// Settings as used. Unknown fields of a newer version are dropped on the next write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Version of this file's shape.
    pub version: u32,
    /// Time between two samples, in milliseconds.
    pub interval_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { version: 1, interval_ms: 1000 }
    }
}

impl Settings {
    /// Reads the settings of `data_dir`; and what to tell people, if anything was wrong with them.
    #[must_use]
    pub fn load(data_dir: &Path, now_ms: u64) -> (Self, Option<String>) {
        match file::read::<Self>(&path(data_dir), now_ms) {
            Found::Nothing => (Self::default(), None),
            Found::Whole(settings) => settings.checked(),
            Found::Recovered(settings, notice) => (settings.unwrap_or_default().checked().0, Some(notice)),
        }
    }

    /// Writes the settings; the version before stays as a backup.
    ///
    /// # Errors
    /// When the data directory cannot be written to. What was there before is untouched.
    pub fn save(&self, data_dir: &Path) -> Result<(), WriteError> {
        file::write(&path(data_dir), self)
    }

    /// Time between two samples.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms.into())
    }

    /// As written → as used: a value out of bounds is moved to the nearest one and named.
    fn checked(self) -> (Self, Option<String>) {
        let interval_ms = self.interval_ms.clamp(INTERVAL_MIN_MS, INTERVAL_MAX_MS);
        let notice = (interval_ms != self.interval_ms).then(|| {
            format!(
                "intervalMs {} in settings.json is not within {INTERVAL_MIN_MS} to {INTERVAL_MAX_MS}; {interval_ms} is used.",
                self.interval_ms
            )
        });
        (Self { interval_ms, ..self }, notice)
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("settings.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_restart_and_an_unreadable_file_is_announced() {
        let directory = tempfile::tempdir().unwrap();
        let settings = Settings { interval_ms: 2000, ..Settings::default() };
        settings.save(directory.path()).unwrap();
        assert_eq!(Settings::load(directory.path(), 0), (settings, None));
        std::fs::write(path(directory.path()), "not json").unwrap();
        let (settings, notice) = Settings::load(directory.path(), 5);
        assert_eq!(settings, Settings::default());
        assert!(notice.is_some_and(|notice| notice.contains("unreadable-5")));
    }

    #[test]
    fn values_out_of_bounds_are_moved_and_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(path(directory.path()), r#"{"intervalMs": 1, "somethingNewer": true}"#).unwrap();
        let (settings, notice) = Settings::load(directory.path(), 0);
        assert_eq!(settings.interval_ms, INTERVAL_MIN_MS);
        assert!(notice.is_some_and(|notice| notice.contains("intervalMs 1")));
    }
}
