//! Times as these families write them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

/// Unix milliseconds, written as ISO 8601 in UTC: `2026-03-01T14:05:09.042Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-07-09T14:32:05.250Z")]
pub(crate) struct Iso(pub(crate) u64);

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", timestamp(self.0)))
    }
}

/// The time on the clock of `zone`, by twelve hours: `02:05 PM`.
pub(crate) fn on_the_clock(unix_ms: u64, zone: &TimeZone) -> String {
    timestamp(unix_ms).to_zoned(zone.clone()).strftime("%I:%M %p").to_string()
}

/// A moment past the year 9999 is the last one there is.
fn timestamp(unix_ms: u64) -> Timestamp {
    let ms = i64::try_from(unix_ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use jiff::tz::offset;

    use super::*;

    #[test]
    fn iso_times_are_utc_with_milliseconds() {
        let cases = [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_700_000_000_042, "2023-11-14T22:13:20.042Z"),
            (u64::MAX, "9999-12-30T22:00:00.999Z"),
        ];
        for (unix_ms, expected) in cases {
            assert_eq!(serde_json::to_value(Iso(unix_ms)).unwrap(), expected);
        }
    }

    #[test]
    fn the_clock_is_the_machines_own_and_has_twelve_hours() {
        let cases =
            [(0, 0, "12:00 AM"), (0, 14, "02:00 PM"), (39_900_000, 1, "12:05 PM"), (0, -1, "11:00 PM")];
        for (unix_ms, hours, expected) in cases {
            assert_eq!(on_the_clock(unix_ms, &TimeZone::fixed(offset(hours))), expected);
        }
    }
}
