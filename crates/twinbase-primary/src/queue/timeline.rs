//! The timeline as it is kept: one row, and on PostgreSQL a sequence that writers read.

use std::collections::HashMap;

use twinbase_core::{
    AggregateId, Partition, PrimaryError, Row, Schema, Value, Version, heartbeat_id,
    primary::{Cause, PrimaryKind, Raised, Timeline},
};

use super::{Run, change, record};
use crate::render::Sql;

/// Statements and locks: those of [`recorded`] and of the identity.
pub(super) async fn timeline(database: &impl Run) -> Result<Timeline, PrimaryError> {
    let recorded = recorded(database).await?;
    Ok(Timeline {
        database: database.identity().await?,
        ..recorded
    })
}

/// What every primary has and no operation takes away.
const ALWAYS: [&str; 3] = ["twinbase_timeline", "twinbase_heartbeat", "twinbase_lease"];

/// Index: the primary key. Lock: none.
pub(super) async fn recorded(database: &impl Run) -> Result<Timeline, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("select t.floor, t.database, case when a.is_gone then ")
        .now()
        .push(" else t.raised_at end as raised_at, case when a.is_gone then ")
        .literal(Cause::PrimaryEmptied.name())
        .push(" else t.cause end as cause from (select ")
        .list(" or ", ALWAYS, |sql, table| {
            sql.push(&format!("not exists (select 1 from {table})"));
        })
        .push(" as is_gone) as a left join twinbase_timeline as t on t.id = 1");
    let rows = database.outbox("read the timeline", sql).await?;
    let row = rows.first();
    Ok(Timeline {
        floor: row.map_or(Version::NONE, |row| {
            Version::new(row.get("floor").unwrap_or_default())
        }),
        recorded: row.and_then(|row| record::optional(row, "database")),
        database: None,
        unproven: row.and_then(raised),
    })
}

/// Index: the primary key of `aggregate_version`. Lock: none.
pub(super) async fn heads(
    database: &impl Run,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<HashMap<AggregateId, Version>, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("select aggregate_id, version from aggregate_version where aggregate_type = ")
        .literal(&schema.aggregate_type)
        .push(" and aggregate_id")
        .any(ids.iter().map(Value::from));
    let rows = database.outbox("read versions", sql).await?;
    let heads = rows.iter().filter_map(|row| {
        let id = AggregateId::new(record::text(row, "aggregate_id")).ok()?;
        Some((id, Version::new(row.get("version").ok()?)))
    });
    Ok(heads.collect())
}

fn raised(row: &Row) -> Option<Raised> {
    let cause = record::optional(row, "cause")?;
    Some(Raised {
        at: record::time(row, "raised_at")?,
        cause: Cause::ALL.into_iter().find(|known| known.name() == cause)?,
    })
}

/// The rows that the migrations made, where they are gone. The heartbeat has no number then, so that the replica counts as this primary's.
/// Index: the primary keys. Lock: these rows.
async fn make_again(database: &impl Run, operation: &'static str) -> Result<(), PrimaryError> {
    let mut timeline = Sql::new(database.dialect());
    timeline.push("insert into twinbase_timeline (id, floor) values (1, 0)");
    let mut heartbeat = Sql::new(database.dialect());
    heartbeat
        .push("insert into twinbase_heartbeat (id, at) values (")
        .literal(heartbeat_id().as_str())
        .push(", ")
        .now()
        .push(")");
    let mut leases = Sql::new(database.dialect());
    leases
        .push("insert into twinbase_lease (\"partition\") values ")
        .list(", ", Partition::all(), |sql, partition| {
            sql.push(&format!("({})", partition.0));
        });
    for mut row in [timeline, heartbeat, leases] {
        row.push(" on conflict do nothing");
        change(database, operation, row).await?;
    }
    Ok(())
}

/// Index: the primary key. Lock: the row; on PostgreSQL all heads against changes, for a moment.
pub(super) async fn raise(
    database: &impl Run,
    at_least: Version,
    cause: Cause,
) -> Result<(), PrimaryError> {
    const OPERATION: &str = "raise the floor of versions";
    if recorded(database).await?.is_emptied() {
        make_again(database, OPERATION).await?;
    }
    let this: Value = database.identity().await?.into();
    let mut sql = Sql::new(database.dialect());
    let largest = match database.dialect() {
        PrimaryKind::Postgres => {
            sql.push("select twinbase_raise_floor(cast(")
                .value(at_least.into())
                .push(" as int8), cast(")
                .value(this)
                .push(" as text), cast(")
                .value(cause.name().into())
                .push(" as text))");
            change(database, OPERATION, sql).await?;
            return Ok(());
        }
        PrimaryKind::Cockroach => "greatest",
        PrimaryKind::Sqlite => "max",
    };
    sql.push("update twinbase_timeline set floor = ")
        .push(largest)
        .push("(floor, ")
        .value(at_least.into())
        .push("), database = ")
        .value(this)
        .push(", raised_at = ")
        .now()
        .push(", cause = ")
        .value(cause.name().into());
    change(database, OPERATION, sql).await?;
    Ok(())
}

/// Index: the primary key. Lock: the row.
pub(super) async fn record_database(database: &impl Run) -> Result<(), PrimaryError> {
    let this = Value::from(database.identity().await?);
    let mut sql = Sql::new(database.dialect());
    sql.push("update twinbase_timeline set database = ")
        .value(this.clone())
        .push(" where database is null or substr(cast(")
        .value(this)
        .push(" as text), 1, length(database) + 1) = database || '-'");
    change(database, "record which database this is", sql).await?;
    Ok(())
}

/// Index: the primary key. Lock: the row.
pub(super) async fn prove(database: &impl Run, floor: Version) -> Result<(), PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("update twinbase_timeline set raised_at = null, cause = null where floor = ")
        .value(floor.into());
    change(database, "record that both sides agree", sql).await?;
    Ok(())
}
