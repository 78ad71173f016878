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
