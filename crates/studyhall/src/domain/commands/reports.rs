//! Reports of days.

use jiff::{SignedDuration, civil::Date};
use twinbase::prelude::*;

use super::users::locked_user;
use crate::domain::{Calendar, CompletionPct, Description, Error, Report, Rule, StudyHours};

/// For so long a day that has ended can still be reported: the form was opened before midnight.
const GRACE: SignedDuration = SignedDuration::from_hours(6);

/// What somebody says of a day.
#[derive(Debug, Clone)]
pub struct NewReport {
    /// Hours of study.
    pub study_hours: StudyHours,
    /// How much of what was planned is done.
    pub completion_pct: CompletionPct,
    /// More about it.
    pub notes: Option<Description>,
    /// Of which day; today without.
    pub local_date: Option<Date>,
}

/// Adds a user's report of the user's own today, or of a day that was today a short while ago: one a day, and it stays as it is.
pub async fn add_report(
    tx: &Tx,
    user: &AggregateId,
    id: &AggregateId,
    new: &NewReport,
) -> Result<Versioned<Report>, Error> {
    let calendar = Calendar::of(&*locked_user(tx, user).await?);
    let now = tx.now();
    let today = calendar.date(now);
    let local_date = new.local_date.unwrap_or(today);
    let lately = now.checked_sub(GRACE).map_or(today, |at| calendar.date(at));
    if ![today, lately].contains(&local_date) {
        return Err(Error::Against {
            rule: Rule::ReportOfAnotherDay,
            about: format!("This one is of {local_date}; it is {today} for you."),
        });
    }
    let report = Report {
        id: id.clone(),
        user_id: user.clone(),
        local_date,
        study_hours: new.study_hours,
        completion_pct: new.completion_pct,
        notes: new.notes.clone(),
        created_at: now,
    };
    match tx.insert(&report).await.map_err(Error::from) {
        Err(Error::Rule(rule)) => Err(Error::Against {
            rule,
            about: format!("It is of {local_date}."),
        }),
        inserted => inserted,
    }
}

/// Deletes a user's reports, each with its event: for the deletion of the account.
pub async fn delete_reports_of(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    tx.delete_where([Report::USER_ID.eq(user.clone())]).await?;
    Ok(())
}
