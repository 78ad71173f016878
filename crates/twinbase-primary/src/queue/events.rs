//! The operator's verbs.
//!
//! A verb first picks events without a lock and then changes those that still have the status, a
//! bounded number in each transaction: nobody who writes waits for a scan.

use twinbase_core::{
    Key, PrimaryError,
    primary::{
        EventCursor, EventFilter, EventGroup, EventRecord, EventStatus, OutboxStatus, PrimaryKind,
    },
};

use super::{Run, record};
use crate::{
    fail,
    render::{Sql, filter as render},
};

/// Events that are changed in one transaction at most: some milliseconds on any database.
const CHUNK: usize = 500;

/// What is not done.
const OPEN: [EventStatus; 3] = [
    EventStatus::Pending,
    EventStatus::Retrying,
    EventStatus::Failed,
];

pub(super) async fn list(
    database: &impl Run,
    filter: &EventFilter,
    after: Option<&EventCursor>,
    limit: u32,
) -> Result<Vec<EventRecord>, PrimaryError> {
    const OPERATION: &str = "list events";
    let sql = render::list(database.dialect(), filter, &listed(filter), after, limit);
    let rows = database.read(OPERATION, sql).await?;
    rows.iter()
        .map(|row| record::event(row).ok_or_else(|| record::unreadable(OPERATION)))
        .collect()
}

pub(super) async fn history(
    database: &impl Run,
    of: &Key,
    limit: u32,
) -> Result<Vec<EventRecord>, PrimaryError> {
    const OPERATION: &str = "list the events of an aggregate";
    let rows = database.read(OPERATION, render::history(database.dialect(), of, limit));
    let rows = rows.await?;
    rows.iter()
        .map(|row| record::event(row).ok_or_else(|| record::unreadable(OPERATION)))
        .collect()
}

pub(super) async fn show(
    database: &impl Run,
    id: &str,
) -> Result<Option<(EventRecord, String)>, PrimaryError> {
    const OPERATION: &str = "show an event";
    let sql = render::show(database.dialect(), id);
    let rows = database.read(OPERATION, sql).await?;
    rows.first()
        .map(|row| {
            let event = record::event(row).ok_or_else(|| record::unreadable(OPERATION))?;
            Ok((event, record::text(row, "payload")))
        })
        .transpose()
}

pub(super) async fn applied(
    database: &impl Run,
    after: Option<&EventCursor>,
    limit: u32,
) -> Result<Vec<(EventRecord, Option<String>)>, PrimaryError> {
    const OPERATION: &str = "list what was applied last";
    if database.dialect() == PrimaryKind::Cockroach {
        // It would read seven days of events for each list.
        let reason = "CockroachDB has no index of events by the time at which they were applied";
        return Err(fail::refused(OPERATION, reason));
    }
    let sql = match after {
        Some(after) => render::applied_after(database.dialect(), after, limit),
        None => render::applied_last(database.dialect()),
    };
    let rows = database.read(OPERATION, sql).await?;
    rows.iter()
        .map(|row| {
            let event = record::event(row).ok_or_else(|| record::unreadable(OPERATION))?;
            Ok((event, record::optional(row, "payload")))
        })
        .collect()
}

pub(super) async fn count(database: &impl Run, filter: &EventFilter) -> Result<u64, PrimaryError> {
    let limit = OutboxStatus::COUNT_LIMIT;
    let sql = render::count(database.dialect(), filter, &listed(filter), limit);
    let rows = database.read("count events", sql).await?;
    Ok(rows.first().map_or(0, |row| record::number(row, "n")))
}

pub(super) async fn groups(
    database: &impl Run,
    limit: u32,
) -> Result<Vec<EventGroup>, PrimaryError> {
    let sql = render::groups(database.dialect(), limit);
    let rows = database.read("group failures by their cause", sql).await?;
    Ok(rows.iter().map(record::group).collect())
}

pub(super) async fn retry(
    database: &impl Run,
    filter: &EventFilter,
    limit: u32,
) -> Result<u64, PrimaryError> {
    let is_deferred = filter.status == Some(EventStatus::Pending);
    let may: &[EventStatus] = if is_deferred {
        &[EventStatus::Pending]
    } else {
        &[EventStatus::Retrying, EventStatus::Failed]
    };
    let filter = &EventFilter {
        is_deferred,
        ..filter.clone()
    };
    change(database, "retry events", filter, may, limit, |sql| {
        sql.push("retry_count = 1, next_attempt_at = null");
    })
    .await
}

pub(super) async fn discard(
    database: &impl Run,
    filter: &EventFilter,
    reason: &str,
    limit: u32,
) -> Result<u64, PrimaryError> {
    let may: &[EventStatus] = match filter.status {
        None => &[EventStatus::Failed],
        Some(_) => &OPEN,
    };
    let reason = reason.replace('\0', "");
    // `retry_count > 5` is exactly the failed ones, and one that is discarded is not failed any more.
    change(database, "discard events", filter, may, limit, |sql| {
        sql.push("processed = true, processed_at = ").now();
        sql.push(", discarded_at = ").now();
        sql.push(", next_attempt_at = null, retry_count = case when o.retry_count > 5 then 5 else o.retry_count end, discard_reason = ")
            .value(reason.as_str().into());
    })
    .await
}

pub(super) async fn restore(
    database: &impl Run,
    filter: &EventFilter,
    limit: u32,
) -> Result<u64, PrimaryError> {
    let may = [EventStatus::Discarded];
    change(database, "restore events", filter, &may, limit, |sql| {
        sql.push(
            "processed = false, processed_at = null, discarded_at = null, \
             discard_reason = null, next_attempt_at = null, retry_count = 1",
        );
    })
    .await
}

/// The status that a list names, or all that is not done.
fn listed(filter: &EventFilter) -> Vec<EventStatus> {
    filter.status.map_or_else(|| OPEN.to_vec(), |one| vec![one])
}

/// Changes the oldest events of the statuses that a verb may change and the filter asks for.
async fn change(
    database: &impl Run,
    operation: &'static str,
    filter: &EventFilter,
    may: &[EventStatus],
    limit: u32,
    set: impl Fn(&mut Sql) + Send + Sync,
) -> Result<u64, PrimaryError> {
    let asked = |status: &EventStatus| filter.status.is_none_or(|wanted| wanted == *status);
    let statuses: Vec<_> = may.iter().copied().filter(asked).collect();
    if statuses.is_empty() {
        return Ok(0);
    }
    loop {
        let sql = render::pick(database.dialect(), filter, &statuses, limit);
        let rows = database.read(operation, sql).await?;
        let picked: Vec<_> = rows.iter().map(|row| record::text(row, "id")).collect();
        let mut changed = 0;
        for chunk in picked.chunks(CHUNK) {
            let sql = render::change(database.dialect(), chunk, &statuses, &set);
            changed += super::change(database, operation, sql).await?;
        }
        // None although some were picked: somebody else was faster with all of them.
        if changed > 0 || picked.is_empty() {
            return Ok(changed);
        }
    }
}
