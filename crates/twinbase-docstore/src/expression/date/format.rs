//! `$dateToString`, and the text that dates have elsewhere.

use std::fmt::Write;

use bson::raw::RawBson;
use jiff::civil::DateTime;

use super::calendar::civil;
use super::zone::Zone;
use super::{instant, parts, text};
use crate::expression::Value;
use crate::expression::function::{Answer, Function, Null, Shape, Wrong, wrong};

pub(in crate::expression) const TO_STRING: Function = Function::new(
    "$dateToString",
    Shape::Named(1, &["date", "format", "timezone"]),
    Null::Spreads,
    to_string,
);

/// Only UTC itself is marked by a Z.
const IN_UTC: &str = "%Y-%m-%dT%H:%M:%S.%LZ";
const ELSEWHERE: &str = "%Y-%m-%dT%H:%M:%S.%L";

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

fn to_string(arguments: &[Value]) -> Answer {
    let zone = Zone::of(&arguments[2])?;
    let format = match &arguments[1] {
        None if zone.is_utc => IN_UTC,
        None => ELSEWHERE,
        format => text(format, "format")?,
    };
    let ms = instant(&arguments[0])?;
    let date = civil(zone.local(ms)?)?;
    Ok(Some(RawBson::String(write(
        format,
        &date,
        zone.offset(ms)?,
    )?)))
}

/// The date as ISO 8601 writes it, in UTC.
pub(in crate::expression) fn iso(ms: i64) -> Result<String, Wrong> {
    write(IN_UTC, &civil(ms)?, 0)
}

fn write(format: &str, date: &DateTime, offset: i32) -> Result<String, Wrong> {
    let mut out = String::with_capacity(format.len() + 16);
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            None => return wrong("ends with a % in its format"),
            Some(field) => write_field(&mut out, field, date, offset)?,
        }
    }
    Ok(out)
}

fn write_field(out: &mut String, field: char, date: &DateTime, offset: i32) -> Result<(), Wrong> {
    let (number, width) = match field {
        '%' => {
            out.push('%');
            return Ok(());
        }
        'b' | 'B' => {
            let month = usize::try_from(date.month() - 1).unwrap_or(0);
            let length = if field == 'b' { 3 } else { usize::MAX };
            out.extend(MONTHS[month].chars().take(length));
            return Ok(());
        }
        'z' => {
            let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.abs() / 60);
            out.push(sign);
            (minutes / 60 * 100 + minutes % 60, 4)
        }
        'Z' => {
            out.push_str(&(offset / 60).to_string());
            return Ok(());
        }
        'd' => (parts::day(date), 2),
        'G' => (parts::iso_year(date), 4),
        'H' => (parts::hour(date), 2),
        'j' => (parts::day_of_year(date), 3),
        'L' => (parts::millisecond(date), 3),
        'm' => (parts::month(date), 2),
        'M' => (parts::minute(date), 2),
        'S' => (parts::second(date), 2),
        'u' => (parts::iso_day_of_week(date), 1),
        'U' => (parts::week(date), 2),
        'V' => (parts::iso_week(date), 2),
        'w' => (parts::day_of_week(date), 1),
        'Y' => (parts::year(date), 4),
        other => return wrong(&format!("does not know %{other} in a format")),
    };
    if number < 0 {
        return wrong("writes no year before 0");
    }
    // Writing to a string does not fail.
    let _ = write!(out, "{number:0width$}");
    Ok(())
}
