//! Reads events as an operator sees them.

use rusqlite::{Connection, OptionalExtension as _, Row};
use twinbase_core::{
    EventRef, MAX_RETRIES, Partition, Version,
    primary::{EventCursor, EventGroup, EventRecord, EventStatus},
};

use super::scan::Scans;
use crate::sqlite::{
    bind::parse_time,
    pending::{optional, text, tries, whole},
    sql,
};

/// A page of a list, all as of one moment.
pub(super) fn page(
    connection: &Connection,
    scans: &Scans,
    after: Option<&EventCursor>,
    limit: u32,
) -> rusqlite::Result<Vec<EventRecord>> {
    let snapshot = connection.unchecked_transaction()?;
    let mut statement = snapshot.prepare_cached(sql::RECORD)?;
    scans
        .newest(&snapshot, after, limit)?
        .into_iter()
        .map(|seq| statement.query_row([seq], record))
        .collect()
}

/// One event with its payload.
pub(super) fn with_payload(
    connection: &Connection,
    id: &str,
) -> rusqlite::Result<Option<(EventRecord, String)>> {
    let snapshot = connection.unchecked_transaction()?;
    let found = snapshot
        .prepare_cached(sql::PAYLOAD)?
        .query_row([id], |row| Ok((row.get(0)?, text(row, 1)?.to_owned())))
        .optional()?;
    let Some((seq, payload)): Option<(i64, String)> = found else {
        return Ok(None);
    };
    let record = snapshot
        .prepare_cached(sql::RECORD)?
        .query_row([seq], record)?;
    Ok(Some((record, payload)))
}

/// Failed and retrying events by their cause.
pub(super) fn groups(connection: &Connection, limit: u32) -> rusqlite::Result<Vec<EventGroup>> {
    connection
        .prepare_cached(sql::GROUPS)?
        .query_map([limit], |row| {
            let count = |column| row.get::<_, i64>(column).map(i64::unsigned_abs);
            Ok(EventGroup {
                error_key: text(row, 0)?.to_owned(),
                failed: count(1)?,
                retrying: count(2)?,
                oldest: parse_time(text(row, 3)?).unwrap_or_default(),
                last_failed_at: optional(row, 4)?.and_then(parse_time),
                sample_error: text(row, 5)?.to_owned(),
                sample_id: text(row, 6)?.to_owned(),
            })
        })?
        .collect()
}

/// A row of [`sql::RECORD`].
fn record(row: &Row<'_>) -> rusqlite::Result<EventRecord> {
    let owned = |column| optional(row, column).map(|text| text.map(str::to_owned));
    let at = |column| optional(row, column).map(|text| text.and_then(parse_time));
    Ok(EventRecord {
        at: EventRef {
            partition: Partition(row.get(0)?),
            seq: row.get(1)?,
        },
        id: text(row, 2)?.to_owned(),
        event_type: text(row, 3)?.to_owned(),
        aggregate_type: text(row, 4)?.to_owned(),
        aggregate_id: text(row, 5)?.to_owned(),
        version: Version::new(whole(row, 6)?),
        status: status(row)?,
        retry_count: tries(row, 7)?,
        created_at: at(8)?.unwrap_or_default(),
        processed_at: at(9)?,
        next_attempt_at: at(10)?,
        failed_at: at(11)?,
        last_error: owned(12)?,
        error_key: owned(13)?,
        discard_reason: owned(14)?,
        traceparent: owned(15)?,
    })
}

/// As [`Scans`] say it in SQL.
fn status(row: &Row<'_>) -> rusqlite::Result<EventStatus> {
    let (processed, discarded): (bool, bool) = (row.get(16)?, row.get(17)?);
    let (retries, has_next): (u32, bool) = (tries(row, 7)?, row.get(18)?);
    Ok(match (processed, discarded) {
        (true, true) => EventStatus::Discarded,
        (true, false) => EventStatus::Applied,
        (false, _) if retries > MAX_RETRIES => EventStatus::Failed,
        (false, _) if retries > 0 && has_next => EventStatus::Retrying,
        (false, _) => EventStatus::Pending,
    })
}
