//! Days off that a user has named.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use twinbase::prelude::*;
use twinbase_web::{Part, Place};

/// A few years of holidays; each is read whenever a streak is counted.
const MOST: usize = 200;

/// Days on which one does not mean to study: up to 200, in order, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, FieldType, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holidays(Vec<Date>);

impl Holidays {
    /// These days in order; `None` of more than are kept.
    pub fn of(mut days: Vec<Date>) -> Option<Self> {
        days.sort_unstable();
        days.dedup();
        (days.len() <= MOST).then_some(Self(days))
    }

    /// These days after a change to others: those before `today` stay, for a streak went on over them, and a new one is
    /// today or later. `None` of one that is not. The oldest go when there are more than are kept.
    pub fn changed(&self, to: &Self, today: Date) -> Option<Self> {
        let mut over = to.0.iter().filter(|day| **day < today);
        if over.any(|day| !self.0.contains(day)) {
            return None;
        }
        let over = self.0.iter().filter(|day| **day < today);
        let mut days: Vec<_> = over.chain(&to.0).copied().collect();
        days.sort_unstable();
        days.dedup();
        days.drain(..days.len().saturating_sub(MOST));
        Some(Self(days))
    }

    /// The days.
    pub fn days(&self) -> &[Date] {
        &self.0
    }
}

impl Part for Holidays {
    fn read(value: Value, place: &mut Place<'_>) -> Option<Self> {
        let days = Vec::<Date>::read(value, place)?;
        let refuse = || place.refuse(format!("must have at most {MOST} days"));
        Self::of(days).or_else(refuse)
    }

    fn schema() -> Value {
        json!({ "type": "array", "items": Date::schema(), "maxItems": MOST })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_off_that_are_over_stay_and_new_ones_are_to_come() {
        let of = |days: &[i8]| {
            let days = days.iter().map(|day| date(2030, 6, *day));
            Holidays::of(days.collect()).expect("they are few")
        };
        let today = date(2030, 6, 10);
        for (before, to, after) in [
            (&[][..], &[10, 12][..], Some(&[10, 12][..])),
            (&[3, 12], &[3, 12], Some(&[3, 12])),
            (&[3, 12], &[], Some(&[3])),
            (&[3], &[14], Some(&[3, 14])),
            (&[], &[9], None),
            (&[3], &[3, 4], None),
        ] {
            let changed = of(before).changed(&of(to), today);
            assert_eq!(changed, after.map(of), "{before:?} to {to:?}");
        }
    }
}
