//! What the worker reports to the metrics; their names and meanings are in [`crate::metrics`].

use std::time::Duration;

use jiff::Timestamp;
use metrics::{counter, gauge, histogram};
use tokio::time::Instant;
use twinbase_core::{
    Name, Schema, TraceParent,
    primary::{Leased, Pause},
};

use super::{CollectionState, CollectionStatus, WorkerState, plan::Group};
use crate::metrics as names;

/// Measures a call of the primary.
pub(crate) async fn primary<T>(operation: &'static str, call: impl Future<Output = T>) -> T {
    timed(names::PRIMARY_SECONDS, operation, call).await
}

/// Measures a call of the replica.
pub(crate) async fn replica<T>(operation: &'static str, call: impl Future<Output = T>) -> T {
    timed(names::REPLICA_SECONDS, operation, call).await
}

async fn timed<T>(name: &'static str, operation: &'static str, call: impl Future<Output = T>) -> T {
    let asked = Instant::now();
    let answer = call.await;
    histogram!(name, "operation" => operation).record(asked.elapsed());
    answer
}

/// The time that a batch spent in a phase.
pub(crate) fn phase(phase: &'static str, took: Duration) {
    histogram!(names::PHASE_SECONDS, "phase" => phase).record(took);
}

/// Events of a collection by what became of them.
pub(crate) fn events(collection: &Name, result: &'static str, count: u64) {
    if count > 0 {
        counter!(names::EVENTS, "collection" => collection.clone(), "result" => result)
            .increment(count);
    }
}

/// A read.
pub(crate) fn read(events: u64, source: &'static str) {
    counter!(names::WAKE_UPS, "source" => source).increment(1);
    if events > 0 {
        counter!(names::EVENTS_READ).increment(events);
        histogram!(names::BATCH_EVENTS).record(count(events));
    }
}

/// The documents of a batch.
pub(crate) fn documents(documents: u64) {
    histogram!(names::BATCH_DOCUMENTS).record(count(documents));
}

/// A side did not answer.
pub(crate) fn unavailable(side: &'static str) {
    counter!(names::UNAVAILABLE, "side" => side).increment(1);
}

/// The state that the worker is in.
pub(crate) fn state(now: WorkerState) {
    for state in WorkerState::ALL {
        let value = if state == now { 1.0 } else { 0.0 };
        gauge!(names::WORKER_STATE, "state" => state.name()).set(value);
    }
}

/// The state of each collection.
pub(crate) fn collections(all: &[CollectionStatus]) {
    for one in all {
        for state in CollectionState::ALL {
            let value = if state == one.state { 1.0 } else { 0.0 };
            let labels = vec![
                metrics::Label::new("collection", one.collection.clone()),
                metrics::Label::from_static_parts("state", state.name()),
            ];
            gauge!(names::COLLECTION_STATE, labels).set(value);
        }
    }
}

/// Records how late applied changes of a collection are, and logs those of requests that are traced.
pub(crate) fn applied(schema: &Schema, groups: &[Group], now: Timestamp) {
    let lag = |group: &Group| {
        let lag = now.duration_since(group.newest.created_at);
        lag.as_secs_f64().max(0.0)
    };
    if let Some(latest) = groups.iter().map(lag).reduce(f64::max) {
        histogram!(names::APPLY_LAG_SECONDS, "collection" => schema.collection.clone())
            .record(latest);
    }
    for group in groups {
        let parent = group.newest.traceparent.as_deref();
        let Some(parent) = parent.and_then(TraceParent::parse) else {
            continue;
        };
        if parent.is_sampled() {
            let span = tracing::info_span!(
                "apply",
                trace_id = parent.trace_id(),
                parent_id = parent.parent_id(),
                collection = schema.collection.as_ref(),
                version = group.newest.version.get(),
            );
            span.in_scope(|| tracing::info!(lag_seconds = lag(group), "applied"));
        }
    }
}

/// Leases and pauses.
pub(crate) fn leases(leased: &Leased, pauses: &[Pause]) {
    gauge!(names::LEASES_HELD).set(count(leased.held.len() as u64));
    gauge!(names::WORKERS).set(f64::from(leased.workers));
    gauge!(names::PAUSED).set(count(pauses.len() as u64));
}

/// A count as metrics take it.
#[expect(
    clippy::cast_precision_loss,
    reason = "metrics are floating point; counts stay far below 2^53"
)]
pub(crate) const fn count(n: u64) -> f64 {
    n as f64
}
