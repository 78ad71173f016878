//! The operator's verbs, and retention, on SQLite.
//!
//! A filter becomes scans of the indexes that find its events (`scan`). Lists read what the
//! scans found, in one snapshot (`record`). Verbs change it one by one in one short
//! transaction, and each statement says once more which status it may change.

mod record;
mod retention;
mod scan;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Connection, ToSql};
use twinbase_core::{
    Key, PrimaryError, Version,
    primary::{
        EventCursor, EventFilter, EventGroup, EventRecord, EventStatus, Events, OutboxStatus,
        Retired,
    },
};

use self::scan::Scans;
use super::{Sqlite, error::During, sql};

const LIST: &str = "list events";
const SHOW: &str = "show an event";
const COUNT: &str = "count events";
const GROUP: &str = "group events";
const RETRY: &str = "retry events";
const DISCARD: &str = "discard events";
const RESTORE: &str = "restore events";
const RETIRE: &str = "remove old events";
const FORGET: &str = "remove heads";

/// What is not done.
const OPEN: [EventStatus; 3] = [
    EventStatus::Pending,
    EventStatus::Retrying,
    EventStatus::Failed,
];

#[async_trait]
impl Events for Sqlite {
    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, PrimaryError> {
        let (scans, after) = (Scans::of(filter, &listed(filter)), after.copied());
        self.readers()
            .run(LIST, move |connection| {
                record::page(connection, &scans, after.as_ref(), limit).during(LIST)
            })
            .await
    }

    async fn event(&self, id: &str) -> Result<Option<(EventRecord, String)>, PrimaryError> {
        let id = id.to_owned();
        self.readers()
            .run(SHOW, move |connection| {
                record::with_payload(connection, &id).during(SHOW)
            })
            .await
    }

    async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError> {
        let scans = Scans::of(filter, &listed(filter));
        self.readers()
            .run(COUNT, move |connection| {
                scans
                    .count(connection, OutboxStatus::COUNT_LIMIT)
                    .during(COUNT)
            })
            .await
    }

    async fn event_groups(&self, limit: u32) -> Result<Vec<EventGroup>, PrimaryError> {
        self.readers()
            .run(GROUP, move |connection| {
                record::groups(connection, limit).during(GROUP)
            })
            .await
    }

    async fn retry(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        let may = [EventStatus::Retrying, EventStatus::Failed];
        let scans = Scans::of(filter, &changed(filter, &may));
        self.writer()
            .write(RETRY, move |connection| {
                change(connection, &scans, limit, sql::RETRY_EVENT, &[]).during(RETRY)
            })
            .await
    }

    async fn discard(
        &self,
        filter: &EventFilter,
        reason: &str,
        limit: u32,
    ) -> Result<u64, PrimaryError> {
        let statuses = match filter.status {
            None => vec![EventStatus::Failed],
            Some(_) => changed(filter, &OPEN),
        };
        let (scans, reason) = (Scans::of(filter, &statuses), reason.to_owned());
        self.writer()
            .write(DISCARD, move |connection| {
                change(connection, &scans, limit, sql::DISCARD_EVENT, &[&reason]).during(DISCARD)
            })
            .await
    }

    async fn restore(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError> {
        let scans = Scans::of(filter, &changed(filter, &[EventStatus::Discarded]));
        self.writer()
            .write(RESTORE, move |connection| {
                change(connection, &scans, limit, sql::RESTORE_EVENT, &[]).during(RESTORE)
            })
            .await
    }

    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError> {
        self.writer()
            .write(RETIRE, move |connection| {
                retention::retire(connection, before, limit).during(RETIRE)
            })
            .await
    }

    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError> {
        if heads.is_empty() {
            return Ok(0);
        }
        let heads = heads.to_vec();
        self.writer()
            .write(FORGET, move |connection| {
                retention::forget(connection, &heads).during(FORGET)
            })
            .await
    }
}

/// The status that a list names, or all that is not done.
fn listed(filter: &EventFilter) -> Vec<EventStatus> {
    filter.status.map_or_else(|| OPEN.to_vec(), |one| vec![one])
}

/// The statuses that a verb changes, as far as the filter asks for them.
fn changed(filter: &EventFilter, may: &[EventStatus]) -> Vec<EventStatus> {
    let asked = |status: &EventStatus| filter.status.is_none_or(|wanted| wanted == *status);
    may.iter().copied().filter(asked).collect()
}

/// Runs a statement on the oldest events that were found; its first parameter is `seq`.
fn change(
    connection: &Connection,
    scans: &Scans,
    limit: u32,
    sql: &str,
    params: &[&dyn ToSql],
) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut count = 0;
    for seq in scans.oldest(connection, limit)? {
        let of_event: [&dyn ToSql; 1] = [&seq];
        let all: Vec<&dyn ToSql> = of_event.iter().chain(params).copied().collect();
        count += statement.execute(all.as_slice())?;
    }
    Ok(count as u64)
}
