//! The `session` aggregate: a time of study. Who is signed in is another thing, and no aggregate.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::moment;

twinbase_web::text! {
    /// What was studied, in up to 100 characters.
    pub struct Subject: Rules::of(1, 100).trimmed().cleaned();
}

/// More minutes of one day are kept and not counted: nobody studies for longer.
pub const DAILY_CAP_MINUTES: i32 = 16 * 60;

/// A time of study. It does not change.
#[derive(Debug, Clone, PartialEq, Eq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "session",
    table = "study_sessions",
    collection = "studySessions",
    index(newest_of_user = [user_id, started_at desc, id desc]),
    index(days_of_user = [user_id, local_date])
)]
pub struct StudySession {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// Whose it is.
    #[fixed]
    pub user_id: AggregateId,
    /// What was studied.
    #[fixed]
    pub subject: Subject,
    /// When it began.
    #[fixed]
    #[serde(deserialize_with = "moment::required")]
    pub started_at: Timestamp,
    /// When it ended.
    #[fixed]
    #[serde(deserialize_with = "moment::required")]
    pub ended_at: Timestamp,
    /// Whole minutes from the one to the other.
    #[fixed]
    pub minutes: i32,
    /// Those that count: measured by the server, and within the cap of the day.
    #[fixed]
    pub counted_minutes: i32,
    /// Whether the server measured it; one that was entered by hand counts no minutes.
    #[fixed]
    pub timed: bool,
    /// The user's day on which it began.
    #[fixed]
    pub local_date: Date,
    /// When it was written down.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
}

/// Whole minutes between two times, 0 when the second is the earlier.
pub(super) fn minutes_between(from: Timestamp, to: Timestamp) -> i32 {
    let minutes = to.duration_since(from).as_mins().max(0);
    i32::try_from(minutes).unwrap_or(i32::MAX)
}
