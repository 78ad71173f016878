//! Operations as they are kept: a table of some hundred rows a year.

use std::time::Duration;

use jiff::Timestamp;
use twinbase_core::{
    PrimaryError, Row, Value,
    primary::{
        FOLLOWED, HOLD, NewOperation, OperationRecord, OperationReport, OperationState, SILENT,
    },
};

use super::{Run, change, change_returning, record};
use crate::render::Sql;

const COLUMNS: &str = "select id, kind, done_by, request, state, progress, cancelling, started_at, finished_at, holder, \
     case when held_until < ";

/// Whether somebody holds it, and says so, is by the primary's clock, as what takes it over is.
fn select(sql: &mut Sql) -> &mut Sql {
    sql.push(COLUMNS)
        .now()
        .push(" then 'gone' when held_until < ")
        .now_plus(HOLD.saturating_sub(SILENT))
        .push(" then 'silent' else 'held' end as hold from twinbase_operation")
}

/// Index: the primary key; the count reads the short index of what runs. Lock: the new row.
pub(super) async fn add(
    database: &impl Run,
    new: &NewOperation,
    holder: &str,
    hold: Duration,
    most: u32,
) -> Result<bool, PrimaryError> {
    const OPERATION: &str = "keep an operation";
    let text = |text: &str| Value::Text(text.replace('\0', ""));
    let mut sql = Sql::new(database.dialect());
    sql.push(
        "insert into twinbase_operation (id, kind, done_by, request, state, holder, progress, cancelling, started_at, held_until, \
         finished_at) select ",
    );
    for value in [&new.id, &new.kind, &new.by, &new.request] {
        sql.push("cast(").value(text(value)).push(" as text), ");
    }
    sql.push("cast(")
        .value(new.state.name().into())
        .push(" as text), cast(")
        .value(holder.into())
        .push(" as text), '', false, ")
        .now()
        .push(", ")
        .now_plus(hold)
        .push(", ");
    if new.state.is_over() {
        sql.now().push(" where true");
    } else if FOLLOWED.contains(&&*new.kind) {
        sql.push("null where true");
    } else {
        sql.push("null where (select count(*) from twinbase_operation where state = 'running' and not kind")
            .any(FOLLOWED.map(Value::from))
            .push(") < cast(")
            .value(Value::Int(most.into()))
            .push(" as bigint)");
    }
    Ok(change(database, OPERATION, sql).await? > 0)
}

/// Index: none, it is a short table. Lock: the rows that go.
pub(super) async fn forget(database: &impl Run, before: Timestamp) -> Result<u64, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("delete from twinbase_operation where finished_at < ")
        .value(before.into());
    change(database, "forget old operations", sql).await
}

/// Index: the primary key. Lock: the row.
pub(super) async fn report(
    database: &impl Run,
    id: &str,
    holder: &str,
    hold: Duration,
    report: &OperationReport,
) -> Result<Option<bool>, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("update twinbase_operation set progress = ")
        .value(Value::Text(report.progress.replace('\0', "")))
        .push(", state = ")
        .value(report.state.name().into())
        .push(", held_until = ")
        .now_plus(hold);
    if report.state.is_over() {
        sql.push(", finished_at = ").now();
    }
    sql.push(" where id = ")
        .value(id.into())
        .push(" and state = 'running' and holder = ")
        .value(holder.into())
        .push(" returning cancelling");
    let rows = change_returning(database, "say how far an operation is", sql).await?;
    Ok(rows
        .first()
        .map(|row| row.get("cancelling").unwrap_or_default()))
}

/// What is held until later than anybody holds was held before the clock went back: its holder may be dead since.
/// Index: that of what runs. Lock: the row that is taken.
pub(super) async fn take(
    database: &impl Run,
    kinds: &[&str],
    holder: &str,
    hold: Duration,
) -> Result<Option<OperationRecord>, PrimaryError> {
    const OPERATION: &str = "take an operation over";
    let mut sql = Sql::new(database.dialect());
    select(&mut sql)
        .push(" where state = 'running' and (held_until < ")
        .now()
        .push(" or held_until > ")
        .now_plus(hold * 2)
        .push(") and kind")
        .any(kinds.iter().map(|kind| Value::Text((*kind).to_owned())))
        .push(" order by id limit 1");
    let found = database.outbox(OPERATION, sql).await?;
    let Some((row, found)) = found.first().and_then(|row| Some((row, read(row)?))) else {
        return Ok(None);
    };
    let mut sql = Sql::new(database.dialect());
    sql.push("update twinbase_operation set holder = ")
        .value(holder.into())
        .push(", held_until = ")
        .now_plus(hold)
        .push(" where id = ")
        .value(found.operation.id.as_str().into())
        .push(" and state = 'running' and holder = ")
        .value(record::text(row, "holder").into())
        .push(" and (held_until < ")
        .now()
        .push(" or held_until > ")
        .now_plus(hold * 2)
        .push(")");
    let taken = change(database, OPERATION, sql).await? > 0;
    Ok(taken.then_some(found))
}

/// Index: the primary key. Lock: the row.
pub(super) async fn cancel(database: &impl Run, id: &str) -> Result<bool, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("update twinbase_operation set cancelling = true where state = 'running' and id = ")
        .value(id.into());
    Ok(change(database, "cancel an operation", sql).await? > 0)
}

/// Index: the primary key. Lock: none.
pub(super) async fn list(
    database: &impl Run,
    before: Option<&str>,
    limit: u32,
) -> Result<Vec<OperationRecord>, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    select(&mut sql);
    if let Some(before) = before {
        sql.push(" where id < ").value(before.into());
    }
    sql.push(" order by id desc limit ")
        .value(Value::Int(limit.into()));
    let rows = database.read("list operations", sql).await?;
    Ok(rows.iter().filter_map(read).collect())
}

/// Index: the primary key. Lock: none.
pub(super) async fn one(
    database: &impl Run,
    id: &str,
) -> Result<Option<OperationRecord>, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    select(&mut sql).push(" where id = ").value(id.into());
    let rows = database.read("read an operation", sql).await?;
    Ok(rows.first().and_then(read))
}

fn read(row: &Row) -> Option<OperationRecord> {
    let hold = record::text(row, "hold");
    Some(OperationRecord {
        operation: NewOperation {
            id: record::text(row, "id"),
            kind: record::text(row, "kind"),
            by: record::text(row, "done_by"),
            request: record::text(row, "request"),
            state: OperationState::parse(&record::text(row, "state"))?,
        },
        progress: record::text(row, "progress"),
        is_held: hold != "gone",
        is_silent: hold != "held",
        is_cancelling: row.get("cancelling").unwrap_or_default(),
        started_at: record::time(row, "started_at")?,
        finished_at: record::time(row, "finished_at"),
    })
}
