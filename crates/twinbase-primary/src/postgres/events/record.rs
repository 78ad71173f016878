//! Rows of `"Outbox"` as an operator sees them.

use jiff::Timestamp;
use tokio_postgres::{Error, Row};
use twinbase_core::{
    EventRef, MAX_RETRIES, Partition, Version,
    primary::{EventGroup, EventRecord, EventStatus},
};

use super::time;

/// What a record is read from; `o` is the row.
pub(super) const COLUMNS: &str = "o.\"partition\", o.seq, o.id, o.event_type, o.aggregate_type, \
    o.aggregate_id, o.version, o.processed, o.retry_count::int8 as retry_count, o.created_at, \
    case when o.processed then coalesce(o.processed_at, o.created_at) end as processed_at, \
    o.next_attempt_at, o.failed_at, o.last_error, o.error_key, o.discarded_at, o.discard_reason, \
    o.traceparent";

/// One event.
pub(super) fn record(row: &Row) -> Result<EventRecord, Error> {
    let retry_count: i64 = row.try_get("retry_count")?;
    let retry_count = u32::try_from(retry_count).unwrap_or(0);
    let next_attempt_at = time(row, "next_attempt_at");
    let status = match (row.try_get("processed")?, retry_count) {
        (true, _) if time(row, "discarded_at").is_some() => EventStatus::Discarded,
        (true, _) => EventStatus::Applied,
        (false, tries) if tries > MAX_RETRIES => EventStatus::Failed,
        (false, tries) if tries > 0 && next_attempt_at.is_some() => EventStatus::Retrying,
        (false, _) => EventStatus::Pending,
    };
    Ok(EventRecord {
        at: EventRef {
            partition: Partition(row.try_get("partition")?),
            seq: row.try_get("seq")?,
        },
        id: row.try_get("id")?,
        event_type: row.try_get("event_type")?,
        aggregate_type: row.try_get("aggregate_type")?,
        aggregate_id: row.try_get("aggregate_id")?,
        version: Version::new(row.try_get("version")?),
        status,
        retry_count,
        created_at: time(row, "created_at").unwrap_or(Timestamp::UNIX_EPOCH),
        processed_at: time(row, "processed_at"),
        next_attempt_at,
        failed_at: time(row, "failed_at"),
        last_error: row.try_get("last_error")?,
        error_key: row.try_get("error_key")?,
        discard_reason: row.try_get("discard_reason")?,
        traceparent: row.try_get("traceparent")?,
    })
}

/// One group of failures.
pub(super) fn group(row: &Row) -> Result<EventGroup, Error> {
    let count = |column: &str| -> Result<u64, Error> {
        Ok(u64::try_from(row.try_get::<_, i64>(column)?).unwrap_or(0))
    };
    Ok(EventGroup {
        error_key: row.try_get("error_key")?,
        failed: count("failed")?,
        retrying: count("retrying")?,
        oldest: time(row, "oldest").unwrap_or(Timestamp::UNIX_EPOCH),
        last_failed_at: time(row, "last_failed_at"),
        sample_error: row.try_get("sample_error")?,
        sample_id: row.try_get("sample_id")?,
    })
}
