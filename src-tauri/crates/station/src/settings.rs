//! The station's own settings: one versioned JSON file in the data directory.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wire::fault::BadSetting;
use wire::limits::{SESSIONS, SESSIONS_PER_ADDRESS};
use wire::{FaultReason, Scope};

use atomic_file::{CutShort, Edited, Trust, Unclear, Values, Version, WriteError};

use crate::notices::{bad_values, keep_text, unclear_file};

/// Shortest time between two samples. Faster costs more than it shows.
pub const INTERVAL_MIN_MS: u32 = 500;
/// Longest time between two samples: a minute is the resolution people still call live.
pub const INTERVAL_MAX_MS: u32 = 60_000;

/// Most sessions that can be asked for: each needs a descriptor and up to 100 kB of socket buffers.
pub const SESSIONS_MAX: usize = 100_000;

/// The file, in the data directory.
pub const FILE: &str = "settings.json";

/// The newest version of the file's shape.
const VERSION: u32 = 1;

/// Settings as used. Unknown fields of a newer version are dropped on the next write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
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
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
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
            version: VERSION,
            interval_ms: 1000,
            sessions: SESSIONS,
            sessions_per_address: SESSIONS_PER_ADDRESS,
            loopback: Loopback::Processes,
            compat: Compat::default(),
        }
    }
}

impl Settings {
    /// Reads the settings of `data_dir`; and the notice to show, if anything was wrong with them. What cannot be
    /// understood stays where it is, and takes the closed choice.
    #[must_use]
    pub fn load(data_dir: &Path) -> (Self, Option<FaultReason>) {
        let path = path(data_dir);
        let (settings, unclear) = match atomic_file::read_edited(&path, Trust::Any) {
            Edited::Nothing => return (Self::default(), None),
            Edited::Whole(values) => return Self::of(&path, values),
            // The backup is of the version before, which may have allowed what this one did not.
            Edited::CutShort(CutShort { backup, malformed, .. }) => {
                (Self::of(&path, backup).0.closed(), Unclear::Malformed(malformed))
            }
            Edited::Unclear(unclear) => (Self::default().closed(), unclear),
        };
        (settings, Some(unclear_file(&path, &unclear, false)))
    }

    /// Reads them again, while the program runs: no backup is used, as somebody may be writing. `None`: there is no file.
    fn again(path: &Path) -> Result<Option<(Self, Option<FaultReason>)>, Unclear> {
        match atomic_file::read_edited(path, Trust::Any) {
            Edited::Nothing => Ok(None),
            Edited::Whole(values) => Ok(Some(Self::of(path, values))),
            Edited::CutShort(CutShort { malformed, .. }) => Err(Unclear::Malformed(malformed)),
            Edited::Unclear(unclear) => Err(unclear),
        }
    }

    /// Writes the settings; the version before stays as a backup, and what a person wrote that is not understood as a
    /// copy beside it.
    ///
    /// # Errors
    /// When the data directory cannot be written to, or the file that is there cannot be read. What was there before is
    /// untouched.
    pub fn save(&self, data_dir: &Path, now_ms: u64) -> Result<(), WriteError> {
        let path = path(data_dir);
        let understood = match Self::again(&path) {
            Ok(None) => true,
            Ok(Some((_, notice))) => !notice.is_some_and(|notice| says_more(&notice)),
            Err(_) => false,
        };
        if !understood {
            keep_text(&path, Trust::Any, now_ms)?;
        }
        atomic_file::write(&path, self)
    }

    /// The same, with all closed that may have been closed in a file of which nothing is understood.
    fn closed(self) -> Self {
        Self { loopback: Loopback::Off, compat: Compat::closed(), ..self }
    }

    /// The settings that `values` of the file at `path` are, and what is wrong with them.
    fn of(path: &Path, mut values: Values) -> (Self, Option<FaultReason>) {
        let default = Self::default();
        let (interval_ms, sessions) = (u64::from(default.interval_ms), default.sessions as u64);
        let per_address = default.sessions_per_address as u64;
        let version = values.one("version", VERSION, VERSION, &VERSION.to_string());
        let written = Written {
            interval_ms: values.one("intervalMs", interval_ms, interval_ms, &interval_ms.to_string()),
            sessions: values.one("sessions", sessions, sessions, &sessions.to_string()),
            per_address: values.one("sessionsPerAddress", per_address, per_address, &per_address.to_string()),
        };
        let loopback = values.one("loopback", default.loopback, Loopback::Off, "off");
        let compat = values.object("compat", Compat::of).unwrap_or_else(|_| Compat::closed());
        let mut bad = bad_values(path, values.wrong(), version, VERSION);
        let used = written.checked(&mut bad);
        let notice = (!bad.is_empty()).then_some(FaultReason::BadSettings { settings: bad });
        (Self { loopback, compat, ..used }, notice)
    }

