//! The `report` aggregate: what somebody says of a day, once.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Description, moment};

twinbase_web::number! {
    /// Hours of study in a day.
    pub struct StudyHours: f64 in 0.0..=24.0;
    /// How much of what was planned is done, in percent.
    pub struct CompletionPct: f64 in 0.0..=100.0;
}

/// What somebody says of a day. One a day; it does not change.
#[derive(Debug, Clone, PartialEq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "report",
    table = "daily_reports",
    collection = "dailyReports",
    index(newest_of_user = [user_id, local_date desc, id desc]),
    unique(daily_reports_user_id_local_date_key = [user_id, local_date])
)]
pub struct Report {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// Whose it is.
    #[fixed]
    pub user_id: AggregateId,
    /// The user's day.
    #[fixed]
    pub local_date: Date,
    /// Hours of study.
    #[fixed]
    pub study_hours: StudyHours,
    /// How much of what was planned is done.
    #[fixed]
    pub completion_pct: CompletionPct,
    /// More about it.
    #[fixed]
    pub notes: Option<Description>,
    /// When it was written.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
}
