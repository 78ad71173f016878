//! Operations: what they do, and how far they are.

use std::num::NonZeroU32;

use jiff::Timestamp;
use serde::Serialize;
use twinbase::{
    operate::{OperationView as Seen, Task, Verb},
    prelude::EventFilter,
    sync::{
        repair::RepairOptions,
        verify::{Scope, VerifyOptions},
    },
};

use super::tenths;

/// An operation.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationView {
    id: String,
    kind: String,
    by: Option<String>,
    state: &'static str,
    phase: &'static str,
    done: u64,
    estimated_total: Option<u64>,
    /// Whether the total is only the least that there is: counting stops at a limit.
    total_is_least: bool,
    rate: f64,
    eta_seconds: Option<f64>,
    /// Whether the time that is left is guessed: a part of it was never measured.
    eta_guessed: bool,
    can_cancel: bool,
    error: Option<String>,
    started_at: Timestamp,
    finished_at: Option<Timestamp>,
    /// Which events a verb acts on.
    filter: Option<FilterView>,
    /// What a comparison compares.
    scope: Option<Scope>,
    /// What else it was done to, such as the scope of a pause.
    about: Option<String>,
    rate_per_second: Option<u32>,
    /// How long a rebuild keeps the old collection.
    keep_seconds: Option<u64>,
    reason: Option<String>,
    /// What a comparison found, by collection; which rows have no document after a rebuild.
    found: Option<serde_json::Value>,
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

/// What an operation was asked to do.
#[derive(Default)]
struct Asked {
    filter: Option<FilterView>,
    scope: Option<Scope>,
    about: Option<String>,
    rate: Option<NonZeroU32>,
    keep_seconds: Option<u64>,
    reason: Option<String>,
}

impl From<Option<&Task>> for Asked {
    fn from(task: Option<&Task>) -> Self {
        let Some(task) = task else {
            return Self::default();
        };
        match task {
            Task::Events { verb, filter, rate } => Self {
                filter: Some(filter.into()),
                rate: *rate,
                reason: match verb {
                    Verb::Discard { reason } => Some(reason.to_string()),
                    Verb::Retry | Verb::Restore => None,
                },
                ..Self::default()
            },
            Task::Verify(VerifyOptions { scope, rate, .. })
            | Task::Repair(RepairOptions {
                verify: VerifyOptions { scope, rate, .. },
                ..
            }) => Self {
                scope: Some(scope.clone()),
                rate: *rate,
                ..Self::default()
            },
            Task::Rebuild(done) | Task::Done(done) => Self {
                about: Some(done.about.clone()),
                rate: done.rate,
                keep_seconds: done.keep_seconds,
                reason: done.reason.clone(),
                ..Self::default()
            },
        }
    }
}

impl From<&EventFilter> for FilterView {
    fn from(filter: &EventFilter) -> Self {
        Self {
            ids: (!filter.ids.is_empty()).then_some(filter.ids.len()),
            status: filter.status.map(twinbase::prelude::EventStatus::name),
            error_key: filter.error_key.clone(),
            aggregate_type: filter.aggregate_type.clone(),
            aggregate_id: filter.aggregate_id.clone(),
            event_type: filter.event_type.clone(),
            as_of: filter.as_of,
        }
    }
}

impl From<&Seen> for OperationView {
    fn from(operation: &Seen) -> Self {
        let progress = &operation.progress;
        let asked = Asked::from(operation.task.as_ref());
        Self {
            id: operation.id.clone(),
            kind: operation.kind.clone(),
            by: (!operation.by.is_empty()).then(|| operation.by.clone()),
            state: progress.state.name(),
            phase: progress.phase(),
            done: progress.done,
            estimated_total: progress.estimated_total,
            total_is_least: progress.total_is_least,
            rate: tenths(progress.rate),
            eta_seconds: progress.eta.map(|eta| tenths(eta.as_secs_f64())),
            eta_guessed: progress.eta.is_some() && progress.eta_guessed,
            can_cancel: !progress.state.is_over(),
            error: progress.error.clone(),
            started_at: operation.started_at,
            finished_at: progress.finished_at,
            filter: asked.filter,
            scope: asked.scope,
            about: asked.about,
            rate_per_second: asked.rate.map(NonZeroU32::get),
            keep_seconds: asked.keep_seconds,
            reason: asked.reason,
            found: progress.found.clone(),
        }
    }
}
