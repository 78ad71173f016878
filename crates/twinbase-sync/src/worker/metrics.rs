//! What the worker tells the metrics; their names and meanings are in [`crate::metrics`].

use std::time::Duration;

use metrics::{counter, gauge, histogram};
use tokio::time::Instant;
use twinbase_core::primary::{Leased, Pause};

use super::WorkerState;
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
pub(crate) fn events(collection: &'static str, result: &'static str, count: u64) {
    if count > 0 {
        counter!(names::EVENTS, "collection" => collection, "result" => result).increment(count);
    }
}

/// A read.
pub(crate) fn read(events: usize, source: &'static str) {
    counter!(names::WAKE_UPS, "source" => source).increment(1);
    if events > 0 {
        counter!(names::EVENTS_READ).increment(events as u64);
        histogram!(names::BATCH_EVENTS).record(count(events));
    }
}

/// The documents of a batch.
pub(crate) fn documents(documents: usize) {
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

/// Leases and pauses.
pub(crate) fn record_tenancy(leased: &Leased, pauses: &[Pause]) {
    gauge!(names::LEASES_HELD).set(count(leased.held.len()));
    gauge!(names::WORKERS).set(f64::from(leased.workers));
    gauge!(names::PAUSED).set(count(pauses.len()));
}

/// A count as metrics take it.
#[expect(
    clippy::cast_precision_loss,
    reason = "metrics are floating point; counts stay far below 2^53"
)]
pub(crate) const fn count(n: usize) -> f64 {
    n as f64
}
