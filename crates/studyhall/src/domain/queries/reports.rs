//! A user's reports, newest first, and what a report of today could say.

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::Serialize;
use twinbase::prelude::*;

use super::{Freshness, study::hundredths};
use crate::domain::{Calendar, Error, Report, StudySession, Todo, User};

/// A page of a user's reports.
pub async fn reports(
    twin: &Twinbase,
    owner: AggregateId,
    after: Option<Cursor>,
    limit: u32,
    freshness: &Freshness,
) -> Result<Answer<Page<Report>>, ReadError> {
    freshness
        .collection::<Report>(twin)
        .filter([Report::USER_ID.eq(owner)])
        .order([Report::LOCAL_DATE.descending(), Report::ID.descending()])
        .after(after)
        .page(limit)
        .await
}

/// The user's own report.
pub async fn one_report(
    twin: &Twinbase,
    owner: &AggregateId,
    id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Versioned<Report>>, Error> {
    let own = |report: &Report| report.user_id == *owner;
    let report = freshness.get(twin, id, own).await?;
    report.ok_or(Error::NotFound { what: "report" })
}

/// What a report of today would say, and from what.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReportDraft {
    /// The user's today.
    pub local_date: Date,
    /// Hours of the day's sessions, to a hundredth.
    pub study_hours: f64,
    /// Todos done today, in percent of those and of the open ones that are due until the day ends; 0 without any.
    pub completion_pct: f64,
    /// Minutes that the server measured.
    pub timed_minutes: i32,
    /// Minutes that were entered by hand.
    pub manual_minutes: i32,
    /// Todos done today.
    pub todos_done: u32,
    /// Open todos that are due until the day ends.
    pub todos_due: u32,
    /// Whether there is a report of today already.
    pub is_reported: bool,
}

/// What a report of today could say. Exact, from the primary: the report that is made of it stays.
pub async fn report_draft(
    twin: &Twinbase,
    id: &AggregateId,
    now: Timestamp,
) -> Result<ReportDraft, Error> {
    let user = twin.get::<User>(id).await?;
    let user = user.ok_or(Error::NotFound { what: "user" })?;
    let calendar = Calendar::of(&user);
    let today = calendar.date(now);
    let sessions: Vec<Versioned<StudySession>> = rows(
        twin,
        [
            StudySession::USER_ID.eq(id.clone()),
            StudySession::LOCAL_DATE.eq(today),
        ],
    )
    .await?;
    let minutes = |timed: bool| {
        let sessions = sessions.iter().filter(|session| session.timed == timed);
        sessions.map(|session| session.minutes).sum()
    };
    let (timed_minutes, manual_minutes): (i32, i32) = (minutes(true), minutes(false));
    let (todos_done, todos_due) = todos_of_day(twin, id, &calendar, today, now).await?;
    let reported: Vec<Versioned<Report>> = rows(
        twin,
        [Report::USER_ID.eq(id.clone()), Report::LOCAL_DATE.eq(today)],
    )
    .await?;
    let hours = f64::from(timed_minutes.saturating_add(manual_minutes)) / 60.0;
    Ok(ReportDraft {
        local_date: today,
        study_hours: hundredths(hours.min(24.0)),
        completion_pct: match todos_done + todos_due {
            0 => 0.0,
            all => hundredths(f64::from(todos_done) / f64::from(all) * 100.0),
        },
        timed_minutes,
        manual_minutes,
        todos_done,
        todos_due,
        is_reported: !reported.is_empty(),
    })
}

/// How many todos were done today, and how many open ones are due until it ends.
async fn todos_of_day(
    twin: &Twinbase,
    id: &AggregateId,
    calendar: &Calendar,
    today: Date,
    now: Timestamp,
) -> Result<(u32, u32), Error> {
    let begins = calendar.began(today, now);
    let tomorrow = today.tomorrow().ok();
    let ends = tomorrow.and_then(|date| calendar.begins(date));
    let before = begins.checked_sub(SignedDuration::from_millis(1));
    let mine = || [Todo::USER_ID.eq(id.clone()), Todo::COMPLETED.eq(true)];
    let of_today = [Todo::LOCAL_DATE.eq(Some(today))];
    // What another program completed has no date.
    let undated = [
        Todo::LOCAL_DATE.eq(None),
        Todo::COMPLETED_AT.gt(before.unwrap_or(begins)),
    ];
    let mut done: Vec<Versioned<Todo>> = rows(twin, mine().into_iter().chain(of_today)).await?;
    done.extend(rows(twin, mine().into_iter().chain(undated)).await?);
    let due: Vec<Versioned<Todo>> = rows(
        twin,
        [
            Todo::USER_ID.eq(id.clone()),
            Todo::COMPLETED.eq(false),
            Todo::DUE_AT.ne(None),
            Todo::DUE_AT.lt(ends.unwrap_or(now).max(now)),
        ],
    )
    .await?;
    let count = |todos: Vec<_>| u32::try_from(todos.len()).unwrap_or(u32::MAX);
    Ok((count(done), count(due)))
}

async fn rows<A: Aggregate>(
    twin: &Twinbase,
    filter: impl IntoIterator<Item = Condition<A>>,
) -> Result<Vec<Versioned<A>>, PrimaryError> {
    twin.select(Select {
        filter: Condition::all(filter),
        ..Select::new(A::schema(), u32::MAX)
    })
    .await
}
