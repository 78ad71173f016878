//! What workers and operators do with the tables of Twinbase, the same on every primary.
//!
//! The policy is here, once: how leases are shared, which events a verb changes, what a pause is. A
//! database only runs the statements ([`Run`]). What has to be fast, the outbox itself, is each
//! dialect's own.

mod collections;
mod events;
mod leases;
mod mappings;
mod names;
mod operations;
mod pauses;
mod record;
mod status;
mod timeline;
mod touch;
mod walks;

use std::{collections::HashMap, time::Duration};

use jiff::Timestamp;
use twinbase_core::{
    AggregateId, Key, PrimaryError, Row, Schema, Version,
    primary::{
        Cause, CollectionRecord, Collections, EventCursor, EventFilter, EventGroup, EventRecord,
        Events, Leased, NewOperation, OperationRecord, OperationReport, Operations, Pause,
        PauseScope, PrimaryKind, Timeline, Timelines, WalkRecord, Walks, WorkerRecord,
        WorkerReport, Workers,
    },
};

use crate::{Postgres, Sqlite, client::RetryPolicy, render::Sql};

pub(crate) use mappings::{outdated, register};
pub(crate) use names::Names;
pub(crate) use status::{status, status_by_type, unapplied};
pub(crate) use touch::{TOUCH, touch};

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

    /// As [`Run::read`], for a statement of the worker's, which waits for no connection of the application's.
    fn outbox(
        &self,
        operation: &'static str,
        sql: Sql,
    ) -> impl Future<Output = Result<Vec<Row>, PrimaryError>> + Send;

    /// Which database this is, as far as it lets itself be told apart; see [`Timeline::database`].
    fn identity(&self) -> impl Future<Output = Result<Option<String>, PrimaryError>> + Send;

    /// Runs a change that commits by itself. Returns how many rows it changed.
    fn change(
        &self,
        operation: &'static str,
        sql: Sql,
    ) -> impl Future<Output = Result<u64, PrimaryError>> + Send;

    /// As [`Run::change`], for a change that returns rows.
    fn change_returning(
        &self,
        operation: &'static str,
        sql: Sql,
    ) -> impl Future<Output = Result<Vec<Row>, PrimaryError>> + Send;
}

/// The database's time, rounded up to the milliseconds in which it keeps times.
pub(crate) async fn now(database: &impl Run) -> Result<Timestamp, PrimaryError> {
    const OPERATION: &str = "ask for the database's time";
    let mut sql = Sql::new(database.dialect());
    sql.push("select ").now().push(" as now");
    let rows = database.outbox(OPERATION, sql).await?;
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
    until_free(|| database.change(operation, sql.clone())).await
}

/// The same for a change that returns rows.
async fn change_returning(
    database: &impl Run,
    operation: &'static str,
    sql: Sql,
) -> Result<Vec<Row>, PrimaryError> {
    until_free(|| database.change_returning(operation, sql.clone())).await
}

async fn until_free<T, F>(run: impl Fn() -> F) -> Result<T, PrimaryError>
where
    F: Future<Output = Result<T, PrimaryError>>,
{
    let mut attempts = RETRIES.attempts();
    loop {
        match run().await {
            Err(PrimaryError::Contention { .. }) if attempts.wait().await => {}
            outcome => return outcome,
        }
    }
}

/// Implements a trait for each database: every method by a function here.
macro_rules! queue {
    ($of:ident for [$($database:ident),+] $methods:tt) => {
        $(queue!(@ $of for $database $methods);)+
    };
    (@ $of:ident for $database:ident {
        $(fn $name:ident($($arg:ident: $takes:ty),*) -> $returns:ty = $by:path;)*
    }) => {
        #[async_trait::async_trait]
        impl $of for $database {
            $(async fn $name(&self, $($arg: $takes),*) -> Result<$returns, PrimaryError> {
                $by(self, $($arg),*).await
            })*
        }
    };
}

queue!(Events for [Postgres, Sqlite] {
    fn events(filter: &EventFilter, after: Option<&EventCursor>, limit: u32) -> Vec<EventRecord> = events::list;
    fn history(of: &Key, limit: u32) -> Vec<EventRecord> = events::history;
    fn event(id: &str) -> Option<(EventRecord, String)> = events::show;
    fn applied(after: Option<&EventCursor>, limit: u32) -> Vec<(EventRecord, Option<String>)> = events::applied;
    fn count_events(filter: &EventFilter) -> u64 = events::count;
    fn event_groups(limit: u32) -> Vec<EventGroup> = events::groups;
    fn retry(filter: &EventFilter, limit: u32) -> u64 = events::retry;
    fn discard(filter: &EventFilter, reason: &str, limit: u32) -> u64 = events::discard;
    fn restore(filter: &EventFilter, limit: u32) -> u64 = events::restore;
});

queue!(Workers for [Postgres, Sqlite] {
    fn lease(worker: &WorkerReport, ttl: Duration) -> Leased = leases::lease;
    fn release(worker: &str) -> () = leases::release;
    fn workers() -> Vec<WorkerRecord> = leases::workers;
    fn pauses() -> Vec<Pause> = pauses::list;
    fn pause(scope: &PauseScope, reason: &str) -> bool = pauses::pause;
    fn resume(scope: &PauseScope) -> bool = pauses::resume;
});

queue!(Operations for [Postgres, Sqlite] {
    fn add_operation(new: &NewOperation, holder: &str, hold: Duration, most: u32) -> bool = operations::add;
    fn report_operation(id: &str, holder: &str, hold: Duration, report: &OperationReport) -> Option<bool> = operations::report;
    fn take_operation(kinds: &[&str], holder: &str, hold: Duration) -> Option<OperationRecord> = operations::take;
    fn cancel_operation(id: &str) -> bool = operations::cancel;
    fn operations(before: Option<&str>, limit: u32) -> Vec<OperationRecord> = operations::list;
    fn operation(id: &str) -> Option<OperationRecord> = operations::one;
    fn forget_operations(before: Timestamp) -> u64 = operations::forget;
});

queue!(Collections for [Postgres, Sqlite] {
    fn collections() -> Vec<CollectionRecord> = collections::list;
    fn record_collection(record: &CollectionRecord) -> bool = collections::record;
});

queue!(Timelines for [Postgres, Sqlite] {
    fn timeline() -> Timeline = timeline::timeline;
    fn recorded() -> Timeline = timeline::recorded;
    fn heads(schema: &Schema, ids: &[AggregateId]) -> HashMap<AggregateId, Version> = timeline::heads;
    fn raise_floor(at_least: Version, cause: Cause) -> () = timeline::raise;
    fn record_database() -> () = timeline::record_database;
    fn prove_timeline(floor: Version) -> () = timeline::prove;
});

queue!(Walks for [Postgres, Sqlite] {
    fn walks() -> Vec<WalkRecord> = walks::list;
    fn keep_walk(walk: &WalkRecord, before: &str) -> bool = walks::keep;
});
