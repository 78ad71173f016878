//! Dates, read in a time zone.
//!
//! A date is a number of milliseconds; only what needs a calendar is bound to the years that the calendar has. Time zones are
//! those of the IANA database that is built in.

mod assemble;
mod calendar;
mod diff;
mod format;
mod parts;
mod pattern;
mod read;
mod shift;
mod truncate;
mod unit;
mod zone;

use bson::raw::RawBson;

use super::Value;
use super::function::{Answer, Function, Null, Shape, Wrong, wrong};
use super::number::Number;

pub(super) use format::{TO_STRING, iso};
pub(super) use read::{FROM_STRING, from_iso};

const PART: Shape = Shape::OneOrNamed(&["date", "timezone"]);
const SHIFT: Shape = Shape::Named(3, &["startDate", "unit", "amount", "timezone"]);
const TRUNCATE: Shape = Shape::Named(2, &["date", "unit", "binSize", "timezone", "startOfWeek"]);
const DIFF: Shape = Shape::Named(
    3,
    &["startDate", "endDate", "unit", "timezone", "startOfWeek"],
);

const fn strict(name: &'static str, shape: Shape, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, shape, Null::Spreads, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    strict("$year", PART, |a| parts::of(a, parts::year)),
    strict("$month", PART, |a| parts::of(a, parts::month)),
    strict("$dayOfMonth", PART, |a| parts::of(a, parts::day)),
    strict("$hour", PART, |a| parts::of(a, parts::hour)),
    strict("$minute", PART, |a| parts::of(a, parts::minute)),
    strict("$second", PART, |a| parts::of(a, parts::second)),
    strict("$millisecond", PART, |a| parts::of(a, parts::millisecond)),
    strict("$dayOfWeek", PART, |a| parts::of(a, parts::day_of_week)),
    strict("$dayOfYear", PART, |a| parts::of(a, parts::day_of_year)),
    strict("$week", PART, |a| parts::of(a, parts::week)),
    strict("$isoWeek", PART, |a| parts::of(a, parts::iso_week)),
    strict("$isoDayOfWeek", PART, |a| {
        parts::of(a, parts::iso_day_of_week)
    }),
    strict("$isoWeekYear", PART, |a| {
        let date = parts::local(a)?;
        Ok(Some(RawBson::Int64(i64::from(parts::iso_year(&date)))))
    }),
    strict("$dateToParts", parts::ALL, parts::all),
    strict("$dateFromParts", assemble::PARTS, assemble::from_parts),
    strict("$dateAdd", SHIFT, |a| shift::by(a, 1)),
    strict("$dateSubtract", SHIFT, |a| shift::by(a, -1)),
    strict("$dateTrunc", TRUNCATE, truncate::truncate),
    strict("$dateDiff", DIFF, diff::diff),
];

/// The milliseconds of a date, an object id or a timestamp.
pub(super) fn instant(value: &Value) -> Result<i64, Wrong> {
    match value {
        Some(RawBson::DateTime(date)) => Ok(date.timestamp_millis()),
        Some(RawBson::ObjectId(id)) => Ok(id.timestamp().timestamp_millis()),
        Some(RawBson::Timestamp(stamp)) => Ok(i64::from(stamp.time) * 1000),
        _ => wrong("takes a date, an object id or a timestamp"),
    }
}

/// The result of an operator that makes a date.
fn date(ms: Option<i64>) -> Answer {
    match ms {
        Some(ms) => Ok(Some(RawBson::DateTime(bson::DateTime::from_millis(ms)))),
        None => wrong("leaves the range of dates"),
    }
}

/// A whole number of any type.
fn whole(value: &Value, name: &str) -> Result<i64, Wrong> {
    let number = value.as_ref().and_then(Number::read);
    number
        .and_then(|number| number.integral())
        .map_or_else(|| wrong(&format!("takes a whole number as {name}")), Ok)
}

fn text<'v>(value: &'v Value, name: &str) -> Result<&'v str, Wrong> {
    match value {
        Some(RawBson::String(text)) => Ok(text),
        _ => wrong(&format!("takes a string as {name}")),
    }
}
