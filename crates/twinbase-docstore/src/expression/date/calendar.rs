//! Days and months of local times, which are milliseconds as if the zone were UTC.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, ISOWeekDate, Weekday};
use jiff::tz::TimeZone;

use crate::expression::function::{Wrong, wrong};

pub(super) const DAY: i64 = 86_400_000;

pub(super) fn outside<T>() -> Result<T, Wrong> {
    wrong("takes dates of the years -9999 to 9999")
}

/// The calendar's form of a local time.
pub(super) fn civil(local: i64) -> Result<DateTime, Wrong> {
    let as_utc = Timestamp::from_millisecond(local).or_else(|_| outside())?;
    Ok(TimeZone::UTC.to_datetime(as_utc))
}

/// The days from 1970-01-01 to the first of a month; months before January and after December belong to other years.
pub(super) fn first_of_month(year: i64, month: i64) -> Option<i64> {
    let months = year.checked_mul(12)?.checked_add(month)?.checked_sub(1)?;
    let year = i16::try_from(months.div_euclid(12)).ok()?;
    let month = i8::try_from(months.rem_euclid(12) + 1).ok()?;
    Some(days(Date::new(year, month, 1).ok()?))
}

/// The days from 1970-01-01 to the Monday of a year's first week by ISO 8601.
pub(super) fn first_of_iso_year(year: i64) -> Option<i64> {
    let monday = ISOWeekDate::new(i16::try_from(year).ok()?, 1, Weekday::Monday).ok()?;
    Some(days(monday.date()))
}

fn days(date: Date) -> i64 {
    let midnight = date.to_datetime(jiff::civil::Time::midnight());
    let midnight = TimeZone::UTC.to_ambiguous_timestamp(midnight).compatible();
    midnight.map_or(0, |midnight| midnight.as_millisecond().div_euclid(DAY))
}

/// A local time so many months later, on the last day of the month where the month has no such day.
pub(super) fn add_months(local: i64, months: i64) -> Result<i64, Wrong> {
    let from = civil(local)?;
    let moved = || {
        let year = i64::from(from.year());
        let month = i64::from(from.month()).checked_add(months)?;
        let first = first_of_month(year, month)?;
        let length = first_of_month(year, month.checked_add(1)?)? - first;
        let day = i64::from(from.day()).min(length);
        Some((first + day - 1) * DAY + local.rem_euclid(DAY))
    };
    moved().map_or_else(outside, Ok)
}
