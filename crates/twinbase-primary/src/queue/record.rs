//! Rows of Twinbase's tables as their types. Anyone may have written anything into them: what cannot
//! be read falls back to nothing, so that one row never hides the others.

use crate::fail;
use jiff::Timestamp;
use twinbase_core::{
    EventRef, Partition, PrimaryError, Row, Version,
    primary::{EventGroup, EventRecord, EventStatus},
};

pub(super) fn event(row: &Row) -> Option<EventRecord> {
    Some(EventRecord {
        at: EventRef {
            partition: Partition(row.get::<i32>("partition").ok()?.try_into().ok()?),
            seq: row.get("seq").ok()?,
        },
        id: text(row, "id"),
        event_type: text(row, "event_type"),
        aggregate_type: text(row, "aggregate_type"),
        aggregate_id: text(row, "aggregate_id"),
        version: Version::new(row.get("version").unwrap_or_default()),
        status: EventStatus::parse(&text(row, "status"))?,
        retry_count: u32::try_from(row.get::<i64>("retry_count").unwrap_or_default().max(0))
            .unwrap_or(u32::MAX),
        created_at: time(row, "created_at").unwrap_or_default(),
        processed_at: time(row, "done_at"),
        next_attempt_at: time(row, "next_attempt_at"),
        failed_at: time(row, "failed_at"),
        last_error: optional(row, "last_error"),
        error_key: optional(row, "error_key"),
        discard_reason: optional(row, "discard_reason"),
        traceparent: optional(row, "traceparent"),
    })
}

pub(super) fn group(row: &Row) -> EventGroup {
    EventGroup {
        error_key: text(row, "error_key"),
        failed: number(row, "failed"),
        retrying: number(row, "retrying"),
        oldest: time(row, "oldest").unwrap_or_default(),
        last_failed_at: time(row, "last_failed_at"),
        sample_error: text(row, "sample_error"),
        sample_id: text(row, "sample_id"),
    }
}

pub(super) fn text(row: &Row, column: &str) -> String {
    optional(row, column).unwrap_or_default()
}

pub(super) fn optional(row: &Row, column: &str) -> Option<String> {
    row.get(column).ok()
}

pub(super) fn number(row: &Row, column: &str) -> u64 {
    let number = row.get::<i64>(column).unwrap_or_default();
    u64::try_from(number).unwrap_or_default()
}

/// A time as either dialect keeps it.
pub(super) fn time(row: &Row, column: &str) -> Option<Timestamp> {
    row.get(column).ok()
}

/// The answer is not what the statement asks for.
pub(super) fn unreadable(operation: &'static str) -> PrimaryError {
    fail::refused(
        operation,
        "the tables of Twinbase hold something else than it writes; run the migrations",
    )
}
