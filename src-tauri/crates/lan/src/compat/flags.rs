//! The flags of existing clients, by the names of their environment variables.
//!
//! An environment variable takes precedence over the settings; both are read once, when the server starts. An invalid
//! value is reported by a notice, and the nearest valid one is used.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;
use wire::fault::BadSetting;
use wire::{ErrorCode, FaultReason};

use crate::error_response::ErrorResponse;

/// Milliseconds between two `metrics` of an application manager, by default.
const METRICS_EVERY_MS: u64 = 5_000;
/// Shortest: the station itself samples no faster.
const METRICS_EVERY_MIN_MS: u64 = 500;
/// Longest: an hour. Whoever wants less wants `WS_ENABLED=false`.
const METRICS_EVERY_MAX_MS: u64 = 60 * 60 * 1000;

/// The variable of the time between two `metrics`.
const INTERVAL: &str = "WS_METRICS_INTERVAL";

/// The flags as used, and as the statistics show them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = WsFlags)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) struct Flags {
    /// Sockets of application managers and device dashboards.
    pub(crate) ws_enabled: bool,
    /// Time between two messages to an application manager.
    #[serde(serialize_with = "milliseconds")]
    #[schema(value_type = u64)]
    pub(crate) ws_metrics_interval: Duration,
    /// The socket of container dashboards.
    pub(crate) websocket_enabled: bool,
    /// Containers in their updates.
    pub(crate) websocket_container_stats: bool,
    /// A message to them when a session begins or ends.
    pub(crate) websocket_session_events: bool,
    /// A message to them for each alert.
    pub(crate) websocket_system_alerts: bool,
}

impl Flags {
    /// The flags by `environment` (a variable's value, if it is set), else by `settings`, else all on; and the notice
    /// about invalid ones.
    pub(crate) fn read(
        settings: &station::Compat,
        environment: impl Fn(&str) -> Option<String>,
    ) -> (Self, Option<FaultReason>) {
        let mut notices = Vec::new();
        let mut switch = |name: &str, set: Option<bool>| {
            let otherwise = set.unwrap_or(true);
            match environment(name).filter(|value| !value.trim().is_empty()) {
                None => otherwise,
                Some(value) => yes_or_no(&value).unwrap_or_else(|| {
                    let name = name.to_owned();
                    notices.push(BadSetting::NotASwitch { name, value, used: otherwise });
                    otherwise
                }),
            }
        };
        let ws_enabled = switch("WS_ENABLED", settings.ws_enabled);
        let websocket_enabled = switch("WEBSOCKET_ENABLED", settings.websocket_enabled);
        let websocket_container_stats =
            switch("WEBSOCKET_CONTAINER_STATS", settings.websocket_container_stats);
        let websocket_session_events = switch("WEBSOCKET_SESSION_EVENTS", settings.websocket_session_events);
        let websocket_system_alerts = switch("WEBSOCKET_SYSTEM_ALERTS", settings.websocket_system_alerts);
        let written = environment(INTERVAL).filter(|value| !value.trim().is_empty());
        let ws_metrics_interval = interval(written, settings.ws_metrics_interval, &mut notices);
        let flags = Self {
            ws_enabled,
            ws_metrics_interval,
            websocket_enabled,
            websocket_container_stats,
            websocket_session_events,
            websocket_system_alerts,
        };
        (flags, (!notices.is_empty()).then_some(FaultReason::BadSettings { settings: notices }))
    }
}

fn yes_or_no(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Moved to the nearest bound where it is out of them.
fn interval(written: Option<String>, set: Option<u64>, notices: &mut Vec<BadSetting>) -> Duration {
    let otherwise = set.unwrap_or(METRICS_EVERY_MS);
    let asked_ms = match written {
        None => otherwise,
        Some(value) => value.trim().parse().unwrap_or_else(|_| {
            let name = INTERVAL.to_owned();
            notices.push(BadSetting::NotAnInterval { name, value, used_ms: otherwise });
            otherwise
        }),
    };
    let used_ms = asked_ms.clamp(METRICS_EVERY_MIN_MS, METRICS_EVERY_MAX_MS);
    if used_ms != asked_ms {
        notices.push(BadSetting::IntervalOutOfBounds {
            name: INTERVAL.to_owned(),
            value_ms: asked_ms,
            least_ms: METRICS_EVERY_MIN_MS,
            most_ms: METRICS_EVERY_MAX_MS,
            used_ms,
        });
    }
    Duration::from_millis(used_ms)
}

/// As the variable is written.
fn milliseconds<S: serde::Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(duration.as_millis() as u64)
}

/// The answer of families A and B where WebSockets are switched off. Not 503: asking again in a second is of no use.
pub(super) fn switched_off() -> ErrorResponse {
    let message = "WebSocket is switched off on this machine (WS_ENABLED=false); poll GET /api/v1/metrics";
    ErrorResponse::new(StatusCode::FORBIDDEN, ErrorCode::Forbidden, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: station::Compat, environment: &[(&str, &str)]) -> (Flags, Option<FaultReason>) {
        Flags::read(&settings, |name| {
            let found = environment.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_environment_goes_before_the_settings_and_all_is_on_without_either() {
        let (flags, notice) = read(station::Compat::default(), &[("WS_ENABLED", " "), ("SOMETHING", "else")]);
        assert!(flags.ws_enabled && flags.websocket_enabled && flags.websocket_system_alerts);
        assert!(flags.websocket_container_stats && flags.websocket_session_events);
        assert_eq!((flags.ws_metrics_interval, notice), (Duration::from_secs(5), None));

        let settings = station::Compat {
            ws_enabled: Some(false),
            ws_metrics_interval: Some(2_000),
            websocket_session_events: Some(false),
            ..station::Compat::default()
        };
        let environment = [("WS_ENABLED", "On"), ("WEBSOCKET_SYSTEM_ALERTS", "0")];
        let (flags, notice) = read(settings, &environment);
        assert_eq!(notice, None);
        assert!(flags.ws_enabled && !flags.websocket_session_events && !flags.websocket_system_alerts);
        assert_eq!(flags.ws_metrics_interval, Duration::from_secs(2));
    }

    #[test]
    fn what_cannot_be_used_is_said_and_the_next_best_is_used() {
        let cases = [
            ("WS_METRICS_INTERVAL", "500", 500, None),
            ("WS_METRICS_INTERVAL", "499", 500, Some("WS_METRICS_INTERVAL 499 is not within 500 to 3600000")),
            ("WS_METRICS_INTERVAL", "3600001", 3_600_000, Some("is not within 500 to 3600000")),
            ("WS_METRICS_INTERVAL", "-1", 5_000, Some("\"-1\", which is no number of milliseconds; 5000")),
            ("WS_METRICS_INTERVAL", "5s", 5_000, Some("\"5s\", which is no number of milliseconds; 5000")),
            ("WS_ENABLED", "maybe", 5_000, Some("WS_ENABLED is \"maybe\", which is neither")),
        ];
        for (name, value, interval_ms, said) in cases {
            let (flags, notice) = read(station::Compat::default(), &[(name, value)]);
            assert_eq!(flags.ws_metrics_interval, Duration::from_millis(interval_ms), "{name}={value}");
            assert!(flags.ws_enabled, "{name}={value}");
            let notice = notice.map(|notice| notice.message("compat")).unwrap_or_default();
            assert!(said.map_or(notice.is_empty(), |said| notice.contains(said)), "{name}={value}: {notice}");
        }
    }
}
