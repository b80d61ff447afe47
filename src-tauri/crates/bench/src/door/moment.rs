//! Moments of the machine's realtime clock, in microseconds since 1970.
//!
//! All programs of the bench run on one machine, so its clock is the one they share.

use rustix::time::{ClockId, clock_gettime};

/// Now.
pub(crate) fn now_us() -> i64 {
    let now = clock_gettime(ClockId::Realtime);
    now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}

/// A moment as our logs write it: `2026-11-21T15:29:08.123456Z`. `None` for anything else.
pub(crate) fn from_log(text: &str) -> Option<i64> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let mut numbers = date.split('-').chain(time.split([':', '.'])).map(str::parse::<i64>);
    let mut next = || numbers.next()?.ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let fraction = time.split_once('.').map_or("", |(_, fraction)| fraction);
    let fraction_us: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let seconds = days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
    Some(seconds * 1_000_000 + fraction_us)
}

/// Years begin in March here, so that the leap day is the last of one: see "days_from_civil" in Howard Hinnant,
/// "chrono-compatible low-level date algorithms".
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_of_a_log_is_read_to_the_microsecond() {
        for (text, expected) in [
            ("1970-01-01T00:00:00.000000Z", Some(0)),
            ("2026-11-21T15:29:08.123456Z", Some(1_795_274_948_123_456)),
            ("2024-02-29T23:59:59.5Z", Some(1_709_251_199_500_000)),
            ("2000-03-01T00:00:00Z", Some(951_868_800_000_000)),
            ("Sightline", None),
            ("", None),
        ] {
            assert_eq!(from_log(text), expected, "{text}");
        }
    }
}
