//! Settings that a user had before: what was written by them keeps its date and its place in a streak.

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use twinbase::{core::FieldType, prelude::*};

use super::{DayStart, WeeklyAim, ZoneName};

/// So many changes of zone or hour are remembered; sessions are hardly entered for a time before.
const MOST_DAYS: usize = 8;

/// So many aims are remembered, one of a day at most.
const MOST_AIMS: usize = 100;

/// How the days of a user began, until the next change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerDay {
    /// The zone of the user's clock.
    pub time_zone: ZoneName,
    /// The hour at which the day began.
    pub day_start: DayStart,
    /// Since when; `None` for the first that the user had.
    pub since: Option<Timestamp>,
    /// The date that was reached then.
    pub floor: Option<Date>,
}

/// The weekly aim of a user, until the next change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerAim {
    /// On how many days of a week the user wanted to study.
    pub weekly_aim: WeeklyAim,
    /// The first date on which this no longer held.
    pub until: Date,
}

/// The settings that a user had before, oldest first; of a user who never changed them there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerSettings {
    /// How the days began.
    pub days: Vec<FormerDay>,
    /// The weekly aims.
    pub aims: Vec<FormerAim>,
}

impl FormerSettings {
    /// Notes how days began until now.
    pub(super) fn note_day(&mut self, day: FormerDay) {
        self.days.push(day);
        self.days.drain(..self.days.len().saturating_sub(MOST_DAYS));
    }

    /// Notes an aim that held until `today`; one that held for a part of a day held for none.
    pub(super) fn note_aim(&mut self, weekly_aim: WeeklyAim, today: Date) {
        if self.aims.last().is_some_and(|last| today <= last.until) {
            return;
        }
        let until = today;
        self.aims.push(FormerAim { weekly_aim, until });
        self.aims.drain(..self.aims.len().saturating_sub(MOST_AIMS));
    }
}

impl From<FormerSettings> for Value {
    fn from(settings: FormerSettings) -> Self {
        Self::Json(serde_json::json!(settings))
    }
}

impl FieldType for FormerSettings {
    const KIND: Kind = Kind::Json;
}
