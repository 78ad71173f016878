//! Reports of days.

use twinbase::prelude::*;

use super::users::locked_user;
use crate::domain::{Calendar, CompletionPct, Description, Error, Report, StudyHours};

/// What somebody says of today.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Hours of study.
    pub study_hours: StudyHours,
    /// How much of what was planned is done.
    pub completion_pct: CompletionPct,
    /// More about it.
    pub notes: Option<Description>,
}

/// Adds a user's report of the user's own today: one a day, and it stays as it is.
pub async fn add_report(
    tx: &Tx,
    user: &AggregateId,
    id: &AggregateId,
    new: &NewReport,
) -> Result<Versioned<Report>, Error> {
    let calendar = Calendar::of(&*locked_user(tx, user).await?);
    let now = tx.now();
    let report = Report {
        id: id.clone(),
        user_id: user.clone(),
        local_date: calendar.date(now),
        study_hours: new.study_hours,
        completion_pct: new.completion_pct,
        notes: new.notes.clone(),
        created_at: now,
    };
    Ok(tx.insert(&report).await?)
}

/// Deletes a user's reports, each with its event: for the deletion of the account.
pub async fn delete_reports_of(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    tx.delete_where([Report::USER_ID.eq(user.clone())]).await?;
    Ok(())
}
