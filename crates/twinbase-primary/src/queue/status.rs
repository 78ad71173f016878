//! Reads of the outbox whose statements differ from dialect to dialect and answer the same columns.

use std::{collections::HashSet, sync::Arc, time::Duration};

use twinbase_core::{
    AggregateId, PrimaryError, Row, Schema, Value, Version, primary::OutboxStatus,
};

use super::{Run, record};
use crate::render::{Param, Sql};

pub(crate) async fn status(database: &impl Run, text: &str) -> Result<OutboxStatus, PrimaryError> {
    let rows = counted(database, text).await?;
    Ok(rows.first().map(numbers).unwrap_or_default())
}

pub(crate) async fn status_by_type(
    database: &impl Run,
    text: &str,
) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
    let rows = counted(database, text).await?;
    let of_type = |row| (record::text(row, "aggregate_type").into(), numbers(row));
    Ok(rows.iter().map(of_type).collect())
}

/// Which of the aggregates have an event that waits.
pub(crate) async fn unapplied(
    database: &impl Run,
    text: &str,
    schema: &Schema,
    ids: &[AggregateId],
) -> Result<HashSet<AggregateId>, PrimaryError> {
    let ids_of = Param::Array(ids.iter().map(Value::from).collect());
    let params = vec![Param::One(schema.aggregate_type.as_ref().into()), ids_of];
    let sql = fixed(database, text, params);
    let rows = database.outbox("find pending events", sql).await?;
    let found = rows.iter().map(|row| record::text(row, "aggregate_id"));
    let found: HashSet<String> = found.collect();
    let waits = |id: &&AggregateId| found.contains(id.as_str());
    Ok(ids.iter().filter(waits).cloned().collect())
}

/// Runs a statement whose parameter is where counting stops.
async fn counted(database: &impl Run, text: &str) -> Result<Vec<Row>, PrimaryError> {
    let limit = Param::One(OutboxStatus::COUNT_LIMIT.cast_signed().into());
    let sql = fixed(database, text, vec![limit]);
    database.outbox("read the outbox's status", sql).await
}

/// A statement whose text is fixed.
fn fixed(database: &impl Run, text: &str, params: Vec<Param>) -> Sql {
    Sql {
        kind: database.dialect(),
        text: text.to_owned(),
        params,
    }
}

fn numbers(row: &Row) -> OutboxStatus {
    // A clock that went back makes no negative age.
    let age = |column| {
        let millis: i64 = row.get(column).ok()?;
        Some(Duration::from_millis(u64::try_from(millis).unwrap_or(0)))
    };
    let (pending, failed) = (age("oldest_pending_millis"), age("oldest_failed_millis"));
    OutboxStatus {
        backlog: record::number(row, "backlog"),
        backlog_is_exact: row.get("backlog_is_exact").unwrap_or_default(),
        retrying: record::number(row, "retrying"),
        failed: record::number(row, "failed"),
        oldest_pending: pending,
        oldest_unapplied: pending.max(failed),
        floor: Version::new(row.get("floor").unwrap_or_default()),
        unproven: row.get("unproven").unwrap_or_default(),
    }
}
