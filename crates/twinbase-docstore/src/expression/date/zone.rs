//! Time zones, by name or by offset.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use super::{calendar, text};
use crate::expression::Value;
use crate::expression::function::{Wrong, wrong};

static NAMES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone.
pub(super) struct Zone {
    zone: TimeZone,
    /// Whether it is UTC itself, by default, by name or as an offset of zero.
    pub(super) is_utc: bool,
}

impl Zone {
    /// UTC where no argument is given.
    pub(super) fn of(value: &Value) -> Result<Self, Wrong> {
        if value.is_none() {
            return Ok(Self::utc());
        }
        let name = text(value, "timezone")?;
        let zone = match offset_seconds(name) {
            Some(seconds) => Offset::from_seconds(seconds).ok().map(TimeZone::fixed),
            // The look-up takes any case, MongoDB only the right one.
            None => NAMES
                .get(name)
                .ok()
                .filter(|zone| zone.iana_name() == Some(name) && !zone.is_unknown()),
        };
        match zone {
            Some(zone) => Ok(Self {
                is_utc: name == "UTC" || offset_seconds(name) == Some(0),
                zone,
            }),
            None => wrong(&format!("does not know the time zone {name:?}")),
        }
    }

    pub(super) fn utc() -> Self {
        Self {
            zone: TimeZone::UTC,
            is_utc: true,
        }
    }

    /// Seconds east of UTC at an instant.
    pub(super) fn offset(&self, ms: i64) -> Result<i32, Wrong> {
        if self.is_utc {
            return Ok(0);
        }
        let instant = Timestamp::from_millisecond(ms).or_else(|_| calendar::outside())?;
        Ok(self.zone.to_offset(instant).seconds())
    }

    /// What the clocks of the zone show at an instant, as if it were UTC.
    pub(super) fn local(&self, ms: i64) -> Result<i64, Wrong> {
        let offset = i64::from(self.offset(ms)?) * 1000;
        ms.checked_add(offset).map_or_else(calendar::outside, Ok)
    }

    /// The instant at which the clocks show a time. Where they skip it, the time is that much later.
    ///
    /// Where they show it twice, `near` is the offset that is taken if it is one of the two. Otherwise, as in MongoDB's
    /// library, it is the second in zones that are then at or east of UTC, and the first in those west of it.
    pub(super) fn instant(&self, local: i64, near: Option<i32>) -> Result<i64, Wrong> {
        if self.is_utc {
            return Ok(local);
        }
        let shown: DateTime = calendar::civil(local)?;
        let offset = match self.zone.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            AmbiguousOffset::Gap { before, .. } => before,
            AmbiguousOffset::Fold { before, after } => match near {
                Some(near) if near == before.seconds() => before,
                Some(near) if near == after.seconds() => after,
                _ if after.seconds() >= 0 => after,
                _ => before,
            },
        };
        let offset = i64::from(offset.seconds()) * 1000;
        local.checked_sub(offset).map_or_else(calendar::outside, Ok)
    }
}

/// Of `+05`, `+0545` and `+05:45`.
fn offset_seconds(text: &str) -> Option<i32> {
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text.get(1..)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "00"),
        4 => (digits.get(..2)?, digits.get(2..)?),
        5 => digits
            .split_once(':')
            .filter(|(hours, _)| hours.len() == 2)?,
        _ => return None,
    };
    if !hours
        .bytes()
        .chain(minutes.bytes())
        .all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    Some(sign * (hours * 3600 + minutes * 60))
}
