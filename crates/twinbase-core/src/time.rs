//! Times as databases and other programs write them.

use jiff::{Timestamp, civil, tz::Offset};

/// PostgreSQL's epoch, 2000-01-01, in nanoseconds since 1970.
const POSTGRES_EPOCH: i128 = 946_684_800 * 1_000_000_000;

/// Rounds a time to the milliseconds that both sides keep: to microseconds and then to the nearest
/// millisecond, a half away from 2000-01-01. That is what PostgreSQL does with a text that it stores
/// as `timestamptz(3)`; so a row, our own payload and a foreign one hold the same time.
pub fn to_millis(at: Timestamp) -> Timestamp {
    let rounded = |n: i128, to: i128| (n.abs() + to / 2) / to * n.signum();
    let micros = rounded(at.as_nanosecond() - POSTGRES_EPOCH, 1_000);
    let nanos = rounded(micros, 1_000) * 1_000_000 + POSTGRES_EPOCH;
    Timestamp::from_nanosecond(nanos).unwrap_or(at)
}

/// Reads a time in any form that the databases and ORMs write: RFC 3339 with `T` or a space, with or
/// without a zone (then it is UTC), a date alone, or whole milliseconds since 1970. `None` for
/// whatever else, and for times beyond [`Timestamp`], such as `infinity` and the year 12000.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    if let Ok(millis) = text.parse() {
        return Timestamp::from_millisecond(millis).ok();
    }
    // SQLite takes `2026-11-22 20:00:00 +00:00`.
    if let Some((at, offset)) = text.rsplit_once(' ')
        && offset.starts_with(['+', '-'])
    {
        return format!("{at}{offset}").parse().ok();
    }
    // With a zone it would have been a time above, or is beyond all of them.
    let has_zone = text.get(10..)?.contains(['+', '-', 'Z']);
    let at: civil::DateTime = text.parse().ok().filter(|_| !has_zone)?;
    Offset::UTC.to_timestamp(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let at = parse_time(text).map(|at| to_millis(at).to_string());
        assert_eq!(at.as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn every_form_of_a_time_is_read() {
        for text in [
            "2026-11-22T20:00:00Z",
            "2026-11-22T20:00:00.000+00:00",
            "2026-11-22T21:00:00.000+01:00",
            "2026-11-22 20:00:00",
            "2026-11-22T20:00:00",
            "2026-11-22 20:00:00 +00:00",
            "2026-11-22 20:00:00+00",
            "1795377600000",
        ] {
            check(text, "2026-11-22T20:00:00Z");
        }
        check("2026-11-22", "2026-11-22T00:00:00Z");
        check("-1000", "1969-12-31T23:59:59Z");
    }

    #[test]
    fn a_time_beyond_every_calendar_is_none() {
        for text in [
            "infinity",
            "-infinity",
            "12000-01-01T00:00:00+00:00",
            "0044-03-15T00:00:00+00:00 BC",
            "9999-12-31T23:59:59+00:00",
            "",
            "soon",
            "99999999999999999",
        ] {
            assert_eq!(parse_time(text), None, "{text}");
        }
    }

    /// What PostgreSQL 15 makes of each text as `timestamptz(3)`.
    #[test]
    fn times_are_rounded_as_postgresql_rounds_them() {
        check("2026-01-01T00:00:00.1234Z", "2026-01-01T00:00:00.123Z");
        check("2026-01-01T00:00:00.1235Z", "2026-01-01T00:00:00.124Z");
        check("2026-01-01T00:00:00.1239999Z", "2026-01-01T00:00:00.124Z");
        check("1999-12-31T23:59:59.1235Z", "1999-12-31T23:59:59.123Z");
        check("1965-01-01T00:00:00.1236Z", "1965-01-01T00:00:00.124Z");
        check("1965-01-01T00:00:00.1234Z", "1965-01-01T00:00:00.123Z");
        check("1965-01-01T00:00:00.9999Z", "1965-01-01T00:00:01Z");
    }
}
