//! Walks as they are kept: one row for each collection.

use twinbase_core::{PrimaryError, Row, Value, Version, primary::WalkRecord};

use super::{Run, change, record};
use crate::render::Sql;

/// What a row has beside its key and the time at which it was written.
const COLUMNS: [&str; 8] = [
    "walker",
    "began_at",
    "floor",
    "place",
    "report",
    "mended",
    "verified_through",
    "wrong",
];

/// Index: none, it is a short table. Lock: none.
pub(super) async fn list(database: &impl Run) -> Result<Vec<WalkRecord>, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("select collection, saved_at, ")
        .push(&COLUMNS.join(", "))
        .push(" from twinbase_walk order by collection");
    let rows = database.outbox("read how far walks are", sql).await?;
    Ok(rows.iter().map(walk_of).collect())
}

/// Index: the primary key. Lock: the row.
pub(super) async fn keep(
    database: &impl Run,
    walk: &WalkRecord,
    before: &str,
) -> Result<bool, PrimaryError> {
    let number = |count: u64| Value::Int(i64::try_from(count).unwrap_or(i64::MAX));
    let values: [Value; COLUMNS.len()] = [
        walk.walker.as_str().into(),
        walk.began_at.into(),
        walk.floor.into(),
        walk.place.clone().into(),
        walk.report.as_str().into(),
        number(walk.mended),
        walk.verified_through.into(),
        number(walk.wrong),
    ];
    let mut sql = Sql::new(database.dialect());
    sql.push("insert into twinbase_walk (collection, saved_at, ")
        .push(&COLUMNS.join(", "))
        .push(") values (")
        .value(walk.collection.as_str().into())
        .push(", ")
        .now();
    for value in values {
        sql.push(", ").value(value);
    }
    sql.push(") on conflict (collection) do update set saved_at = excluded.saved_at");
    for column in COLUMNS {
        sql.push(&format!(", {column} = excluded.{column}"));
    }
    sql.push(" where twinbase_walk.walker = ")
        .value(before.into());
    Ok(change(database, "keep how far a walk is", sql).await? > 0)
}

fn walk_of(row: &Row) -> WalkRecord {
    WalkRecord {
        collection: record::text(row, "collection"),
        walker: record::text(row, "walker"),
        began_at: record::time(row, "began_at").unwrap_or_default(),
        saved_at: record::time(row, "saved_at").unwrap_or_default(),
        floor: Version::new(row.get("floor").unwrap_or_default()),
        place: record::optional(row, "place"),
        report: record::text(row, "report"),
        mended: record::number(row, "mended"),
        verified_through: record::time(row, "verified_through"),
        wrong: record::number(row, "wrong"),
    }
}
