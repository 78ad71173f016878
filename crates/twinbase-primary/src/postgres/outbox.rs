//! The outbox as the sync engine uses it.

use std::{collections::HashSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use twinbase_core::{
    AggregateId, Event, EventRef, Key, Partition, PrimaryError, Schema, Value, Version,
    primary::{Charge, Outbox, OutboxStatus, Pending, PendingRequest},
};

use super::{
    Postgres,
    bind::{Bound, BoundValue, timestamps},
    error::translate,
    read, sql,
};

const PENDING: &str = "read pending events";
const STATUS: &str = "look at the outbox";

#[async_trait]
impl Outbox for Postgres {
    async fn pending(&self, request: &PendingRequest) -> Result<Pending, PrimaryError> {
        let (partitions, after): (Vec<i16>, Vec<i64>) = request
            .cursors
            .iter()
            .map(|(p, after)| (p.0, *after))
            .unzip();
        let now = Value::Timestamp(request.now);
        let (each, all) = (i64::from(request.per_partition), i64::from(request.limit));
        let answer = self
            .session(PENDING)
            .await?
            .query(
                PENDING,
                sql::PENDING,
                &[&partitions, &after, &BoundValue(&now), &each, &all],
            )
            .await?;
        let mut events = answer
            .iter()
            .map(event)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| translate(PENDING, error))?;
        // As good as always sorted: a plan that walks the partitions otherwise costs only this.
        let place = |p: Partition| partitions.iter().position(|served| *served == p.0);
        events.sort_by_key(|event| (place(event.at.partition), event.at.seq));
        let cut = events.len() >= request.per_partition as usize;
        Ok(Pending { events, cut })
    }

    async fn mark_applied(
        &self,
        events: &[EventRef],
        healed: &[(Key, Version)],
    ) -> Result<u64, PrimaryError> {
        const OPERATION: &str = "mark events as applied";
        let mut session = self.session(OPERATION).await?;
        let mut changed = 0;
        if !events.is_empty() {
            let mut events = events.to_vec();
            // One order of locks for all workers.
            events.sort_unstable();
            let (partitions, seqs) = places(events.iter());
            changed += session
                .execute(OPERATION, sql::MARK_APPLIED, &[&partitions, &seqs])
                .await?;
        }
        if !healed.is_empty() {
            let types: Vec<&str> = healed.iter().map(|(key, _)| &*key.aggregate_type).collect();
            let ids: Vec<&str> = healed.iter().map(|(key, _)| key.id.as_str()).collect();
            let versions: Vec<i64> = healed.iter().map(|(_, version)| version.get()).collect();
            changed += session
                .execute(OPERATION, sql::HEAL, &[&types, &ids, &versions])
                .await?;
        }
        Ok(changed)
    }

    async fn charge(&self, charges: &[Charge]) -> Result<u64, PrimaryError> {
        const OPERATION: &str = "charge events with failures";
        if charges.is_empty() {
            return Ok(0);
        }
        let (partitions, seqs) = places(charges.iter().map(|charge| &charge.at));
        let seen: Vec<i32> = charges
            .iter()
            .map(|charge| i32::try_from(charge.seen_retry_count).unwrap_or(i32::MAX))
            .collect();
        // PostgreSQL stores no NUL, and an error's text may quote one.
        let texts = |text: fn(&Charge) -> &String| -> Vec<String> {
            charges
                .iter()
                .map(|charge| text(charge).replace('\0', ""))
                .collect()
        };
        let errors = texts(|charge| &charge.error);
        let keys = texts(|charge| &charge.error_key);
        let next = timestamps(
            charges
                .iter()
                .map(|charge| charge.next_attempt_at.unwrap_or(jiff::Timestamp::MAX)),
        );
        self.session(OPERATION)
            .await?
            .execute(
                OPERATION,
                sql::CHARGE,
                &[&partitions, &seqs, &seen, &errors, &keys, &Bound(&next)],
            )
            .await
    }

    async fn unapplied(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        const OPERATION: &str = "look for events that wait";
        let texts: Vec<&str> = ids.iter().map(AggregateId::as_str).collect();
        let answer = self
            .session(OPERATION)
            .await?
            .query(OPERATION, sql::UNAPPLIED, &[&schema.aggregate_type, &texts])
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
        let mut session = self.session(STATUS).await?;
        let answer = session.query(STATUS, sql::STATUS, &[&limit]).await?;
        let Some(row) = answer.first() else {
            return Ok(OutboxStatus::default());
        };
        status(row).map_err(|error| translate(STATUS, error))
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        Ok(Vec::new())
    }
}

fn places<'a>(events: impl Iterator<Item = &'a EventRef>) -> (Vec<i16>, Vec<i64>) {
    events.map(|at| (at.partition.0, at.seq)).unzip()
}

fn event(row: &tokio_postgres::Row) -> Result<Event, tokio_postgres::Error> {
    let retry_count: i64 = row.try_get(8)?;
    Ok(Event {
        at: EventRef {
            partition: Partition(row.try_get(0)?),
            seq: row.try_get(1)?,
        },
        event_type: Arc::from(row.try_get::<_, &str>(3)?),
        aggregate_type: Arc::from(row.try_get::<_, &str>(4)?),
        aggregate_id: row.try_get(5)?,
        version: Version::new(row.try_get(6)?),
        payload: row.try_get(7)?,
        traceparent: None,
        retry_count: u32::try_from(retry_count).unwrap_or(0),
        // Infinity is a time for PostgreSQL: it must not hold an event up.
        created_at: row
            .try_get::<_, read::Time>(9)
            .map(|at| at.0)
            .unwrap_or_default(),
    })
}

fn status(row: &tokio_postgres::Row) -> Result<OutboxStatus, tokio_postgres::Error> {
    let count = |at: usize| -> Result<u64, tokio_postgres::Error> {
        Ok(u64::try_from(row.try_get::<_, i64>(at)?).unwrap_or(0))
    };
    // A clock that went back makes no negative age.
    let age = |at: usize| -> Result<Option<Duration>, tokio_postgres::Error> {
        let millis: Option<i64> = row.try_get(at)?;
        Ok(millis.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))))
    };
    let (pending, failed) = (age(3)?, age(4)?);
    Ok(OutboxStatus {
        backlog: count(0)?,
        retrying: count(1)?,
        failed: count(2)?,
        oldest_pending: pending,
        oldest_unapplied: pending.max(failed),
    })
}
