//! What workers and operators do with the tables of Twinbase, the same on every primary.
//!
//! The policy is here, once: how leases are shared, which events a verb changes, what a pause is. A
//! database only runs the statements ([`Run`]). What has to be fast, the outbox itself, is each
//! dialect's own.

mod events;
mod leases;
mod mappings;
mod pauses;
mod record;

use std::time::Duration;

use jiff::Timestamp;
use twinbase_core::{
    PrimaryError, Row,
    primary::{
        EventCursor, EventFilter, EventGroup, EventRecord, Events, Leased, Pause, PauseScope,
        PrimaryKind, WorkerRecord, WorkerReport, Workers,
    },
};

use crate::{Postgres, Sqlite, client::RetryPolicy, render::Sql};

pub(crate) use mappings::{outdated, register};

/// A database as the statements here need it.
pub(crate) trait Run: Sync {
    fn dialect(&self) -> PrimaryKind;

    /// Runs a statement that only reads, in one snapshot. A value that cannot be read, which a
    /// foreign writer may have left, is null.
    fn read(
        &self,
        operation: &'static str,
        sql: Sql,
    ) -> impl Future<Output = Result<Vec<Row>, PrimaryError>> + Send;

    /// Runs a change that commits by itself. Returns how many rows it changed.
    fn change(
        &self,
        operation: &'static str,
        sql: Sql,
    ) -> impl Future<Output = Result<u64, PrimaryError>> + Send;
}

/// The database's time, rounded up to the milliseconds in which it keeps times.
pub(crate) async fn now(database: &impl Run) -> Result<Timestamp, PrimaryError> {
    const OPERATION: &str = "ask for the database's time";
    let mut sql = Sql::new(database.dialect());
    sql.push("select ").now().push(" as now");
    let rows = database.read(OPERATION, sql).await?;
    let now = rows.first().and_then(|row| record::time(row, "now"));
    let now = now.ok_or_else(|| record::unreadable(OPERATION))?;
    let millis = now.as_microsecond().div_euclid(1_000)
        + i64::from(now.as_microsecond().rem_euclid(1_000) > 0);
    Ok(Timestamp::from_millisecond(millis).unwrap_or(now))
}

/// Changes here are small: one that still loses is better left to the caller.
const RETRIES: RetryPolicy = RetryPolicy {
    max_attempts: 5,
    base: Duration::from_millis(10),
    cap: Duration::from_millis(80),
};

/// Runs a change until it is not in the way of another transaction.
async fn change(
    database: &impl Run,
    operation: &'static str,
    sql: Sql,
) -> Result<u64, PrimaryError> {
    let mut attempts = RETRIES.attempts();
    loop {
        match database.change(operation, sql.clone()).await {
            Err(PrimaryError::Contention { .. }) if attempts.wait().await => {}
            outcome => return outcome,
        }
    }
}

macro_rules! queue {
    ($($database:ty),*) => {$(
        #[async_trait::async_trait]
        impl Events for $database {
            async fn events(
                &self,
                filter: &EventFilter,
                after: Option<&EventCursor>,
                limit: u32,
            ) -> Result<Vec<EventRecord>, PrimaryError> {
                events::list(self, filter, after, limit).await
            }

            async fn event(&self, id: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
                events::show(self, id).await
            }

            async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError> {
                events::count(self, filter).await
            }

            async fn event_groups(&self, limit: u32) -> Result<Vec<EventGroup>, PrimaryError> {
                events::groups(self, limit).await
            }

            async fn retry(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
                events::retry(self, filter, limit).await
            }

            async fn discard(
                &self,
                filter: &EventFilter,
                reason: &str,
                limit: u32,
            ) -> Result<u64, PrimaryError> {
                events::discard(self, filter, reason, limit).await
            }

            async fn restore(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
                events::restore(self, filter, limit).await
            }
        }

        #[async_trait::async_trait]
        impl Workers for $database {
            async fn lease(
                &self,
                worker: &WorkerReport,
                ttl: Duration,
            ) -> Result<Leased, PrimaryError> {
                leases::lease(self, worker, ttl).await
            }

            async fn release(&self, worker: &str) -> Result<(), PrimaryError> {
                leases::release(self, worker).await
            }

            async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
                leases::workers(self).await
            }

            async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
                pauses::list(self).await
            }

            async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, PrimaryError> {
                pauses::pause(self, scope, reason).await
            }

            async fn resume(&self, scope: &PauseScope) -> Result<bool, PrimaryError> {
                pauses::resume(self, scope).await
            }
        }
    )*};
}

queue!(Postgres, Sqlite);
