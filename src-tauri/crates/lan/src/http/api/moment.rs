//! Times in parameters and tables: Unix milliseconds, or a date and time as in RFC 3339.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{KnownFormat, RefOr, Schema, SchemaFormat};
use utoipa::{PartialSchema, ToSchema};

/// The last moment there is, at the end of the year 9999: that of the library.
const LAST: u64 = 253_402_207_200_999;

/// Unix milliseconds. What lies before 1970 counts as 1970: no sample is that old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub(crate) u64);

/// What a moment looks like, for an error.
pub(crate) const EXPECTED: &str = "Unix milliseconds, or a time such as 2026-07-09T14:32:05Z";

impl FromStr for Moment {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().filter(|ms| *ms <= LAST).map(Self).ok_or(());
        }
        date_time(text).map(|at| Self(u64::try_from(at.as_millisecond()).unwrap_or(0))).ok_or(())
    }
}

/// `2026-07-09T14:32:05.25+02:00`. A `+` that was not escaped arrives as a space.
fn date_time(text: &str) -> Option<Timestamp> {
    let text = text.replace(' ', "+");
    let pieces = Pieces::parse(&text).ok()?;
    let (date, time, offset) = (pieces.date(), pieces.time()?, pieces.to_numeric_offset()?);
    // The library keeps a day free at the end of time, so that every moment has a local one.
    Some(offset.to_timestamp(date.to_datetime(time)).unwrap_or(Timestamp::MAX))
}

/// As `2026-07-09T14:32:05.250Z`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = i64::try_from(self.0).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        write!(f, "{:.3}", at.unwrap_or(Timestamp::MAX))
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(LAST))
            .description(Some("Unix milliseconds"));
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339 time"));
        OneOfBuilder::new().item(number).item(text).into()
    }
}

impl ToSchema for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_both_ways() {
        let cases = [
            ("0", Some(0)),
            ("1783607525250", Some(1_783_607_525_250)),
            ("2026-07-09T14:32:05Z", Some(1_783_607_525_000)),
            ("2026-07-09t14:32:05.25z", Some(1_783_607_525_250)),
            ("2026-07-09T16:32:05.2509999+02:00", Some(1_783_607_525_250)),
            ("2026-07-09T16:32:05 02:00", Some(1_783_607_525_000)),
            ("2026-07-09T10:02:05-04:30", Some(1_783_607_525_000)),
            ("2000-02-29T00:00:00Z", Some(951_782_400_000)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_799_000)),
            ("0001-01-01T00:00:00Z", Some(0)),
            ("253402207200999", Some(LAST)),
            ("253402207201000", None),
            ("9999-12-31T23:59:59Z", Some(LAST)),
            ("", None),
            ("-1", None),
            ("yesterday", None),
            ("2026-07-09", None),
            ("2026-07-09T14:32:05", None),
            ("2026-02-29T00:00:00Z", None),
            ("2026-13-01T00:00:00Z", None),
            ("2026-07-09T24:00:00Z", None),
            ("2026-07-09T14:32:05.Z", None),
            ("2026-07-09T14:32:05+2:00", None),
            ("2026-07-09T14:32:05+02:0é", None),
            ("２026-07-09T14:32:05Z", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse().ok(), expected.map(Moment), "{text}");
        }
    }

    #[test]
    fn moments_are_written_as_they_are_read() {
        assert_eq!(Moment(1_783_607_525_250).to_string(), "2026-07-09T14:32:05.250Z");
        assert_eq!(Moment(951_782_399_999).to_string(), "2000-02-28T23:59:59.999Z");
        assert_eq!(Moment(u64::MAX).to_string(), "9999-12-30T22:00:00.999Z");
        assert_eq!(Timestamp::MAX.as_millisecond(), LAST as i64);
    }
}
