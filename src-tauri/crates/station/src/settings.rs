//! The station's own settings: one versioned JSON file in the data directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wire::fault::BadSetting;
use wire::limits::{SESSIONS, SESSIONS_PER_ADDRESS};
use wire::{FaultReason, Scope};

use atomic_file::{Found, WriteError};

use crate::notices::unreadable_file;

/// Shortest time between two samples. Faster costs more than it shows.
pub const INTERVAL_MIN_MS: u32 = 500;
/// Longest time between two samples: a minute is the resolution people still call live.
pub const INTERVAL_MAX_MS: u32 = 60_000;

/// Most sessions that can be asked for: each needs a descriptor and up to 100 kB of socket buffers.
pub const SESSIONS_MAX: usize = 100_000;

/// Settings as used. Unknown fields of a newer version are dropped on the next write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Version of this file's shape.
    pub version: u32,
    /// Time between two samples, in milliseconds.
    pub interval_ms: u32,
    /// Sessions served at once.
    pub sessions: usize,
    /// Sessions from one address.
    pub sessions_per_address: usize,
    /// What programs on this computer may see without a token.
    pub loopback: Loopback,
    /// How existing clients are served.
    pub compat: Compat,
}

/// What programs on this computer may see without a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Loopback {
    /// Nothing.
    Off,
    /// Numbers and process names.
    View,
    /// Owners and command lines too.
    Processes,
}

impl Loopback {
    /// The scope that goes with it, if any.
    #[must_use]
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Loopback::Off => None,
            Loopback::View => Some(Scope::View),
            Loopback::Processes => Some(Scope::Processes),
        }
    }
}

/// How existing clients are served; read at start. An environment variable of the name given goes before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Compat {
    /// `WS_ENABLED`: sockets of application managers and device dashboards.
    pub ws_enabled: Option<bool>,
    /// `WS_METRICS_INTERVAL`: milliseconds between two messages to application managers.
    pub ws_metrics_interval: Option<u64>,
    /// `WEBSOCKET_ENABLED`: the socket of container dashboards.
    pub websocket_enabled: Option<bool>,
    /// `WEBSOCKET_CONTAINER_STATS`: containers in their updates.
    pub websocket_container_stats: Option<bool>,
    /// `WEBSOCKET_SESSION_EVENTS`: a message when a session begins or ends.
    pub websocket_session_events: Option<bool>,
    /// `WEBSOCKET_SYSTEM_ALERTS`: a message for each alert.
    pub websocket_system_alerts: Option<bool>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 1,
            interval_ms: 1000,
            sessions: SESSIONS,
            sessions_per_address: SESSIONS_PER_ADDRESS,
            loopback: Loopback::Processes,
            compat: Compat::default(),
        }
    }
}

impl Settings {
    /// Reads the settings of `data_dir`; and the notice to show, if anything was wrong with them.
    #[must_use]
    pub fn load(data_dir: &Path, now_ms: u64) -> (Self, Option<FaultReason>) {
        match atomic_file::read::<Self>(&path(data_dir), now_ms) {
            Found::Nothing => (Self::default(), None),
            Found::Whole(settings) => settings.checked(),
            Found::Recovered(settings, file) => {
                (settings.unwrap_or_default().checked().0, Some(unreadable_file(file).into()))
            }
        }
    }

    /// Writes the settings; the version before stays as a backup.
    ///
    /// # Errors
    /// When the data directory cannot be written to. What was there before is untouched.
    pub fn save(&self, data_dir: &Path) -> Result<(), WriteError> {
        atomic_file::write(&path(data_dir), self)
    }

    /// Time between two samples.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms.into())
    }

    /// As written → as used: a value out of bounds is moved to the nearest one and named.
    fn checked(self) -> (Self, Option<FaultReason>) {
        let mut moved = Vec::new();
        let mut within = |name: &str, value: usize, least: usize, most: usize| {
            let used = value.clamp(least, most);
            if used != value {
                moved.push(BadSetting::OutOfBounds {
                    name: name.to_owned(),
                    value: value as u64,
                    least: least as u64,
                    most: most as u64,
                    used: used as u64,
                });
            }
            used
        };
        let interval_ms = within(
            "intervalMs",
            self.interval_ms as usize,
            INTERVAL_MIN_MS as usize,
            INTERVAL_MAX_MS as usize,
        ) as u32;
        let sessions = within("sessions", self.sessions, 1, SESSIONS_MAX);
        let sessions_per_address = within("sessionsPerAddress", self.sessions_per_address, 1, SESSIONS_MAX);
        let notice = (!moved.is_empty()).then_some(FaultReason::BadSettings { settings: moved });
        (Self { interval_ms, sessions, sessions_per_address, ..self }, notice)
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
        assert!(notice.is_some_and(|notice| notice.message("settings").contains("unreadable-5")));
    }

    #[test]
    fn values_out_of_bounds_are_moved_and_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(path(directory.path()), r#"{"intervalMs": 1, "somethingNewer": true}"#).unwrap();
        let (settings, notice) = Settings::load(directory.path(), 0);
        assert_eq!(settings.interval_ms, INTERVAL_MIN_MS);
        assert!(notice.is_some_and(|notice| notice.message("settings").contains("intervalMs 1")));
    }
}
