//! `$dateAdd` and `$dateSubtract`.

use super::calendar::{DAY, add_months, outside};
use super::unit::Unit;
use super::zone::Zone;
use super::{date, instant, whole};
use crate::expression::Value;
use crate::expression::function::{Answer, Wrong, wrong};

/// Of a start date, a unit, an amount and a time zone.
pub(super) fn by(arguments: &[Value], sign: i64) -> Answer {
    let unit = Unit::of(&arguments[1])?;
    let amount = whole(&arguments[2], "amount")?.checked_mul(sign);
    let Some(amount) = amount else {
        return wrong("cannot take the smallest int64");
    };
    let zone = Zone::of(&arguments[3])?;
    date(Some(add(instant(&arguments[0])?, unit, amount, &zone)?))
}

/// From a day up the clocks of the zone show the same time afterwards; from an hour down it is time that passes.
pub(super) fn add(ms: i64, unit: Unit, amount: i64, zone: &Zone) -> Result<i64, Wrong> {
    let days = match unit {
        Unit::Fixed(length) => {
            let by = amount.checked_mul(length);
            return by
                .and_then(|by| ms.checked_add(by))
                .map_or_else(|| wrong("leaves the range of dates"), Ok);
        }
        Unit::Months(months) => {
            let Some(months) = amount.checked_mul(months) else {
                return outside();
            };
            let later = add_months(zone.local(ms)?, months)?;
            return zone.instant(later, Some(zone.offset(ms)?));
        }
        Unit::Week => amount.checked_mul(7),
        Unit::Day => Some(amount),
    };
    let local = zone.local(ms)?;
    match days
        .and_then(|days| days.checked_mul(DAY))
        .and_then(|by| local.checked_add(by))
    {
        Some(later) => zone.instant(later, Some(zone.offset(ms)?)),
        None => outside(),
    }
}
