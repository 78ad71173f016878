//! The parts of a date.

use bson::raw::{RawBson, RawDocumentBuf, cstr};
use jiff::civil::{DateTime, Weekday};

use super::calendar::civil;
use super::instant;
use super::zone::Zone;
use crate::expression::Value;
use crate::expression::function::{Answer, Shape, Wrong, wrong};

pub(super) const ALL: Shape = Shape::Named(1, &["date", "timezone", "iso8601"]);

/// What the clocks and calendars of a zone show, of a date and a time zone.
pub(super) fn local(arguments: &[Value]) -> Result<DateTime, Wrong> {
    civil(Zone::of(&arguments[1])?.local(instant(&arguments[0])?)?)
}

pub(super) fn of(arguments: &[Value], part: fn(&DateTime) -> i32) -> Answer {
    Ok(Some(RawBson::Int32(part(&local(arguments)?))))
}

pub(super) fn year(date: &DateTime) -> i32 {
    i32::from(date.year())
}

pub(super) fn month(date: &DateTime) -> i32 {
    i32::from(date.month())
}

pub(super) fn day(date: &DateTime) -> i32 {
    i32::from(date.day())
}

pub(super) fn hour(date: &DateTime) -> i32 {
    i32::from(date.hour())
}

pub(super) fn minute(date: &DateTime) -> i32 {
    i32::from(date.minute())
}

pub(super) fn second(date: &DateTime) -> i32 {
    i32::from(date.second())
}

pub(super) fn millisecond(date: &DateTime) -> i32 {
    i32::from(date.millisecond())
}

/// From 1, Sunday, to 7.
pub(super) fn day_of_week(date: &DateTime) -> i32 {
    i32::from(date.weekday().to_sunday_one_offset())
}

pub(super) fn day_of_year(date: &DateTime) -> i32 {
    i32::from(date.day_of_year())
}

/// Weeks begin on Sundays; the days before the first Sunday are in week 0.
pub(super) fn week(date: &DateTime) -> i32 {
    (day_of_year(date) - day_of_week(date) + 7) / 7
}

pub(super) fn iso_week(date: &DateTime) -> i32 {
    i32::from(date.date().iso_week_date().week())
}

/// The year that the ISO week belongs to.
pub(super) fn iso_year(date: &DateTime) -> i32 {
    i32::from(date.date().iso_week_date().year())
}

/// From 1, Monday, to 7.
pub(super) fn iso_day_of_week(date: &DateTime) -> i32 {
    i32::from(Weekday::to_monday_one_offset(date.weekday()))
}

/// `$dateToParts`.
pub(super) fn all(arguments: &[Value]) -> Answer {
    let iso = match &arguments[2] {
        None => false,
        Some(RawBson::Boolean(iso)) => *iso,
        Some(_) => return wrong("takes true or false as iso8601"),
    };
    let date = local(arguments)?;
    let mut parts = RawDocumentBuf::new();
    if iso {
        parts.append(cstr!("isoWeekYear"), iso_year(&date));
        parts.append(cstr!("isoWeek"), iso_week(&date));
        parts.append(cstr!("isoDayOfWeek"), iso_day_of_week(&date));
    } else {
        parts.append(cstr!("year"), year(&date));
        parts.append(cstr!("month"), month(&date));
        parts.append(cstr!("day"), day(&date));
    }
    parts.append(cstr!("hour"), hour(&date));
    parts.append(cstr!("minute"), minute(&date));
    parts.append(cstr!("second"), second(&date));
    parts.append(cstr!("millisecond"), millisecond(&date));
    Ok(Some(RawBson::Document(parts)))
}
