//! The outbox on SQLite. Marking takes one transaction of the writer for a whole batch.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};
use twinbase_core::{
    AggregateId, EventRef, Key, Operation, PrimaryError, Row, Schema, Version,
    primary::{FailedAttempt, Outbox, OutboxStatus, Pending, PendingRequest, PrimaryKind, Retired},
};

use super::{
    Sqlite,
    bind::time,
    pending::{pending, text, whole},
    read, sql,
};
use crate::{queue, render::Sql};

#[async_trait]
impl Outbox for Sqlite {
    async fn pending(&self, request: &PendingRequest) -> Result<Pending, PrimaryError> {
        let request = request.clone();
        let work = move |connection: &Connection| pending(connection, &request);
        self.readers.run("read pending events", work).await
    }

    async fn mark_applied(
        &self,
        events: &[EventRef],
        healed: &[(Key, Version)],
    ) -> Result<u64, PrimaryError> {
        if events.is_empty() && healed.is_empty() {
            return Ok(0);
        }
        // Neighbours lie on one page.
        let mut seqs: Vec<i64> = events.iter().map(|event| event.seq).collect();
        seqs.sort_unstable();
        let healed = healed.to_vec();
        let work = move |connection: &Connection| mark(connection, &seqs, &healed);
        self.writer.write("mark events as applied", work).await
    }

    async fn record_failed(&self, charges: &[FailedAttempt]) -> Result<u64, PrimaryError> {
        if charges.is_empty() {
            return Ok(0);
        }
        let charges = charges.to_vec();
        let work = move |connection: &Connection| charge(connection, &charges);
        self.writer.write("record failed attempts", work).await
    }

    async fn touch(
        &self,
        schema: &Schema,
        above: &[(AggregateId, Version)],
    ) -> Result<Vec<(AggregateId, Version)>, PrimaryError> {
        let run = |statements: Vec<Sql>| {
            let work = move |connection: &Connection| -> Result<Vec<Row>, PrimaryError> {
                let mut answers = statements
                    .iter()
                    .map(|sql| read::answer(connection, sql.statement(queue::TOUCH)));
                let raised = answers.next().unwrap_or_else(|| Ok(Vec::new()))?;
                answers.try_for_each(|answer| answer.map(drop))?;
                Ok(raised)
            };
            self.writer.write(queue::TOUCH, work)
        };
        queue::touch(PrimaryKind::Sqlite, schema, above, run).await
    }

    async fn unapplied(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        queue::unapplied(self, sql::UNAPPLIED, schema, ids).await
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        queue::status(self, sql::STATUS).await
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        queue::status_by_type(self, sql::STATUS_BY_TYPE).await
    }

    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError> {
        let work = move |connection: &Connection| retire(connection, before, limit);
        self.writer.write("remove old events", work).await
    }

    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        if heads.is_empty() {
            return Ok(0);
        }
        let heads = heads.to_vec();
        let work = move |connection: &Connection| forget(connection, &heads);
        self.writer.write("remove heads", work).await
    }
}

fn mark(connection: &Connection, seqs: &[i64], healed: &[(Key, Version)]) -> rusqlite::Result<u64> {
    let mut changed = 0;
    let mut mark = connection.prepare_cached(sql::MARK_APPLIED)?;
    for seq in seqs {
        changed += mark.execute([seq])?;
    }
    let mut any_charged = connection.prepare_cached(sql::ANY_CHARGED)?;
    if any_charged.query_row([], |row| row.get(0))? {
        let mut heal = connection.prepare_cached(sql::HEAL)?;
        for (key, version) in healed {
            changed += heal.execute((&key.aggregate_type, key.id.as_str(), version.get()))?;
        }
    }
    Ok(changed as u64)
}

fn charge(connection: &Connection, charges: &[FailedAttempt]) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(sql::CHARGE)?;
    let mut counted = 0;
    for charge in charges {
        counted += statement.execute((
            charge.at.seq,
            charge.seen_retry_count,
            &charge.error,
            &charge.error_key,
            charge.next_attempt_at.map(time),
        ))?;
    }
    Ok(counted as u64)
}

/// Removes events, and returns which aggregates ended with one of them.
fn retire(connection: &Connection, before: Timestamp, limit: u32) -> rusqlite::Result<Retired> {
    let mut retired = Retired::default();
    let mut deletions = Vec::new();
    let mut statement = connection.prepare_cached(sql::RETIRE)?;
    let mut rows = statement.query((time(before), limit))?;
    while let Some(row) = rows.next()? {
        retired.removed += 1;
        if Operation::is_delete(text(row, 0)?, text(row, 1)?)
            && let Ok(id) = AggregateId::new(text(row, 2)?)
        {
            let key = Key::new(text(row, 1)?, id);
            deletions.push((key, Version::new(whole(row, 3)?)));
        }
    }
    let mut head = connection.prepare_cached(sql::HEAD)?;
    for (key, version) in deletions {
        let now = head
            .query_row((&key.aggregate_type, key.id.as_str()), |row| row.get(0))
            .optional()?;
        if now == Some(version.get()) {
            retired.deleted.push((key, version));
        }
    }
    Ok(retired)
}

/// Removes heads that nothing has happened to and nothing waits for.
fn forget(connection: &Connection, heads: &[(Key, Version)]) -> rusqlite::Result<u64> {
    let head = |(key, version): &(Key, Version)| {
        serde_json::json!([&*key.aggregate_type, key.id.as_str(), version.get()])
    };
    let heads: serde_json::Value = heads.iter().map(head).collect();
    let mut forget = connection.prepare_cached(sql::FORGET_HEAD)?;
    Ok(forget.execute([heads.to_string()])? as u64)
}
