//! A session that runs: its anchors in the primary, from which every device draws the same.

use std::sync::LazyLock;

use jiff::{SignedDuration, civil::Date};
use serde::Serialize;
use twinbase::{core::RowError, prelude::*};

use super::{Error, Subject};

twinbase_web::number! {
    /// How long a session is meant to be, in minutes; it may go on.
    #[derive(Eq)]
    pub struct GoalMinutes: i32 in 1..=600;
}

/// A timer that has run for longer was probably forgotten: its end is asked for.
pub const LONGEST_UNASKED: SignedDuration = SignedDuration::from_hours(4);

/// A session that runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Timer {
    /// What is studied.
    pub subject: Subject,
    /// How long it is meant to be.
    pub goal_minutes: Option<GoalMinutes>,
    /// When it began, by the server's clock.
    pub started_at: Timestamp,
    /// The user's day on which it began, to which it belongs.
    pub local_date: Date,
}

pub(super) static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "timers",
        &[
            Field::private("user_id", Kind::Text),
            Field::private("subject", Kind::Text),
            Field::private("goal_minutes", Kind::Int32).nullable(),
            Field::private("started_at", Kind::Timestamp),
            Field::private("local_date", Kind::Date),
        ],
    )
    .into()
});
pub(super) const USER_ID: Column<Timer, AggregateId> = Column::new("user_id");
const SUBJECT: Column<Timer, Subject> = Column::new("subject");
const GOAL_MINUTES: Column<Timer, Option<GoalMinutes>> = Column::new("goal_minutes");
const STARTED_AT: Column<Timer, Timestamp> = Column::new("started_at");
const LOCAL_DATE: Column<Timer, Date> = Column::new("local_date");

impl Timer {
    /// The row of a user's timer.
    pub(super) fn row(&self, user: &AggregateId) -> Vec<Assignment<Self>> {
        vec![
            USER_ID.set(user.clone()),
            SUBJECT.set(self.subject.clone()),
            GOAL_MINUTES.set(self.goal_minutes),
            STARTED_AT.set(self.started_at),
            LOCAL_DATE.set(self.local_date),
        ]
    }

    /// The timer of a user, from the primary.
    pub(super) async fn of(on: &impl Writes, user: &AggregateId) -> Result<Option<Self>, Error> {
        let sql =
            "select subject, goal_minutes, started_at, local_date from timers where user_id = $1";
        let rows = on.query(sql, &[user.into()]).await?;
        let timer = rows.first().map(Self::read).transpose();
        let timer = timer.map_err(|error| PrimaryError::InvalidStatement {
            operation: "read a timer",
            reason: error.to_string(),
        })?;
        Ok(timer.flatten())
    }

    /// A subject that is none would be another program's: there is no timer then.
    fn read(row: &Row) -> Result<Option<Self>, RowError> {
        let goal: Option<i32> = row.get("goal_minutes")?;
        let subject: String = row.get("subject")?;
        let Ok(subject) = Subject::parse(&subject) else {
            return Ok(None);
        };
        Ok(Some(Self {
            subject,
            goal_minutes: goal.and_then(|goal| GoalMinutes::new(goal).ok()),
            started_at: row.get("started_at")?,
            local_date: row.get("local_date")?,
        }))
    }
}
