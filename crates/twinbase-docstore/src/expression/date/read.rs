//! `$dateFromString`, and dates read from text elsewhere: as ISO 8601 writes them, or by a format.

use bson::raw::RawBson;

use super::calendar::{DAY, first_of_iso_year, first_of_month};
use super::pattern::Cursor;
use super::zone::Zone;
use super::{date, pattern, text};
use crate::expression::Value;
use crate::expression::function::{Answer, Function, Null, Shape, Wrong};

pub(in crate::expression) const FROM_STRING: Function = Function::new(
    "$dateFromString",
    Shape::Named(1, &["dateString", "format", "timezone"]),
    Null::Spreads,
    from_string,
);

/// What was read of a date.
#[derive(Debug, Default)]
pub(super) struct Fields {
    pub(super) year: Option<i64>,
    pub(super) month: Option<i64>,
    pub(super) day: Option<i64>,
    pub(super) day_of_year: Option<i64>,
    pub(super) iso_year: Option<i64>,
    pub(super) iso_week: Option<i64>,
    pub(super) iso_day: Option<i64>,
    pub(super) hour: Option<i64>,
    pub(super) minute: Option<i64>,
    pub(super) second: Option<i64>,
    pub(super) millisecond: Option<i64>,
    /// Milliseconds east of UTC.
    pub(super) offset: Option<i64>,
}

pub(super) fn unconvertible<T>(reason: &str) -> Result<T, Wrong> {
    Err(Wrong::Unconvertible(reason.to_owned()))
}

fn from_string(arguments: &[Value]) -> Answer {
    let zone = Zone::of(&arguments[2])?;
    let format = match &arguments[1] {
        None => None,
        format => {
            let format = text(format, "format")?;
            pattern::check(format)?;
            Some(format)
        }
    };
    let Some(RawBson::String(text)) = &arguments[0] else {
        return unconvertible("takes a string as dateString");
    };
    let fields = match format {
        None => iso(text)?,
        Some(format) => pattern::read(format, text)?,
    };
    date(Some(fields.instant(&zone)?))
}

/// The date that a text says in ISO 8601.
pub(in crate::expression) fn from_iso(text: &str) -> Result<i64, Wrong> {
    iso(text)?.instant(&Zone::utc())
}

/// `2024-02-29`, `2024-02-29T12:30`, with seconds, a fraction, and Z or an offset; a space may stand for the T.
fn iso(text: &str) -> Result<Fields, Wrong> {
    let mut fields = Fields::default();
    match read_iso(&mut Cursor::new(text.trim()), &mut fields) {
        Some(()) => Ok(fields),
        // MongoDB reads many more forms, but none without a number.
        None if text.bytes().any(|b| b.is_ascii_digit()) => {
            Err(Wrong::Unsupported("a date that is not written as ISO 8601"))
        }
        None => unconvertible("cannot read the string as a date"),
    }
}

fn read_iso(cursor: &mut Cursor<'_>, fields: &mut Fields) -> Option<()> {
    fields.year = Some(cursor.number(4, 4)?);
    cursor.literal('-')?;
    fields.month = Some(cursor.number(1, 2)?);
    cursor.literal('-')?;
    fields.day = Some(cursor.number(1, 2)?);
    if cursor.is_at_end() {
        return Some(());
    }
    if cursor.one_of("Tt ")? == ' ' && cursor.is_at_sign() {
        fields.offset = Some(cursor.offset()?);
        return cursor.is_at_end().then_some(());
    }
    fields.hour = Some(cursor.number(1, 2)?);
    cursor.literal(':')?;
    fields.minute = Some(cursor.number(2, 2)?);
    if cursor.literal(':').is_some() {
        fields.second = Some(cursor.number(2, 2)?);
        if cursor.one_of(".,").is_some() {
            fields.millisecond = Some(cursor.fraction()?);
        }
    }
    if cursor.is_at_end() {
        return Some(());
    }
    let _ = cursor.literal(' ');
    fields.offset = Some(cursor.offset()?);
    cursor.is_at_end().then_some(())
}

impl Fields {
    fn instant(&self, zone: &Zone) -> Result<i64, Wrong> {
        let local = match self.days() {
            Some(Ok(days)) => days * DAY + self.time()?,
            Some(Err(())) => return unconvertible("has no such day"),
            None => return unconvertible("needs year, month and day in the string"),
        };
        match self.offset {
            None => zone.instant(local, None),
            Some(offset) if zone.is_utc => Ok(local - offset),
            Some(_) => unconvertible("takes no timezone beside an offset in the string"),
        }
    }

    /// Days since 1970-01-01; an error where the calendar has no such day, none where parts are missing.
    fn days(&self) -> Option<Result<i64, ()>> {
        let day_of = |first: Option<i64>, next: Option<i64>, day: i64| match (first, next) {
            (Some(first), Some(next)) if (1..=next - first).contains(&day) => Ok(first + day - 1),
            _ => Err(()),
        };
        if let (Some(year), Some(month), Some(day)) = (self.year, self.month, self.day) {
            if !(1..=12).contains(&month) {
                return Some(Err(()));
            }
            let next = first_of_month(year, month + 1);
            return Some(day_of(first_of_month(year, month), next, day));
        }
        if let (Some(year), Some(day)) = (self.year, self.day_of_year) {
            let next = first_of_month(year + 1, 1);
            return Some(day_of(first_of_month(year, 1), next, day));
        }
        let (year, week) = (self.iso_year?, self.iso_week?);
        let day = self.iso_day.unwrap_or(1);
        if !(1..=7).contains(&day) || week < 1 {
            return Some(Err(()));
        }
        let next = first_of_iso_year(year + 1);
        Some(day_of(first_of_iso_year(year), next, (week - 1) * 7 + day))
    }

    /// Milliseconds of the day; what is not given is 0.
    fn time(&self) -> Result<i64, Wrong> {
        let [hour, minute, second] =
            [self.hour, self.minute, self.second].map(Option::unwrap_or_default);
        if hour > 23 || minute > 59 || second > 59 {
            return unconvertible("has no such time of day");
        }
        let seconds = (hour * 60 + minute) * 60 + second;
        Ok(seconds * 1000 + self.millisecond.unwrap_or_default())
    }
}
