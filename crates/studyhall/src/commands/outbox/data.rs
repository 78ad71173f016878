//! Events as data, in the words of the HTTP API.

use serde_json::{Value, json};
use twinbase::{
    bson::Bson,
    core::primary::{EventGroup, EventRecord},
    operate::{CurrentDocument, EventDetail},
};

/// An event without its payload.
pub(super) fn event(event: &EventRecord) -> Value {
    json!({
        "id": event.id, "seq": event.at.seq.to_string(), "partition": event.at.partition.0,
        "eventType": event.event_type,
        "aggregateType": event.aggregate_type, "aggregateId": event.aggregate_id,
        "version": event.version.to_string(), "status": event.status.name(),
        "retryCount": event.retry_count, "createdAt": event.created_at,
        "processedAt": event.processed_at, "nextAttemptAt": event.next_attempt_at,
        "failedAt": event.failed_at, "lastError": event.last_error, "errorKey": event.error_key,
        "discardReason": event.discard_reason, "traceparent": event.traceparent,
    })
}

/// An event with its payload and its document.
pub(super) fn detail(detail: &EventDetail) -> Value {
    let mut whole = event(&detail.record);
    whole["payload"] = payload(&detail.payload);
    whole["document"] = document(detail);
    whole
}

/// A payload that is no JSON is shown as the text that it is.
pub(super) fn payload(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| text.into())
}

fn document(detail: &EventDetail) -> Value {
    let (state, version, content) = match &detail.document {
        Ok(CurrentDocument::Present { version, document }) => {
            let content = Bson::Document(document.clone()).into_relaxed_extjson();
            ("present", Some(*version), content)
        }
        Ok(CurrentDocument::Deleted { version }) => ("deleted", Some(*version), Value::Null),
        Ok(CurrentDocument::Missing) => ("missing", None, Value::Null),
        Ok(CurrentDocument::Unknown) => ("unknown", None, Value::Null),
        Err(error) => {
            return json!({ "state": "unavailable", "error": error.to_string() });
        }
    };
    let version = version.map(|version| version.to_string());
    json!({ "state": state, "version": version, "document": content })
}

/// Failures of one cause.
pub(in crate::commands) fn group(group: &EventGroup) -> Value {
    json!({
        "errorKey": group.error_key, "failed": group.failed, "retrying": group.retrying,
        "oldestCreatedAt": group.oldest, "lastFailedAt": group.last_failed_at,
        "sampleId": group.sample_id, "sampleError": group.sample_error,
    })
}
