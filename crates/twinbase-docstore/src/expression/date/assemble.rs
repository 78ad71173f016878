//! `$dateFromParts`: a date of its parts. Parts beyond their range carry over: month 14 is February of the next year.

use super::calendar::{DAY, first_of_iso_year, first_of_month};
use super::zone::Zone;
use super::{date, whole};
use crate::expression::Value;
use crate::expression::function::{Answer, Shape, Wrong, wrong};

/// The names that only one of the two calendars has.
const YEAR: [&str; 3] = ["year", "month", "day"];
const ISO: [&str; 3] = ["isoWeekYear", "isoWeek", "isoDayOfWeek"];
const TIME: [&str; 4] = ["hour", "minute", "second", "millisecond"];

pub(super) const PARTS: Shape = Shape::Named(
    0,
    &[
        YEAR[0], YEAR[1], YEAR[2], ISO[0], ISO[1], ISO[2], TIME[0], TIME[1], TIME[2], TIME[3],
        "timezone",
    ],
);

pub(super) fn from_parts(arguments: &[Value]) -> Answer {
    let (calendar, iso, time) = (&arguments[..3], &arguments[3..6], &arguments[6..10]);
    let is_given = |parts: &[Value]| parts.iter().any(Option::is_some);
    let (parts, names, day) = match (&calendar[0], &iso[0]) {
        (Some(_), _) if !is_given(iso) => (calendar, YEAR, days as Days),
        (_, Some(_)) if !is_given(calendar) => (iso, ISO, iso_days as Days),
        _ => return wrong("needs year or isoWeekYear, and parts of that calendar only"),
    };
    let year = whole(&parts[0], names[0])?;
    if !(1..=9999).contains(&year) {
        return wrong(&format!("takes a {} from 1 to 9999", names[0]));
    }
    let second = small(&parts[1], names[1], 1)?;
    let third = small(&parts[2], names[2], 1)?;
    let hours = small(&time[0], TIME[0], 0)? * 60;
    let minutes = (hours + small(&time[1], TIME[1], 0)?) * 60;
    let (seconds, ms) = (any(&time[2], TIME[2])?, any(&time[3], TIME[3])?);
    let local = || {
        let seconds = minutes.checked_add(seconds)?;
        let of_day = seconds.checked_mul(1000)?.checked_add(ms)?;
        (day(year, second, third)? * DAY).checked_add(of_day)
    };
    match local() {
        Some(local) => date(Some(Zone::of(&arguments[10])?.instant(local, None)?)),
        None => date(None),
    }
}

/// The days since 1970-01-01 of three parts.
type Days = fn(i64, i64, i64) -> Option<i64>;

fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    Some(first_of_month(year, month)? + day - 1)
}

fn iso_days(year: i64, week: i64, day: i64) -> Option<i64> {
    Some(first_of_iso_year(year)? + (week - 1) * 7 + day - 1)
}

fn any(value: &Value, name: &str) -> Result<i64, Wrong> {
    value.as_ref().map_or(Ok(0), |_| whole(value, name))
}

/// A part within the bounds that MongoDB sets, those of int16.
fn small(value: &Value, name: &str, default: i64) -> Result<i64, Wrong> {
    if value.is_none() {
        return Ok(default);
    }
    match i16::try_from(whole(value, name)?) {
        Ok(part) => Ok(i64::from(part)),
        Err(_) => wrong(&format!("takes a {name} from -32768 to 32767")),
    }
}
