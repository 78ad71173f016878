//! A user's own statistics, by aggregation.

use jiff::Timestamp;
use serde::Serialize;
use twinbase::{bson::DateTime, core::RowError, prelude::*};

use super::Freshness;
use crate::domain::{Error, Todo, moment};

/// How a user gets on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
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

/// The statistics of a user's todos.
pub async fn statistics(
    twin: &Twinbase,
    user_id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Statistics>, Error> {
    freshness
        .read(
            from_replica(twin, user_id, freshness),
            from_primary(twin, user_id),
        )
        .await
}

async fn from_replica(
    twin: &Twinbase,
    user_id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Statistics>, ReadError> {
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

async fn from_primary(twin: &Twinbase, user_id: &AggregateId) -> Result<Statistics, Error> {
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

fn combine(groups: impl IntoIterator<Item = Group>) -> Statistics {
    let mut all = Statistics::default();
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
