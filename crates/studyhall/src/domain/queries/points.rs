//! Why somebody's points are what they are: the ledger, from the primary.

use jiff::civil::Date;
use serde::Serialize;
use twinbase::{core::RowError, prelude::*};
use twinbase_web::{Page, cursor};

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

/// How many entries a page of the ledger has at most.
pub const LEDGER_LENGTH: u32 = 100;

/// A page of a user's ledger, newest first, from after this entry on.
pub async fn ledger(
    twin: &Twinbase,
    user: &AggregateId,
    after: Option<&AggregateId>,
    limit: u32,
) -> Result<Page<PointEntry>, Error> {
    let found = entries(twin, user, after, u64::from(limit) + 1).await?;
    Ok(Page::of(found, limit, |last| cursor::write(&last.id)))
}

/// What a user has, and how much of it no entry explains: another program wrote those points, or took some away.
pub async fn points_of(twin: &Twinbase, user: &AggregateId) -> Result<(i64, i64), Error> {
    let sql = "select cast(total_points as bigint) as points, cast(total_points - coalesce( \
               (select sum(amount) from point_entries where user_id = $1), 0) as bigint) as unlisted \
               from users where id = $1";
    let rows = twin.query(sql, &[user.into()]).await?;
    let row = rows.first().ok_or(Error::NotFound { what: "user" })?;
    Ok((row.get("points")?, row.get("unlisted")?))
}

/// All entries of a user's ledger, newest first.
pub(super) async fn whole_ledger(
    twin: &Twinbase,
    user: &AggregateId,
) -> Result<Vec<PointEntry>, Error> {
    entries(twin, user, None, i64::MAX.unsigned_abs()).await
}

/// The sums are of the whole ledger, whichever part is asked for.
async fn entries(
    twin: &Twinbase,
    user: &AggregateId,
    after: Option<&AggregateId>,
    most: u64,
) -> Result<Vec<PointEntry>, Error> {
    let (mut part, mut params) = ("", vec![Value::from(user)]);
    if let Some(after) = after {
        part = "where (s.at, s.id) < (select at, id from point_entries where id = $2 and user_id = $1)";
        params.push(after.into());
    }
    let sql = format!(
        "select s.id, s.amount, s.week, s.local_date, s.at, s.todo_id, t.title, s.sum from ( \
         select id, amount, week, local_date, at, todo_id, \
         cast(sum(amount) over (order by at, id) as bigint) as sum \
         from point_entries where user_id = $1) s left join todos t on t.id = s.todo_id \
         {part} order by s.at desc, s.id desc limit {most}"
    );
    let rows = twin.query(&sql, &params).await?;
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
