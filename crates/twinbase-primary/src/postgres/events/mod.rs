//! Events as an operator sees and handles them, and retention.

mod filter;
mod record;

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    AggregateId, Key, PrimaryError, Value, Version,
    primary::{
        EventCursor, EventFilter, EventGroup, EventRecord, EventStatus, Events, OutboxStatus,
        PrimaryKind, Retired,
    },
};

use self::filter::Class;
use super::{Postgres, bind::BoundValue, error::translate, outbox, read::Time, sql};
use crate::render::Sql;

#[async_trait]
impl Events for Postgres {
    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, PrimaryError> {
        const OPERATION: &str = "list events";
        let sql = filter::list(self.kind, filter, after, limit);
        let mut session = self.session(OPERATION).await?;
        let answer = session.rendered(OPERATION, &sql).await?;
        answer
            .iter()
            .map(record::record)
            .collect::<Result<_, _>>()
            .map_err(|error| translate(OPERATION, error))
    }

    async fn event(&self, id: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
        const OPERATION: &str = "show an event";
        let sql = filter::show(self.kind, id);
        let mut session = self.session(OPERATION).await?;
        let answer = session.rendered(OPERATION, &sql).await?;
        answer
            .first()
            .map(|row| Ok((record::record(row)?, row.try_get("payload")?)))
            .transpose()
            .map_err(|error| translate(OPERATION, error))
    }

    async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError> {
        const OPERATION: &str = "count events";
        let sql = filter::count(self.kind, filter, OutboxStatus::COUNT_LIMIT);
        let mut session = self.session(OPERATION).await?;
        let answer = session.rendered(OPERATION, &sql).await?;
        let count: i64 = answer
            .first()
            .map_or(Ok(0), |row| row.try_get(0))
            .map_err(|error| translate(OPERATION, error))?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn event_groups(&self, limit: u32) -> Result<Vec<EventGroup>, PrimaryError> {
        const OPERATION: &str = "group failures by their cause";
        let mut session = self.session(OPERATION).await?;
        let answer = session
            .query(OPERATION, sql::GROUPS, &[&i64::from(limit)])
            .await?;
        answer
            .iter()
            .map(record::group)
            .collect::<Result<_, _>>()
            .map_err(|error| translate(OPERATION, error))
    }

    async fn retry(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        let class = match filter.status {
            None => Class::Charged,
            Some(EventStatus::Failed) => Class::Failed,
            Some(EventStatus::Retrying) => Class::Retrying,
            Some(EventStatus::Pending | EventStatus::Applied | EventStatus::Discarded) => {
                return Ok(0);
            }
        };
        let set = |sql: &mut Sql| {
            sql.push("retry_count = 1, next_attempt_at = null");
        };
        self.change("retry events", filter, class, limit, set).await
    }

    async fn discard(
        &self,
        filter: &EventFilter,
        reason: &str,
        limit: u32,
    ) -> Result<u64, PrimaryError> {
        let class = match filter.status {
            None | Some(EventStatus::Failed) => Class::Failed,
            Some(EventStatus::Pending) => Class::Pending,
            Some(EventStatus::Retrying) => Class::Retrying,
            Some(EventStatus::Applied | EventStatus::Discarded) => return Ok(0),
        };
        let reason = reason.replace('\0', "");
        // One that is set aside is not failed any more, and `retry_count > 5` is exactly the failed ones.
        let set = |sql: &mut Sql| {
            sql.push(
                "processed = true, processed_at = statement_timestamp(), \
                 discarded_at = statement_timestamp(), next_attempt_at = null, \
                 retry_count = least(o.retry_count, 5), discard_reason = ",
            )
            .value(reason.into());
        };
        self.change("discard events", filter, class, limit, set)
            .await
    }

    async fn restore(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        if !matches!(filter.status, None | Some(EventStatus::Discarded)) {
            return Ok(0);
        }
        let set = |sql: &mut Sql| {
            sql.push(
                "processed = false, processed_at = null, discarded_at = null, \
                 discard_reason = null, next_attempt_at = null, retry_count = 1",
            );
        };
        self.change("restore events", filter, Class::Discarded, limit, set)
            .await
    }

    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError> {
        const OPERATION: &str = "remove old events";
        if self.kind == PrimaryKind::Cockroach {
            return Ok(Retired::default());
        }
        let before = Value::Timestamp(before);
        let mut session = self.session(OPERATION).await?;
        let answer = session
            .query(
                OPERATION,
                sql::RETIRE,
                &[&BoundValue(&before), &i64::from(limit)],
            )
            .await?;
        retired(&answer).map_err(|error| translate(OPERATION, error))
    }

    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        const OPERATION: &str = "forget heads";
        if heads.is_empty() {
            return Ok(0);
        }
        let mut heads: Vec<&(Key, Version)> = heads.iter().collect();
        heads.sort_unstable_by_key(|(key, _)| (&key.aggregate_type, key.id.as_str()));
        let (types, ids, versions) = outbox::heads(&heads);
        self.session(OPERATION)
            .await?
            .execute(OPERATION, sql::FORGET, &[&types, &ids, &versions])
            .await
    }
}

impl Postgres {
    async fn change(
        &self,
        operation: &'static str,
        filter: &EventFilter,
        class: Class,
        limit: u32,
        set: impl FnOnce(&mut Sql),
    ) -> Result<u64, PrimaryError> {
        let sql = filter::change(self.kind, filter, class, limit, set);
        let mut session = self.session(operation).await?;
        session.changed(operation, &sql).await
    }
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

/// A time that may be absent, or infinite by a foreign writer's doing.
fn time(row: &tokio_postgres::Row, column: &str) -> Option<Timestamp> {
    row.try_get::<_, Option<Time>>(column)
        .ok()
        .flatten()
        .map(|time| time.0)
}
