//! Days of the calendar, for sentences.

use jiff::Timestamp;

/// The day of a moment in UTC, as `2026-11-29`; empty past the year 9999.
pub(super) fn day(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok().and_then(|at_ms| Timestamp::from_millisecond(at_ms).ok());
    at.map_or_else(String::new, |at| at.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        // date -u -d '1999-12-31 23:59:59' +%s, and so on.
        for (at_s, expected) in [
            (0, "1970-01-01"),
            (946_684_799, "1999-12-31"),
            (951_782_400, "2000-02-29"),
            (951_868_800, "2000-03-01"),
            (1_795_910_400, "2026-11-29"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(at_s * 1000), expected);
        }
    }
}
