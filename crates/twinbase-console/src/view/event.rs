//! Events and groups of them, without payloads.

use jiff::Timestamp;
use serde::Serialize;
use twinbase::core::primary::{EventGroup, EventRecord};

/// An event, without its payload.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    id: String,
    seq: String,
    partition: i16,
    event_type: String,
    aggregate_type: String,
    aggregate_id: String,
    version: String,
    status: &'static str,
    retry_count: u32,
    created_at: Timestamp,
    processed_at: Option<Timestamp>,
    next_attempt_at: Option<Timestamp>,
    failed_at: Option<Timestamp>,
    last_error: Option<String>,
    error_key: Option<String>,
    discard_reason: Option<String>,
    traceparent: Option<String>,
}

impl From<&EventRecord> for EventView {
    fn from(event: &EventRecord) -> Self {
        Self {
            id: event.id.clone(),
            seq: event.at.seq.to_string(),
            partition: event.at.partition.0,
            event_type: event.event_type.clone(),
            aggregate_type: event.aggregate_type.clone(),
            aggregate_id: event.aggregate_id.clone(),
            version: event.version.to_string(),
            status: event.status.name(),
            retry_count: event.retry_count,
            created_at: event.created_at,
            processed_at: event.processed_at,
            next_attempt_at: event.next_attempt_at,
            failed_at: event.failed_at,
            last_error: event.last_error.clone(),
            error_key: event.error_key.clone(),
            discard_reason: event.discard_reason.clone(),
            traceparent: event.traceparent.clone(),
        }
    }
}

/// Failures of one cause.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    error_key: String,
    failed: u64,
    retrying: u64,
    oldest_created_at: Timestamp,
    last_failed_at: Option<Timestamp>,
    sample_error: String,
    sample_id: String,
}

impl From<&EventGroup> for GroupView {
    fn from(group: &EventGroup) -> Self {
        Self {
            error_key: group.error_key.clone(),
            failed: group.failed,
            retrying: group.retrying,
            oldest_created_at: group.oldest,
            last_failed_at: group.last_failed_at,
            sample_error: group.sample_error.clone(),
            sample_id: group.sample_id.clone(),
        }
    }
}
