//! How events, operations, workers and pauses look as JSON.
//!
//! Versions and numbers of events are texts: they have 64 bits, and JavaScript's numbers have 53.

use jiff::Timestamp;
use serde::Serialize;
use twinbase::{
    core::primary::{EventGroup, EventRecord, Pause, WorkerRecord},
    operate::{Operation, Rate, Verb, scope_name},
};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventView {
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

impl From<EventRecord> for EventView {
    fn from(event: EventRecord) -> Self {
        Self {
            id: event.id,
            seq: event.at.seq.to_string(),
            partition: event.at.partition.0,
            event_type: event.event_type,
            aggregate_type: event.aggregate_type,
            aggregate_id: event.aggregate_id,
            version: event.version.to_string(),
            status: event.status.name(),
            retry_count: event.retry_count,
            created_at: event.created_at,
            processed_at: event.processed_at,
            next_attempt_at: event.next_attempt_at,
            failed_at: event.failed_at,
            last_error: event.last_error,
            error_key: event.error_key,
            discard_reason: event.discard_reason,
            traceparent: event.traceparent,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GroupView {
    error_key: String,
    failed: u64,
    retrying: u64,
    oldest_created_at: Timestamp,
    last_failed_at: Option<Timestamp>,
    sample_error: String,
    sample_id: String,
}

impl From<EventGroup> for GroupView {
    fn from(group: EventGroup) -> Self {
        Self {
            error_key: group.error_key,
            failed: group.failed,
            retrying: group.retrying,
            oldest_created_at: group.oldest,
            last_failed_at: group.last_failed_at,
            sample_error: group.sample_error,
            sample_id: group.sample_id,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationView {
    id: String,
    kind: String,
    state: &'static str,
    phase: &'static str,
    done: u64,
    estimated_total: Option<u64>,
    /// Whether the total is only the least that there is: counting stops at a limit.
    total_is_least: bool,
    rate: f64,
    eta_seconds: Option<f64>,
    can_cancel: bool,
    error: Option<String>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
    filter: FilterView,
    rate_per_second: Option<u32>,
    reason: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FilterView {
    /// How many events were named one by one; not their ids, which may be a thousand.
    ids: Option<usize>,
    status: Option<&'static str>,
    error_key: Option<String>,
    aggregate_type: Option<String>,
    aggregate_id: Option<String>,
    event_type: Option<String>,
    as_of: Option<Timestamp>,
}

impl From<&Operation> for OperationView {
    fn from(operation: &Operation) -> Self {
        let progress = operation.progress();
        let filter = operation.filter();
        Self {
            id: operation.id().to_string(),
            kind: format!("outbox.{}", operation.verb().name()),
            state: progress.state.name(),
            phase: progress.phase.name(),
            done: progress.done,
            estimated_total: progress.estimated_total,
            total_is_least: progress.total_is_least,
            rate: tenths(progress.rate),
            eta_seconds: progress.eta.map(|eta| tenths(eta.as_secs_f64())),
            can_cancel: !progress.state.is_over(),
            error: progress.error,
            started_at: operation.started_at(),
            finished_at: progress.finished_at,
            filter: FilterView {
                ids: (!filter.ids.is_empty()).then_some(filter.ids.len()),
                status: filter.status.map(twinbase::prelude::EventStatus::name),
                error_key: filter.error_key.clone(),
                aggregate_type: filter.aggregate_type.clone(),
                aggregate_id: filter.aggregate_id.clone(),
                event_type: filter.event_type.clone(),
                as_of: filter.as_of,
            },
            rate_per_second: match operation.rate() {
                Rate::AtOnce => None,
                Rate::PerSecond(rate) => Some(rate.get()),
            },
            reason: match operation.verb() {
                Verb::Discard { reason } => Some(reason.to_string()),
                Verb::Retry | Verb::Restore => None,
            },
        }
    }
}

/// Nobody reads more digits of an estimate.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkerView {
    id: String,
    machine: String,
    process: u32,
    state: String,
    alive: bool,
    partitions: u32,
    applied: u64,
    superseded: u64,
    charged: u64,
    started_at: Timestamp,
    seen_at: Timestamp,
}

impl From<WorkerRecord> for WorkerView {
    fn from(worker: WorkerRecord) -> Self {
        Self {
            id: worker.report.id,
            machine: worker.report.machine,
            process: worker.report.process,
            state: worker.report.state,
            alive: worker.alive,
            partitions: worker.partitions,
            applied: worker.report.applied,
            superseded: worker.report.superseded,
            charged: worker.report.charged,
            started_at: worker.started_at,
            seen_at: worker.seen_at,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PauseView {
    scope: String,
    since: Timestamp,
    reason: String,
}

impl From<Pause> for PauseView {
    fn from(pause: Pause) -> Self {
        Self {
            scope: scope_name(&pause.scope),
            since: pause.since,
            reason: pause.reason,
        }
    }
}
