//! `$dateTrunc`: the start of the bin that a date lies in. The bins are counted from 2000-01-01 in the zone, those of weeks from
//! the first day from then on that begins a week.

use jiff::civil::Weekday;

use super::calendar::{DAY, civil};
use super::shift::add;
use super::unit::{Unit, start_of_week};
use super::zone::Zone;
use super::{date, instant, whole};
use crate::expression::Value;
use crate::expression::function::{Answer, wrong};

/// 2000-01-01T00:00:00Z, a Saturday.
const REFERENCE: i64 = 946_684_800_000;

/// As many days as MongoDB takes for a bin from a day up.
const MAX_BIN: i64 = 100_000_000_000;

/// Of a date, a unit, a size of bins, a time zone and the start of the week.
pub(super) fn truncate(arguments: &[Value]) -> Answer {
    let unit = Unit::of(&arguments[1])?;
    let size = match &arguments[2] {
        None => 1,
        size => whole(size, "binSize")?,
    };
    if size <= 0 {
        return wrong("takes a positive binSize");
    }
    let zone = Zone::of(&arguments[3])?;
    let ms = instant(&arguments[0])?;
    let start = REFERENCE - i64::from(zone.offset(REFERENCE)?) * 1000;
    if let Unit::Fixed(length) = unit {
        let into = || {
            let bin = size.checked_mul(length)?;
            ms.checked_sub(ms.checked_sub(start)?.rem_euclid(bin))
        };
        return date(into());
    }
    if size > MAX_BIN {
        return wrong("takes no such large binSize");
    }
    let local = zone.local(ms)?;
    let days = local.div_euclid(DAY) - REFERENCE.div_euclid(DAY);
    let (start, distance) = match unit {
        Unit::Week => {
            let first = first_week(start_of_week(&arguments[4])?);
            (start + first * DAY, (days - first).div_euclid(7))
        }
        Unit::Months(months) => {
            let date = civil(local)?;
            let since = (i64::from(date.year()) - 2000) * 12 + i64::from(date.month()) - 1;
            (start, since.div_euclid(months))
        }
        _ => (start, days),
    };
    let distance = distance - distance.rem_euclid(size);
    date(Some(add(start, unit, distance, &zone)?))
}

/// The days from 2000-01-01 to the first of a week.
fn first_week(start: Weekday) -> i64 {
    i64::from(Weekday::Saturday.until(start))
}
