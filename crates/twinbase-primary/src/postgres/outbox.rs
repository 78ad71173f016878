//! The outbox as the sync engine uses it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    AggregateId, EventRef, Key, PrimaryError, Schema, Version,
    primary::{FailedAttempt, Outbox, OutboxStatus, Pending, PendingRequest, Retired},
};

use super::{
    Postgres,
    bind::{Bound, timestamps},
    error::translate,
    session::Params,
    sql,
};

const MARK: &str = "mark events as applied";

const STATUS: &str = "read the outbox's status";

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
        let mut session = self.outbox_session(MARK).await?;
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
            let mut healed: Vec<&(Key, Version)> = healed.iter().collect();
            healed.sort_unstable_by_key(|(key, _)| (&key.aggregate_type, key.id.as_str()));
            let (types, ids, versions) = heads(&healed);
            changed += session
                .execute(MARK, &sql::HEAL, &[&types, &ids, &versions])
                .await?;
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
        self.outbox_session(OPERATION)
            .await?
            .execute(
                OPERATION,
                sql::of(self.kind, &sql::CHARGE, &sql::COCKROACH_CHARGE),
                &[&partitions, &seqs, &seen, &errors, &keys, &Bound(&next)],
            )
            .await
    }

    async fn unapplied(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        const OPERATION: &str = "find pending events";
        let texts: Vec<&str> = ids.iter().map(AggregateId::as_str).collect();
        let answer = self
            .outbox_session(OPERATION)
            .await?
            .query(
                OPERATION,
                &sql::UNAPPLIED,
                &[&schema.aggregate_type, &texts],
            )
            .await?;
        let found = answer
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<HashSet<&str>, _>>()
            .map_err(|error| translate(OPERATION, error))?;
        Ok(ids
            .iter()
            .filter(|id| found.contains(id.as_str()))
            .cloned()
            .collect())
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        let limit = i64::try_from(OutboxStatus::COUNT_LIMIT).unwrap_or(i64::MAX);
        let mut session = self.outbox_session(STATUS).await?;
        let answer = session.query(STATUS, &sql::STATUS, &[&limit]).await?;
        let Some(row) = answer.first() else {
            return Ok(OutboxStatus::default());
        };
        status(row, 0).map_err(|error| translate(STATUS, error))
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        let limit = i64::try_from(OutboxStatus::COUNT_LIMIT).unwrap_or(i64::MAX);
        let mut session = self.outbox_session(STATUS).await?;
        let answer = session
            .query(STATUS, &sql::STATUS_BY_TYPE, &[&limit])
            .await?;
        answer
            .iter()
            .map(|row| Ok((Arc::from(row.try_get::<_, &str>(0)?), status(row, 1)?)))
            .collect::<Result<_, _>>()
            .map_err(|error| translate(STATUS, error))
    }

    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError> {
        self.remove_events(before, limit).await
    }

    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        self.remove_heads(heads).await
    }
}

/// How many events a statement marked, and whether any has failed before.
fn marked(answer: &[tokio_postgres::Row]) -> Result<(u64, bool), PrimaryError> {
    let Some(row) = answer.first() else {
        return Ok((0, true));
    };
    let read = || Ok((row.try_get::<_, i64>(0)?.unsigned_abs(), row.try_get(1)?));
    read().map_err(|error| translate(MARK, error))
}

/// Types, ids and versions as parameters.
pub(super) fn heads<'a>(heads: &[&'a (Key, Version)]) -> (Vec<&'a str>, Vec<&'a str>, Vec<i64>) {
    (
        heads.iter().map(|(key, _)| &*key.aggregate_type).collect(),
        heads.iter().map(|(key, _)| key.id.as_str()).collect(),
        heads.iter().map(|(_, version)| version.get()).collect(),
    )
}

/// Partitions and numbers as parameters.
pub(super) fn places<'a>(events: impl Iterator<Item = &'a EventRef>) -> (Vec<i16>, Vec<i64>) {
    events.map(|at| (at.partition.0, at.seq)).unzip()
}

/// The numbers from a column on.
fn status(row: &tokio_postgres::Row, first: usize) -> Result<OutboxStatus, tokio_postgres::Error> {
    let count = |at: usize| -> Result<u64, tokio_postgres::Error> {
        Ok(u64::try_from(row.try_get::<_, i64>(first + at)?).unwrap_or(0))
    };
    // A clock that went back makes no negative age.
    let age = |at: usize| -> Result<Option<Duration>, tokio_postgres::Error> {
        let millis: Option<i64> = row.try_get(first + at)?;
        Ok(millis.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))))
    };
    let (pending, failed) = (age(3)?, age(4)?);
    Ok(OutboxStatus {
        backlog: count(0)?,
        backlog_is_exact: row.try_get(first + 5)?,
        retrying: count(1)?,
        failed: count(2)?,
        oldest_pending: pending,
        oldest_unapplied: pending.max(failed),
    })
}
