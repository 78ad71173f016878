//! A user's own statistics, by aggregation: todos, study, and the streak.

use jiff::Timestamp;
use serde::Serialize;
use twinbase::{bson::DateTime, core::RowError, prelude::*, sync::NotCaughtUp};

use super::{
    Freshness, StudyTotals,
    study::{StudyDays, study_days_from_primary, study_days_from_replica},
};
use crate::domain::{Calendar, Error, Record, Streak, Todo, User, moment, streak};

/// How a user gets on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Statistics {
    /// The todos.
    #[serde(flatten)]
    pub todos: TodoStatistics,
    /// All sessions and reports.
    pub study: StudyTotals,
    /// The streak as of the user's today.
    pub streak: Streak,
}

/// How a user's todos get on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TodoStatistics {
    /// All todos.
    pub total: i64,
    /// Those that are done.
    pub completed: i64,
    /// Those that are not.
    pub open: i64,
    /// The share that is done, 0 to 1; 0 when there are none.
    pub completion_rate: f64,
    /// When the oldest was written down.
    pub first_created_at: Option<Timestamp>,
    /// When one was last completed.
    pub last_completed_at: Option<Timestamp>,
}

/// The todos that are done, or those that are not.
struct Group {
    completed: bool,
    count: i64,
    first_created_at: Option<Timestamp>,
    last_completed_at: Option<Timestamp>,
}

/// The statistics of a user as of `now`.
pub async fn statistics(
    twin: &Twinbase,
    user_id: &AggregateId,
    now: Timestamp,
    freshness: &Freshness,
) -> Result<Answer<Statistics>, Error> {
    let primary = async {
        let user = twin.get::<User>(user_id).await?;
        let user = user.ok_or(Error::NotFound { what: "user" })?;
        let days = study_days_from_primary(twin, user_id, None).await?;
        let todos = todos_from_primary(twin, user_id).await?;
        Ok(Statistics::new(todos, &user, &days, now))
    };
    // Five reads, of which each brings all that a read may need.
    let replica = Box::pin(from_replica(twin, user_id, now, freshness));
    freshness.read(replica, Box::pin(primary)).await
}

async fn from_replica(
    twin: &Twinbase,
    user_id: &AggregateId,
    now: Timestamp,
    freshness: &Freshness,
) -> Result<Answer<Statistics>, ReadError> {
    let replica_alone = Freshness {
        strict: true,
        ..freshness.clone()
    };
    let user = replica_alone.collection::<User>(twin).get(user_id).await?;
    // The document is on its way.
    let missing = ReadError::NotCaughtUp(NotCaughtUp::Waited {
        waited: freshness.wait,
    });
    let user = user.try_map(|user| user.ok_or(missing))?;
    let (days, todos) = tokio::try_join!(
        study_days_from_replica(twin, user_id, None, freshness),
        todos_from_replica(twin, user_id, freshness),
    )?;
    let all = todos.zip(user).zip(days);
    Ok(all.map(|((todos, user), days)| Statistics::new(todos, &user, &days, now)))
}

impl Statistics {
    fn new(todos: TodoStatistics, user: &User, days: &StudyDays, now: Timestamp) -> Self {
        Self {
            todos,
            study: StudyTotals::of(days.values()),
            streak: streak_of(user, days, now),
        }
    }
}

/// The streak of a user as of `now`, from all days of study.
pub fn streak_of(user: &User, days: &StudyDays, now: Timestamp) -> Streak {
    let active = days.iter().filter(|(_, day)| day.is_active());
    let off = user.holidays.days().iter().chain(&user.excused_days);
    let aims = user.former_settings.aims.iter();
    let record = Record {
        active: active.map(|(date, _)| *date).collect(),
        excused: off.copied().collect(),
        former_aims: aims.map(|aim| (aim.weekly_aim.get(), aim.until)).collect(),
    };
    let today = Calendar::of(user).date(now);
    streak(&record, user.weekly_aim.get(), today)
}

async fn todos_from_replica(
    twin: &Twinbase,
    user_id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<TodoStatistics>, ReadError> {
    let answer = freshness
        .collection::<Todo>(twin)
        .aggregate(vec![
            doc! { "$match": { "userId": user_id.as_str() } },
            doc! { "$group": {
                "_id": "$completed",
                "count": { "$sum": 1 },
                "firstCreatedAt": { "$min": "$createdAt" },
                "lastCompletedAt": { "$max": "$completedAt" },
            } },
        ])
        .await?;
    Ok(answer.map(|groups| combine(groups.iter().map(group_of))))
}

fn group_of(document: &Document) -> Group {
    let time = |name| {
        let at: Option<&DateTime> = document.get_datetime(name).ok();
        at.and_then(|at| Timestamp::from_millisecond(at.timestamp_millis()).ok())
    };
    let count = document
        .get_i64("count")
        .or_else(|_| document.get_i32("count").map(i64::from));
    Group {
        completed: document.get_bool("_id").unwrap_or(false),
        count: count.unwrap_or_default(),
        first_created_at: time("firstCreatedAt"),
        last_completed_at: time("lastCompletedAt"),
    }
}

async fn todos_from_primary(
    twin: &Twinbase,
    user_id: &AggregateId,
) -> Result<TodoStatistics, Error> {
    // As text: a time that another program wrote may be none that can be read as one.
    let sql = "select completed, count(*) as count, cast(min(created_at) as text) as first_created_at, \
               cast(max(completed_at) as text) as last_completed_at \
               from todos where user_id = $1 group by completed";
    let rows = twin.query(sql, &[user_id.into()]).await?;
    let groups: Result<Vec<Group>, RowError> = rows
        .iter()
        .map(|row| {
            Ok(Group {
                completed: row.get("completed")?,
                count: row.get("count")?,
                first_created_at: moment::of_text(row.get("first_created_at")?),
                last_completed_at: moment::of_text(row.get("last_completed_at")?),
            })
        })
        .collect();
    let groups = groups.map_err(|error| PrimaryError::InvalidStatement {
        operation: "read statistics",
        reason: error.to_string(),
    })?;
    Ok(combine(groups))
}

fn combine(groups: impl IntoIterator<Item = Group>) -> TodoStatistics {
    let mut all = TodoStatistics::default();
    for group in groups {
        all.total += group.count;
        if group.completed {
            all.completed += group.count;
            all.last_completed_at = group.last_completed_at;
        } else {
            all.open += group.count;
        }
        all.first_created_at = match (all.first_created_at, group.first_created_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share of todos, not an account"
    )]
    if all.total > 0 {
        all.completion_rate = all.completed as f64 / all.total as f64;
    }
    all
}