    /// Time between two samples.
    #[must_use]
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms.into())
    }
}

/// The file while the program runs: what somebody writes into it meanwhile is followed.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    /// The version that was read or written last; `None` where it has to be read in any case.
    followed: Option<Version>,
    /// The settings in use are what it said, or nobody wrote one. Else what it may have closed is closed.
    known: bool,
}

/// What a look at the file gave.
#[derive(Debug)]
pub(crate) enum Followed {
    /// Nothing new.
    Nothing,
    /// These settings, and the notice to show.
    Read(Settings, Option<FaultReason>),
    /// It cannot be used, which this notice says.
    Unclear(FaultReason),
}

impl SettingsFile {
    /// The file in `data_dir`, which was read at start; whether what it says is `known`.
    pub(crate) fn of(data_dir: &Path, known: bool) -> Self {
        Self { path: path(data_dir), followed: None, known }
    }

    /// Whether the settings in use are what it said.
    pub(crate) fn is_known(&self) -> bool {
        self.known
    }

    /// What somebody wrote since the last time. It is read only where it is another version.
    pub(crate) fn follow(&mut self) -> Followed {
        // Before it is read: what is written meanwhile is read the next time.
        let version = Version::of(&self.path, Trust::Any);
        if version == self.followed && (version.is_some() || self.known) {
            return Followed::Nothing;
        }
        let read = Settings::again(&self.path);
        // What the system does not give now is asked for again.
        self.followed = version.filter(|_| !matches!(read, Err(Unclear::Unread(_))));
        match read {
            Ok(None) if self.known => Followed::Nothing,
            Ok(read) => {
                self.known = true;
                let (settings, notice) = read.unwrap_or_default();
                Followed::Read(settings, notice)
            }
            Err(unclear) => Followed::Unclear(unclear_file(&self.path, &unclear, self.known)),
        }
    }

    /// Writes `settings`.
    ///
    /// # Errors
    /// As [`Settings::save`].
    pub(crate) fn write(&mut self, settings: &Settings, now_ms: u64) -> Result<(), WriteError> {
        settings.save(self.path.parent().unwrap_or(Path::new(".")), now_ms)?;
        (self.followed, self.known) = (Version::of(&self.path, Trust::Any), true);
        Ok(())
    }
}

/// Numbers as written.
#[derive(Debug)]
struct Written {
    interval_ms: u64,
    sessions: u64,
    per_address: u64,
}

impl Written {
    /// As written → as used: a value out of bounds is moved to the nearest one and named.
    fn checked(self, moved: &mut Vec<BadSetting>) -> Settings {
        let mut within = |name: &str, value: u64, least: u64, most: u64| {
            let used = value.clamp(least, most);
            if used != value {
                let name = name.to_owned();
                moved.push(BadSetting::OutOfBounds { name, value, least, most, used });
            }
            used
        };
        let (least_ms, most_ms) = (INTERVAL_MIN_MS.into(), INTERVAL_MAX_MS.into());
        let interval_ms = within("intervalMs", self.interval_ms, least_ms, most_ms) as u32;
        let sessions = within("sessions", self.sessions, 1, SESSIONS_MAX as u64) as usize;
        let sessions_per_address =
            within("sessionsPerAddress", self.per_address, 1, SESSIONS_MAX as u64) as usize;
        Settings { interval_ms, sessions, sessions_per_address, ..Settings::default() }
    }
}

impl Compat {
    fn of(values: &mut Values) -> Self {
        let mut switch = |key: &str| values.one(key, None, Some(false), "false");
        let ws_enabled = switch("wsEnabled");
        let websocket_enabled = switch("websocketEnabled");
        let websocket_container_stats = switch("websocketContainerStats");
        let websocket_session_events = switch("websocketSessionEvents");
        let websocket_system_alerts = switch("websocketSystemAlerts");
        Self {
            ws_enabled,
            ws_metrics_interval: values.one("wsMetricsInterval", None, None, "the usual one"),
            websocket_enabled,
            websocket_container_stats,
            websocket_session_events,
            websocket_system_alerts,
        }
    }

