//! `$dateDiff`: how many boundaries of a unit lie between two dates, as the clocks of the zone show them.

use bson::raw::RawBson;

use super::calendar::{DAY, civil};
use super::instant;
use super::unit::{Unit, start_of_week};
use super::zone::Zone;
use crate::expression::Value;
use crate::expression::function::{Answer, Wrong, wrong};

/// Of a start date, an end date, a unit, a time zone and the start of the week.
pub(super) fn diff(arguments: &[Value]) -> Answer {
    let unit = Unit::of(&arguments[2])?;
    let zone = Zone::of(&arguments[3])?;
    let (start, end) = (instant(&arguments[0])?, instant(&arguments[1])?);
    if unit == Unit::Fixed(1) {
        return match end.checked_sub(start) {
            Some(ms) => Ok(Some(RawBson::Int64(ms))),
            None => wrong("leaves the range of int64"),
        };
    }
    let (from, to) = (zone.local(start)?, zone.local(end)?);
    Ok(Some(RawBson::Int64(match unit {
        Unit::Months(length) => {
            let index = |local| -> Result<i64, Wrong> {
                let date = civil(local)?;
                let months = i64::from(date.year()) * 12 + i64::from(date.month()) - 1;
                Ok(months.div_euclid(length))
            };
            index(to)? - index(from)?
        }
        Unit::Week => {
            // 1970-01-01 was a Thursday.
            let first =
                i64::from(jiff::civil::Weekday::Thursday.until(start_of_week(&arguments[4])?));
            let index = |local: i64| (local.div_euclid(DAY) - first).div_euclid(7);
            index(to) - index(from)
        }
        Unit::Day => to.div_euclid(DAY) - from.div_euclid(DAY),
        Unit::Fixed(length) => {
            // An hour that the clocks skip or repeat is no hour that passes or does not.
            let turned = i64::from(zone.offset(start)? - zone.offset(end)?) * 1000;
            to.div_euclid(length) - from.div_euclid(length) + turned / length
        }
    })))
}
