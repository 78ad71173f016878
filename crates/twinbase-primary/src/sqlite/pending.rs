//! Reading what waits: one range of an index for each partition, as far as the request's limits go.

use rusqlite::{Connection, Row, types::ValueRef};
use twinbase_core::{
    Event, EventRef, Name, Partition, Version,
    primary::{Pending, PendingRequest},
};

use super::{
    bind::{parse_time, time},
    sql,
};
use crate::queue::Names;

/// The types that the caller excepts, that are registered with another mapping than its, or that it does not know.
fn left_out(connection: &Connection, request: &PendingRequest) -> rusqlite::Result<Vec<String>> {
    let excepted = request.except.iter().map(ToString::to_string);
    let mut left_out: Vec<String> = excepted.collect();
    let mut statement = connection.prepare_cached(sql::MAPPINGS)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (of, hash): (String, i64) = (row.get(0)?, row.get(1)?);
        let known = |known: &(Name, i64)| known.0 == of && known.1 == hash;
        if !request.mappings.iter().any(known) {
            left_out.push(of);
        }
    }
    Ok(left_out)
}

/// In one transaction, so that mappings, events and records of collections are of one snapshot.
pub(super) fn pending(
    connection: &Connection,
    request: &PendingRequest,
) -> rusqlite::Result<Pending> {
    let snapshot = connection.unchecked_transaction()?;
    let left_out = left_out(connection, request)?;
    let now = time(request.now);
    let mut statement = connection.prepare_cached(sql::PENDING)?;
    let (mut pending, mut bytes, mut types) = (Pending::default(), 0, Names::default());
    let mut collections = connection.prepare_cached(sql::COLLECTIONS)?;
    pending.collections = Some(collections.query_row([], |row| row.get(0))?);
    let is_full = |read: usize, bytes: usize| {
        read >= request.limit as usize || read > 0 && bytes >= request.max_bytes
    };
    for (partition, after) in &request.cursors {
        let mut rows = statement.query((partition.0, after, &now))?;
        let mut of_partition = 0;
        while let Some(row) = rows.next()? {
            let name = text(row, 2)?;
            if left_out.iter().any(|of| of == name) {
                continue;
            }
            // Here is one more than may be read: something was left out.
            if of_partition == request.per_partition || is_full(pending.events.len(), bytes) {
                pending.cut = true;
                break;
            }
            let event = event(row, *partition, &mut types)?;
            bytes += event.payload.as_ref().map_or(0, String::len);
            pending.events.push(event);
            of_partition += 1;
        }
        if pending.cut && is_full(pending.events.len(), bytes) {
            break;
        }
    }
    snapshot.commit()?;
    Ok(pending)
}

/// Text that anyone may have written. SQLite keeps bytes in any column: they
/// become a text that fails this event, where an error would fail the whole read.
pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r str> {
    Ok(row.get_ref(column)?.as_str().unwrap_or_default())
}

/// The same of a column that may be null; bytes are as good as nothing.
pub(super) fn optional<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<Option<&'r str>> {
    Ok(row.get_ref(column)?.as_str().ok())
}

/// A whole number in a column where anyone may have put anything: of a fraction its whole part, of
/// text, bytes and nothing 0.
pub(super) fn whole(row: &Row<'_>, column: usize) -> rusqlite::Result<i64> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => number,
        #[expect(
            clippy::cast_possible_truncation,
            reason = "beyond the range it is the range's end"
        )]
        ValueRef::Real(number) => number as i64,
        ValueRef::Null | ValueRef::Text(_) | ValueRef::Blob(_) => 0,
    })
}

/// A count of tries in the same kind of column, as the indexes' conditions compare it: a fraction is
/// above the number before it, and text and bytes are above all numbers.
pub(super) fn tries(row: &Row<'_>, column: usize) -> rusqlite::Result<u32> {
    let number = match row.get_ref(column)? {
        ValueRef::Real(number) if number.fract() > 0.0 => whole(row, column)?.saturating_add(1),
        ValueRef::Text(_) | ValueRef::Blob(_) => i64::MAX,
        _ => whole(row, column)?,
    };
    Ok(u32::try_from(number.max(0)).unwrap_or(u32::MAX))
}

fn event(row: &Row<'_>, partition: Partition, types: &mut Names) -> rusqlite::Result<Event> {
    Ok(Event {
        at: EventRef {
            partition,
            seq: row.get(0)?,
        },
        event_type: types.get(text(row, 1)?),
        aggregate_type: types.get(text(row, 2)?),
        aggregate_id: text(row, 3)?.to_owned(),
        version: Version::new(whole(row, 4)?),
        payload: Some(text(row, 5)?.to_owned()),
        retry_count: tries(row, 6)?,
        // Only for measuring lag: an unreadable time must not hold an event up.
        created_at: parse_time(text(row, 7)?).unwrap_or_default(),
        traceparent: optional(row, 8)?.map(Into::into),
        mapping: match row.get_ref(9)? {
            ValueRef::Integer(hash) => Some(hash),
            _ => None,
        },
    })
}
