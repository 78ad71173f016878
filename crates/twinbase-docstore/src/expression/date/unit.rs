//! Units of time and days of the week, by name.

use jiff::civil::Weekday;

use super::text;
use crate::expression::Value;
use crate::expression::function::{Wrong, wrong};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// Years, quarters and months.
    Months(i64),
    Week,
    Day,
    /// From hours down, in milliseconds.
    Fixed(i64),
}

impl Unit {
    pub(super) fn of(value: &Value) -> Result<Self, Wrong> {
        let name = text(value, "unit")?;
        Ok(match name {
            "year" => Self::Months(12),
            "quarter" => Self::Months(3),
            "month" => Self::Months(1),
            "week" => Self::Week,
            "day" => Self::Day,
            "hour" => Self::Fixed(3_600_000),
            "minute" => Self::Fixed(60_000),
            "second" => Self::Fixed(1000),
            "millisecond" => Self::Fixed(1),
            _ => return wrong(&format!("does not know the unit {name:?}")),
        })
    }
}

/// The first day of the week: Sunday, if no argument is given.
pub(super) fn start_of_week(value: &Value) -> Result<Weekday, Wrong> {
    if value.is_none() {
        return Ok(Weekday::Sunday);
    }
    let name = text(value, "startOfWeek")?.to_ascii_lowercase();
    Ok(match name.as_str() {
        "monday" | "mon" => Weekday::Monday,
        "tuesday" | "tue" => Weekday::Tuesday,
        "wednesday" | "wed" => Weekday::Wednesday,
        "thursday" | "thu" => Weekday::Thursday,
        "friday" | "fri" => Weekday::Friday,
        "saturday" | "sat" => Weekday::Saturday,
        "sunday" | "sun" => Weekday::Sunday,
        _ => return wrong(&format!("does not know the day of the week {name:?}")),
    })
}
