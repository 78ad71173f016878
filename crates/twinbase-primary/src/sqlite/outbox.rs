//! The outbox on SQLite. Marking takes one transaction of the writer for a whole batch.

use std::{collections::HashSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use rusqlite::{Connection, Row};
use twinbase_core::{
    AggregateId, Event, EventRef, Key, Partition, PrimaryError, Schema, Version,
    primary::{Charge, Outbox, OutboxStatus, Pending, PendingRequest},
};

use super::{
    Sqlite,
    bind::{parse_time, time},
    error::During,
    sql,
};

const PENDING: &str = "read pending events";
const MARK: &str = "mark events as applied";
const CHARGE: &str = "charge failures";
const UNAPPLIED: &str = "look for unapplied events";
const STATUS: &str = "read the outbox's status";

#[async_trait]
impl Outbox for Sqlite {
    async fn pending(&self, request: &PendingRequest) -> Result<Pending, PrimaryError> {
        let request = request.clone();
        self.readers()
            .run(PENDING, move |connection| pending(connection, &request))
            .await
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
        self.writer()
            .write(MARK, move |connection| mark(connection, &seqs, &healed))
            .await
    }

    async fn charge(&self, charges: &[Charge]) -> Result<u64, PrimaryError> {
        if charges.is_empty() {
            return Ok(0);
        }
        let charges = charges.to_vec();
        self.writer()
            .write(CHARGE, move |connection| charge(connection, &charges))
            .await
    }

    async fn unapplied(
        &self,
        schema: &'static Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError> {
        let ids: serde_json::Value = ids.iter().map(AggregateId::as_str).collect();
        self.readers()
            .run(UNAPPLIED, move |connection| {
                let mut statement = connection
                    .prepare_cached(sql::UNAPPLIED)
                    .during(UNAPPLIED)?;
                let ids = statement
                    .query_map((schema.aggregate_type, ids.to_string()), |row| {
                        row.get::<_, String>(0)
                    })
                    .and_then(Iterator::collect::<Result<Vec<_>, _>>)
                    .during(UNAPPLIED)?;
                Ok(ids.into_iter().flat_map(AggregateId::new).collect())
            })
            .await
    }

    async fn status(&self) -> Result<OutboxStatus, PrimaryError> {
        self.readers().run(STATUS, status).await
    }

    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError> {
        Ok(Vec::new())
    }
}

fn pending(connection: &Connection, request: &PendingRequest) -> Result<Pending, PrimaryError> {
    let now = time(request.now);
    let mut statement = connection.prepare_cached(sql::PENDING).during(PENDING)?;
    let mut events = Vec::new();
    let mut types = Types::default();
    for (partition, after) in &request.cursors {
        let rest = (request.limit as usize).saturating_sub(events.len());
        let limit = request
            .per_partition
            .min(u32::try_from(rest).unwrap_or(u32::MAX));
        if limit == 0 {
            break;
        }
        let mut rows = statement
            .query((partition.0, after, &now, limit))
            .during(PENDING)?;
        while let Some(row) = rows.next().during(PENDING)? {
            events.push(event(row, *partition, &mut types).during(PENDING)?);
        }
    }
    let cut = events.len() >= request.per_partition as usize;
    Ok(Pending { events, cut })
}

/// The names of types, each kept once.
#[derive(Default)]
struct Types(Vec<Arc<str>>);

impl Types {
    fn get(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.iter().find(|known| known.as_ref() == name) {
            return Arc::clone(known);
        }
        let new: Arc<str> = name.into();
        self.0.push(Arc::clone(&new));
        new
    }
}

/// Text that anyone may have written. SQLite keeps bytes in any column: they
/// become a text that fails this event, where an error would fail the whole read.
fn text<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r str> {
    Ok(row.get_ref(column)?.as_str().unwrap_or_default())
}

fn event(row: &Row<'_>, partition: Partition, types: &mut Types) -> rusqlite::Result<Event> {
    Ok(Event {
        at: EventRef {
            partition,
            seq: row.get(0)?,
        },
        event_type: types.get(text(row, 2)?),
        aggregate_type: types.get(text(row, 3)?),
        aggregate_id: text(row, 4)?.to_owned(),
        version: Version::new(row.get(5)?),
        payload: Some(text(row, 6)?.to_owned()),
        retry_count: u32::try_from(row.get::<_, i64>(7)?).unwrap_or(0),
        // Only for measuring lag: an unreadable time must not hold an event up.
        created_at: parse_time(text(row, 8)?).unwrap_or_default(),
        traceparent: None,
    })
}

fn mark(
    connection: &Connection,
    seqs: &[i64],
    healed: &[(Key, Version)],
) -> Result<u64, PrimaryError> {
    let mut changed = 0;
    let mut mark = connection.prepare_cached(sql::MARK_APPLIED).during(MARK)?;
    for seq in seqs {
        changed += mark.execute([seq]).during(MARK)?;
    }
    let any_charged: bool = connection
        .prepare_cached(sql::ANY_CHARGED)
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .during(MARK)?;
    if any_charged {
        let mut heal = connection.prepare_cached(sql::HEAL).during(MARK)?;
        for (key, version) in healed {
            changed += heal
                .execute((&key.aggregate_type, key.id.as_str(), version.get()))
                .during(MARK)?;
        }
    }
    Ok(changed as u64)
}

fn charge(connection: &Connection, charges: &[Charge]) -> Result<u64, PrimaryError> {
    let mut statement = connection.prepare_cached(sql::CHARGE).during(CHARGE)?;
    let mut counted = 0;
    for charge in charges {
        counted += statement
            .execute((
                charge.at.seq,
                charge.seen_retry_count,
                &charge.error,
                &charge.error_key,
                charge.next_attempt_at.map(time),
            ))
            .during(CHARGE)?;
    }
    Ok(counted as u64)
}

fn status(connection: &Connection) -> Result<OutboxStatus, PrimaryError> {
    connection
        .prepare_cached(sql::STATUS)
        .and_then(|mut statement| {
            statement.query_row([OutboxStatus::COUNT_LIMIT.cast_signed()], |row| {
                let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
                // A clock that was set back makes no negative age.
                let age = |column| {
                    row.get::<_, Option<f64>>(column).map(|seconds| {
                        seconds.map(|s| Duration::try_from_secs_f64(s).unwrap_or_default())
                    })
                };
                Ok(OutboxStatus {
                    backlog: count(0)?,
                    retrying: count(1)?,
                    failed: count(2)?,
                    oldest_pending: age(3)?,
                    oldest_unapplied: age(4)?,
                })
            })
        })
        .during(STATUS)
}
