//! Times in rows that other programs may have written: beyond the years that can be shown, or no time at all.
//!
//! Such a value must not hide its row, let alone its neighbours: a time beyond the first or the last that
//! can be shown is read as that one, and what is no time as none. The API itself refuses to write either.

use crate::LAST_TIME;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Deserializer};

/// Reads a time that may be absent.
pub fn optional<'de, D>(from: D) -> Result<Option<Timestamp>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = Option::<String>::deserialize(from)?;
    Ok(text.and_then(|text| nearest(&text)))
}

/// Reads a time that is always there; what is no time as the beginning of 1970.
pub fn required<'de, D>(from: D) -> Result<Timestamp, D::Error>
where
    D: Deserializer<'de>,
{
    optional(from).map(Option::unwrap_or_default)
}

/// Reads a time that a query returned as text.
pub fn of_text(text: Option<String>) -> Option<Timestamp> {
    nearest(&text?)
}

/// PostgreSQL writes `infinity`, ` BC` after years before the first, and years of five digits.
fn nearest(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(at) = text.parse() {
        return Some(at);
    }
    // Without a zone it is UTC, as SQLite's own functions and Prisma's columns mean it.
    if let Ok(local) = text.parse::<DateTime>() {
        return Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp());
    }
    let is_before = text.starts_with('-') || text.ends_with(" BC");
    let digits = text.trim_start_matches(['-', '+']);
    let year = digits.split_once('-').map_or("", |(year, _)| year);
    let is_year = year.len() >= 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    if !is_year && digits != "infinity" {
        return None;
    }
    let end = if is_before { Timestamp::MIN } else { LAST_TIME };
    // A date that is no day is none, rather than the end of all days.
    let is_beyond = is_before || digits == "infinity" || year >= "9999" || year.len() > 4;
    is_beyond.then_some(end)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_time_that_cannot_be_shown_is_the_nearest_that_can() {
        let last = Some("9999-12-30T22:00:00Z".to_owned());
        let first = Some("-009999-01-02T01:59:59Z".to_owned());
        for (text, shown) in [
            (
                "2030-01-31T09:00:00+00:00",
                Some("2030-01-31T09:00:00Z".to_owned()),
            ),
            ("9999-12-31T23:59:59Z", last.clone()),
            ("12000-01-01T00:00:00+00:00", last.clone()),
            ("infinity", last),
            ("-infinity", first.clone()),
            ("0044-03-15T00:00:00+00:00 BC", first),
            (
                "2030-01-31 09:00:00",
                Some("2030-01-31T09:00:00Z".to_owned()),
            ),
            (
                "2030-01-31 18:00:00.5+09",
                Some("2030-01-31T09:00:00.5Z".to_owned()),
            ),
            ("2030-01-31", Some("2030-01-31T00:00:00Z".to_owned())),
            ("2030-02-30T00:00:00Z", None),
            ("tomorrow", None),
            ("", None),
        ] {
            assert_eq!(nearest(text).map(|at| at.to_string()), shown, "{text}");
        }
    }
}
