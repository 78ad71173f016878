//! Why somebody's points are what they are: the ledger, from the primary.

use jiff::civil::Date;
use serde::Serialize;
use twinbase::{core::RowError, prelude::*};

use crate::domain::Error;

/// A point that was given or taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PointEntry {
    /// The entry's id.
    pub id: AggregateId,
    /// How many: negative when it was taken back.
    pub amount: i32,
    /// All until then, with this one.
    pub sum: i64,
    /// The Monday of the week that it counts for.
    pub week: Date,
    /// The user's day on which it was; none for points from before these were kept.
    pub local_date: Option<Date>,
    /// When.
    pub at: Timestamp,
    /// Which todo it was for; none for points from before there was a ledger.
    pub todo_id: Option<AggregateId>,
    /// The todo's title, while it is there.
    pub title: Option<String>,
}

/// How many entries a page of the ledger has.
pub const LEDGER_LENGTH: usize = 100;

/// The newest entries of a user's ledger, newest first.
pub async fn ledger(twin: &Twinbase, user: &AggregateId) -> Result<Vec<PointEntry>, Error> {
    entries(twin, user, LEDGER_LENGTH).await
}

/// All entries of a user's ledger, newest first.
pub(super) async fn whole_ledger(
    twin: &Twinbase,
    user: &AggregateId,
) -> Result<Vec<PointEntry>, Error> {
    entries(twin, user, usize::MAX >> 1).await
}

async fn entries(
    twin: &Twinbase,
    user: &AggregateId,
    most: usize,
) -> Result<Vec<PointEntry>, Error> {
    let sql = format!(
        "select e.id, e.amount, e.week, e.local_date, e.at, e.todo_id, t.title, \
         cast(sum(e.amount) over (order by e.at, e.id) as bigint) as sum \
         from point_entries e left join todos t on t.id = e.todo_id \
         where e.user_id = $1 order by e.at desc, e.id desc limit {most}"
    );
    let rows = twin.query(&sql, &[user.into()]).await?;
    Ok(rows.iter().map(entry).collect::<Result<_, _>>()?)
}

fn entry(row: &Row) -> Result<PointEntry, RowError> {
    Ok(PointEntry {
        id: row.get("id")?,
        amount: row.get("amount")?,
        sum: row.get("sum")?,
        week: row.get("week")?,
        local_date: row.get("local_date")?,
        at: row.get("at")?,
        todo_id: row.get("todo_id")?,
        title: row.get("title")?,
    })
}
