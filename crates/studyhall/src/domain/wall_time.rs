//! Times as people give them: an instant, or what their clock showed.

use jiff::{Timestamp, civil::DateTime};
use serde_json::{Value, json};
use twinbase_web::{Part, Place, params};

use super::Calendar;

/// An instant, or a time on the user's own clock, as a form's field for date and time sends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WallTime {
    /// With an offset.
    Instant(Timestamp),
    /// Without.
    OnTheClock(DateTime),
}

impl WallTime {
    /// The instant. A time that the user's clock skipped, or showed twice, has the offset that was in force earlier.
    pub fn instant(self, calendar: &Calendar) -> Timestamp {
        match self {
            Self::Instant(at) => at,
            // A wall time is only read when its year can be kept in every zone.
            Self::OnTheClock(wall) => calendar.instant(wall).unwrap_or(Timestamp::MAX),
        }
    }

    /// A sentence about a time that the user's clock skipped, and what it was taken for; `None` of any other.
    pub fn skipped(self, calendar: &Calendar) -> Option<String> {
        let Self::OnTheClock(wall) = self else {
            return None;
        };
        let at = self.instant(calendar);
        let is_shown = at.to_zoned(calendar.zone().clone()).datetime() == wall;
        (!is_shown).then(|| {
            let (wall, shown) = (wall.strftime("%H:%M"), calendar.shown(at));
            format!("{wall} is not on the clock that day: it is taken as {shown}.")
        })
    }

    fn parse(text: &str) -> Result<Self, &'static str> {
        if let Ok(at) = params::time(text) {
            return Ok(Self::Instant(twinbase::core::to_millis(at)));
        }
        // An offset would be passed over.
        let has_offset = text
            .get(11..)
            .is_some_and(|time| time.contains(['Z', 'z', '+', '-', '[']));
        let wall: Option<DateTime> = text.parse().ok();
        wall.filter(|wall| !has_offset && text.len() > 10 && (1970..=9998).contains(&wall.year()))
            .map(Self::OnTheClock)
            .ok_or("must be a time such as 2030-01-31T09:00:00Z, or 2030-01-31T09:00 on your own clock")
    }
}

impl Part for WallTime {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        place.text(&value, Self::parse)
    }

    fn schema() -> Value {
        let description = "RFC 3339; without an offset it is what your own clock showed.";
        json!({ "type": "string", "description": description })
    }
}

#[cfg(test)]
mod tests {
    use super::WallTime;

    #[test]
    fn a_time_is_an_instant_by_its_offset_and_the_clocks_without() {
        for instant in ["2030-01-31T09:00:00Z", "2030-01-31T09:00:00+05:45"] {
            assert!(
                matches!(WallTime::parse(instant), Ok(WallTime::Instant(_))),
                "{instant}"
            );
        }
        for clock in ["2030-01-31T09:00", "2030-01-31T09:00:30"] {
            assert!(
                matches!(WallTime::parse(clock), Ok(WallTime::OnTheClock(_))),
                "{clock}"
            );
        }
        for bad in [
            "",
            "2030-01-31",
            "09:00",
            "2030-02-30T09:00",
            "9999-12-31T23:59",
            "2030-01-31T09:00[UTC]",
            "1969-12-31T23:59Z",
            "\0",
        ] {
            assert!(WallTime::parse(bad).is_err(), "{bad}");
        }
    }
}