    /// No sockets.
    fn closed() -> Self {
        let off = Some(false);
        Self {
            ws_enabled: off,
            ws_metrics_interval: None,
            websocket_enabled: off,
            websocket_container_stats: off,
            websocket_session_events: off,
            websocket_system_alerts: off,
        }
    }
}

/// Whether a file says something that its notice is about and that its next version will not: a number out of bounds is
/// understood.
fn says_more(notice: &FaultReason) -> bool {
    let FaultReason::BadSettings { settings } = notice else { return true };
    settings.iter().any(|bad| !matches!(bad, BadSetting::OutOfBounds { .. }))
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings that a file of this text gives, and the notice; the file stays as it is.
    fn load(text: &[u8]) -> (Settings, String) {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(path(directory.path()), text).unwrap();
        let (settings, notice) = Settings::load(directory.path());
        let names: Vec<_> =
            std::fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, [FILE], "nothing is renamed or put beside it");
        assert_eq!(std::fs::read(path(directory.path())).unwrap(), text);
        (settings, notice.map(|notice| notice.message("settings")).unwrap_or_default())
    }

    #[test]
    fn settings_survive_a_restart_and_a_power_cut_and_open_nothing_by_it() {
        let directory = tempfile::tempdir().unwrap();
        let open = Settings { interval_ms: 2000, loopback: Loopback::Processes, ..Settings::default() };
        let closed = Settings { loopback: Loopback::Off, ..open.clone() };
        open.save(directory.path(), 0).unwrap();
        closed.save(directory.path(), 0).unwrap();
        assert_eq!(Settings::load(directory.path()), (closed.clone(), None));
        let path = path(directory.path());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("{\n  \"versi"), "{text}");
        for half in [&b"\0\0\0\0"[..], b"{\n  \"versi", b""] {
            std::fs::write(&path, half).unwrap();
            let (again, notice) = Settings::load(directory.path());
            assert_eq!(
                again,
                Settings { compat: Compat::closed(), ..closed.clone() },
                "the backup is more open"
            );
            let notice = notice.unwrap().message("settings");
            assert!(notice.contains("settings.json is not understood"), "{notice}");
            assert_eq!(std::fs::read(&path).unwrap(), half, "so it is at the next start, too");
        }
        assert!(Settings::again(&path).is_err(), "no backup counts while the program runs");
    }

    #[test]
    fn a_key_that_is_there_twice_is_closed_and_told() {
        let text = br#"{"loopback": "off", "sessions": 7, "compat": {"wsEnabled": false, "wsEnabled": true}, "loopback": "processes"}"#;
        let (settings, notice) = load(text);
        assert_eq!((settings.loopback, settings.sessions), (Loopback::Off, 7));
        assert_eq!(settings.compat.ws_enabled, Some(false));
        assert!(notice.contains("loopback is there twice in settings.json; off is used"), "{notice}");
        assert!(notice.contains("compat.wsEnabled is there twice"), "{notice}");
    }

    #[test]
    fn what_somebody_writes_is_followed_and_read_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = path(directory.path());
        let mut file = SettingsFile::of(directory.path(), true);
        assert!(matches!(file.follow(), Followed::Nothing), "there is none");
        std::fs::write(&path, r#"{"loopback": "off"}"#).unwrap();
        let Followed::Read(settings, None) = file.follow() else { panic!("expected settings") };
        assert_eq!(settings.loopback, Loopback::Off);
        assert!(matches!(file.follow(), Followed::Nothing), "it was read");
        std::fs::write(&path, r#"{"loopback": "off",}"#).unwrap();
        assert!(matches!(file.follow(), Followed::Unclear(FaultReason::FileUnclear { before: true, .. })));
        assert!(matches!(file.follow(), Followed::Nothing), "it is the same mistake");
        let mut unknown = SettingsFile::of(directory.path(), false);
        assert!(matches!(
            unknown.follow(),
            Followed::Unclear(FaultReason::FileUnclear { before: false, .. })
        ));
        std::fs::remove_file(&path).unwrap();
        let Followed::Read(settings, None) = unknown.follow() else { panic!("expected what is usual") };
        assert_eq!((settings, unknown.is_known()), (Settings::default(), true));
    }

    #[test]
    fn what_cannot_be_understood_closes_loopback_and_stays_where_it_is() {
        let cases: [(&[u8], &str); 6] = [
            (b"{\n  \"loopback\": \"off\",\n}\n", "settings.json is not understood in line 3, column 1"),
            (b"{\"loopback\": \"off\"\n", "line 2"),
            (b"loopback = off", "line 1, column 1"),
            (b"{\"loopback\": \"\xff\"}", "not in UTF-8"),
            (b"\0\0\0\0", "cut short"),
            (br#"{"loopback": false}"#, "loopback in settings.json is not understood; off is used"),
        ];
        for (text, told) in cases {
            let (settings, notice) = load(text);
            assert_eq!(settings.loopback, Loopback::Off, "{notice}");
            assert!(notice.contains(told), "{notice}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_fault() {
        let (settings, notice) = load("\u{feff}{\"loopback\": \"view\"}".as_bytes());
        assert_eq!((settings.loopback, notice.as_str()), (Loopback::View, ""));
    }

    #[test]
    fn a_wrong_type_of_one_value_affects_that_value_only() {
        let text = br#"{"intervalMs": "fast", "sessions": 7, "loopback": "view", "sessionsPerAddress": -1,
            "compat": {"wsEnabled": "no", "websocketEnabled": true, "wsMetricsInterval": {}}}"#;
        let (settings, notice) = load(text);
        let compat = Compat { ws_enabled: Some(false), websocket_enabled: Some(true), ..Compat::default() };
        let expected = Settings { sessions: 7, loopback: Loopback::View, compat, ..Settings::default() };
        assert_eq!(settings, expected);
        for key in ["intervalMs", "sessionsPerAddress", "compat.wsEnabled", "compat.wsMetricsInterval"] {
            assert!(notice.contains(key), "{notice}");
        }
        let (settings, _) = load(br#"{"compat": [], "loopback": "view"}"#);
        assert_eq!((settings.compat, settings.loopback), (Compat::closed(), Loopback::View));
    }

    #[test]
    fn what_the_system_does_not_give_is_closed_and_never_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(path(directory.path())).unwrap();
        std::fs::write(directory.path().join("settings.json.bak"), r#"{"loopback": "processes"}"#).unwrap();
        let (settings, notice) = Settings::load(directory.path());
        assert_eq!(settings.loopback, Loopback::Off);
        let notice = notice.unwrap().message("settings");
        assert!(notice.contains("settings.json") && !notice.contains('/'), "{notice}");
        settings.save(directory.path(), 6).unwrap_err();
        assert!(path(directory.path()).is_dir());
    }

    #[test]
    fn what_a_person_wrote_is_kept_aside_before_it_is_overwritten() {
        let texts = [
            &b"{\"loopback\": \"off\",}"[..],
            br#"{"loopback": 1, "sessions": 9}"#,
            br#"{"version": 2, "more": 1}"#,
        ];
        for text in texts {
            let directory = tempfile::tempdir().unwrap();
            std::fs::write(path(directory.path()), text).unwrap();
            let (settings, _) = Settings::load(directory.path());
            Settings { interval_ms: 2000, ..settings }.save(directory.path(), 6).unwrap();
            assert_eq!(std::fs::read(directory.path().join("settings.json.kept-6")).unwrap(), text);
            Settings::default().save(directory.path(), 7).unwrap();
            assert!(!directory.path().join("settings.json.kept-7").exists(), "that was ours");
        }
    }

    #[test]
    fn a_newer_version_is_told() {
        let (settings, notice) = load(br#"{"version": 2, "loopback": "view"}"#);
        assert_eq!(settings.loopback, Loopback::View);
        assert!(notice.contains("version 2"), "{notice}");
    }

    #[test]
    fn values_out_of_bounds_are_moved_and_named() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(path(directory.path()), r#"{"intervalMs": 1, "somethingNewer": true}"#).unwrap();
        let (settings, notice) = Settings::load(directory.path());
        assert_eq!(settings.interval_ms, INTERVAL_MIN_MS);
        assert!(notice.is_some_and(|notice| notice.message("settings").contains("intervalMs 1")));
    }
}
