//! The outbox as the sync engine uses it.

use std::{collections::HashSet, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    AggregateId, EventRef, Key, PrimaryError, Schema, Value, Version,
    primary::{FailedAttempt, Outbox, OutboxStatus, Pending, PendingRequest, Retired},
};

use super::{
    Postgres,
    bind::{Bound, BoundValue, timestamps},
    error::translate,
    session::{Params, Session},
    sql,
};
use crate::{
    queue::{self, Run as _},
    render::Sql,
};

const MARK: &str = "mark events as applied";

#[async_trait]
impl Outbox for Postgres {
    async fn pending(&self, request: &PendingRequest) -> Result<Pending, PrimaryError> {
        self.read_pending(request).await
    }

    async fn mark_applied(
        &self,
        events: &[EventRef],
        healed: &[(Key, Version)],
    ) -> Result<u64, PrimaryError> {
        let mut session = self.session(&self.outbox, MARK).await?;
        let (mut changed, mut any_charged) = (0, true);
        // One order of locks for all workers, and that of the rows in the table.
        let mut events = events.to_vec();
        events.sort_unstable_by_key(|at| at.seq);
        let (partitions, seqs) = places(events.iter());
        let read_at = self.places.take(&events).unwrap_or_default();
        if !read_at.is_empty() {
            let params: Params<'_> = &[&partitions, &seqs, &read_at];
            let answer = session.query(MARK, &sql::MARK_READ, params).await?;
            (changed, any_charged) = marked(&answer)?;
        }
        if changed < events.len() as u64 {
            let mark = sql::of(self.kind, &sql::MARK_APPLIED, &sql::COCKROACH_MARK_APPLIED);
            let params: Params<'_> = &[&partitions, &seqs];
            let (others, any) = marked(&session.query(MARK, mark, params).await?)?;
            (changed, any_charged) = (changed + others, any);
        }
        if any_charged && !healed.is_empty() {
            changed += change_heads(&mut session, MARK, &sql::HEAL, healed).await?;
        }
        Ok(changed)
    }

    async fn record_failed(&self, charges: &[FailedAttempt]) -> Result<u64, PrimaryError> {
        const OPERATION: &str = "record failed attempts";
        if charges.is_empty() {
            return Ok(0);
        }
        let mut charges: Vec<&FailedAttempt> = charges.iter().collect();
        charges.sort_unstable_by_key(|charge| charge.at.seq);
        let (partitions, seqs) = places(charges.iter().map(|charge| &charge.at));
        let seen: Vec<i32> = charges
            .iter()
            .map(|charge| i32::try_from(charge.seen_retry_count).unwrap_or(i32::MAX))
            .collect();
        // PostgreSQL stores no NUL, and an error's text may quote one.
        let texts = |text: fn(&FailedAttempt) -> &String| -> Vec<String> {
            charges
                .iter()
                .map(|charge| text(charge).replace('\0', ""))
                .collect()
        };
        let errors = texts(|charge| &charge.error);
        let keys = texts(|charge| &charge.error_key);
        let next = timestamps(charges.iter().map(|charge| charge.next_attempt_at));
        self.session(&self.outbox, OPERATION)
            .await?
            .execute(
                OPERATION,
                sql::of(self.kind, &sql::CHARGE, &sql::COCKROACH_CHARGE),
                &[&partitions, &seqs, &seen, &errors, &keys, &Bound(&next)],
            )
            .await
    }

    async fn touch(
        &self,
        schema: &Schema,
        above: &[(AggregateId, Version)],
    ) -> Result<Vec<(AggregateId, Version)>, PrimaryError> {
        // One statement, which commits by itself.
        let run = |mut statements: Vec<Sql>| self.outbox(queue::TOUCH, statements.remove(0));
        queue::touch(self.kind, schema, above, run).await
    }

    async fn unapplied(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        queue::unapplied(self, &sql::UNAPPLIED, schema, ids).await
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        queue::status(self, &sql::STATUS).await
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        queue::status_by_type(self, &sql::STATUS_BY_TYPE).await
    }

    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError> {
        const OPERATION: &str = "remove old events";
        // There events go by themselves; the heads of what was deleted do not.
        let retire = sql::of(self.kind, &sql::RETIRE, &sql::COCKROACH_DELETED);
        let before = Value::Timestamp(before);
        let params: Params<'_> = &[&BoundValue(&before), &i64::from(limit)];
        let mut session = self.session(&self.outbox, OPERATION).await?;
        let answer = session.query(OPERATION, retire, params).await?;
        retired(&answer).map_err(|error| translate(OPERATION, error))
    }

    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        const OPERATION: &str = "forget heads";
        if heads.is_empty() {
            return Ok(0);
        }
        let mut session = self.session(&self.outbox, OPERATION).await?;
        change_heads(&mut session, OPERATION, &sql::FORGET, heads).await
    }
}

/// Runs a change that takes types, ids and versions of aggregates, in one order of locks.
async fn change_heads(
    session: &mut Session,
    operation: &'static str,
    text: &str,
    heads: &[(Key, Version)],
) -> Result<u64, PrimaryError> {
    let mut heads: Vec<&(Key, Version)> = heads.iter().collect();
    heads.sort_unstable_by_key(|(key, _)| (&key.aggregate_type, key.id.as_str()));
    let types: Vec<&str> = heads.iter().map(|(key, _)| &*key.aggregate_type).collect();
    let ids: Vec<&str> = heads.iter().map(|(key, _)| key.id.as_str()).collect();
    let versions: Vec<i64> = heads.iter().map(|(_, version)| version.get()).collect();
    let params: Params<'_> = &[&types, &ids, &versions];
    session.execute(operation, text, params).await
}

/// How many events a statement marked, and whether any has failed before.
fn marked(answer: &[tokio_postgres::Row]) -> Result<(u64, bool), PrimaryError> {
    let Some(row) = answer.first() else {
        return Ok((0, true));
    };
    let read = || Ok((row.try_get::<_, i64>(0)?.unsigned_abs(), row.try_get(1)?));
    read().map_err(|error| translate(MARK, error))
}

/// Partitions and numbers as parameters.
fn places<'a>(events: impl Iterator<Item = &'a EventRef>) -> (Vec<i16>, Vec<i64>) {
    events.map(|at| (at.partition.0, at.seq)).unzip()
}

fn retired(answer: &[tokio_postgres::Row]) -> Result<Retired, tokio_postgres::Error> {
    let mut retired = Retired::default();
    for row in answer {
        retired.removed = u64::try_from(row.try_get::<_, i64>(0)?).unwrap_or(0);
        let (Some(of), Some(id), Some(version)) = (
            row.try_get::<_, Option<&str>>(1)?,
            row.try_get::<_, Option<&str>>(2)?,
            row.try_get(3)?,
        ) else {
            continue;
        };
        // A key that a foreign writer made and that no aggregate can have has no head to forget.
        if let Ok(id) = AggregateId::new(id) {
            let head = (Key::new(of, id), Version::new(version));
            retired.deleted.push(head);
        }
    }
    Ok(retired)
}
