//! Operations: what they do, and how far they are.

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde::Serialize;
use twinbase::operate::{Operation, Verb};

use super::tenths;

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
        let filter = &operation.filter;
        Self {
            id: operation.id.clone(),
            kind: format!("outbox.{}", operation.verb.name()),
            state: progress.state.name(),
            phase: progress.phase(),
            done: progress.done,
            estimated_total: progress.estimated_total,
            total_is_least: progress.total_is_least,
            rate: tenths(progress.rate),
            eta_seconds: progress.eta.map(|eta| tenths(eta.as_secs_f64())),
            can_cancel: !progress.state.is_over(),
            error: progress.error,
            started_at: operation.started_at,
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
            rate_per_second: operation.rate.map(NonZeroU32::get),
            reason: match &operation.verb {
                Verb::Discard { reason } => Some(reason.to_string()),
                Verb::Retry | Verb::Restore => None,
            },
        }
    }
}
