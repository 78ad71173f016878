//! Cleans up: tombstones, old events, heads of aggregates that are gone for good.
//!
//! Only the worker that leads does, in small batches, and only while the worker is not busy catching up: what is
//! old can wait, what is new cannot.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use metrics::counter;
use tokio::time::Instant;
use twinbase_core::{Key, ReplicaError, Schema, Version, primary::Phase, replica::TOMBSTONE_TTL};

use super::{EngineError, WorkerState, leases, shared::Shared};
use crate::{Sides, generations::Generations, metrics as names};

/// The most that is removed at a time.
const AT_ONCE: u32 = 1_000;

/// The pause between two batches.
const PAUSE: Duration = Duration::from_millis(100);

/// Heads are only forgotten when their deletions are kept this long: far beyond
/// the life of a tombstone and of a batch in the hands of a worker that sleeps.
const FORGET_AFTER: Duration = Duration::from_hours(1);

/// Who had what done is asked months later.
const OPERATIONS_FOR: Duration = Duration::from_hours(365 * 24);

/// How often operations are forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// Cleans up until it is dropped.
pub(crate) async fn clean(shared: Arc<Shared>) {
    let mut forget_due = Instant::now();
    loop {
        tokio::time::sleep(shared.options.clean_every).await;
        leases::led(&shared).await;
        if Instant::now() >= forget_due {
            forget_due = Instant::now() + FORGET_EVERY;
            forget_operations(&shared.sides).await;
        }
        if let Err(error) = sweep(&shared).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "sweeping tombstones failed; it is tried again"
            );
        }
        if let Err(error) = retire(&shared).await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "removing old events failed; it is tried again"
            );
        }
    }
}

/// Removes what people had done long ago.
async fn forget_operations(sides: &Sides) {
    let Some(before) = ago(sides, OPERATIONS_FOR) else {
        return;
    };
    if let Err(error) = sides.primary.forget_operations(before).await {
        tracing::debug!(%error, "removing old operations failed; it is tried again");
    }
}

/// Removes the tombstones whose time has passed. A collection that fails does not keep others from it.
async fn sweep(shared: &Shared) -> Result<(), EngineError> {
    let Some(before) = ago(&shared.sides, TOMBSTONE_TTL) else {
        return Ok(());
    };
    let mut failed = Ok(());
    let generations = Generations::read(&shared.sides).await?;
    for schema in shared.sides.registry.all() {
        for target in generations.targets(schema) {
            // The collection that is filled keeps its tombstones: a page of rows may come late.
            if target.beside.is_some_and(Phase::is_before_switch) {
                continue;
            }
            if let Err(error) = sweep_collection(shared, &target.schema, before).await {
                failed = Err(error.into());
            }
        }
    }
    failed
}

async fn sweep_collection(
    shared: &Shared,
    schema: &Schema,
    before: Timestamp,
) -> Result<(), ReplicaError> {
    loop {
        let removed = shared.sides.replica.sweep(schema, before, AT_ONCE).await?;
        counter!(names::SWEPT_TOMBSTONES, "collection" => schema.collection.clone())
            .increment(removed);
        if removed < u64::from(AT_ONCE) {
            return Ok(());
        }
        rest(shared).await;
    }
}

/// Removes events that were done long ago.
async fn retire(shared: &Shared) -> Result<(), EngineError> {
    let Shared { sides, options, .. } = shared;
    let Some(before) = ago(sides, options.retention) else {
        return Ok(());
    };
    loop {
        let retired = sides.primary.retire(before, AT_ONCE).await?;
        counter!(names::RETIRED_EVENTS).increment(retired.removed);
        if options.retention >= FORGET_AFTER {
            let forgotten = forget(sides, &retired.deleted).await?;
            counter!(names::FORGOTTEN_HEADS).increment(forgotten);
        }
        if retired.removed < u64::from(AT_ONCE) {
            return Ok(());
        }
        rest(shared).await;
    }
}

/// Waits a moment, and until the worker has caught up.
async fn rest(shared: &Shared) {
    tokio::time::sleep(PAUSE).await;
    let is_busy = |state| {
        matches!(
            state,
            WorkerState::CatchingUp | WorkerState::BackingOff | WorkerState::Stalled
        )
    };
    shared.reaches(|state| !is_busy(state)).await;
}

/// Forgets the heads of aggregates whose deletion was removed. A version may begin from
/// 1 again only where neither a document nor a tombstone remembers a higher one.
async fn forget(sides: &Sides, deleted: &[(Key, Version)]) -> Result<u64, EngineError> {
    let mut forgotten = 0;
    let generations = Generations::read(sides).await?;
    for schema in sides.registry.all() {
        let of_schema = deleted
            .iter()
            .filter(|(key, _)| *key.aggregate_type == *schema.aggregate_type);
        let mut heads: Vec<_> = of_schema.cloned().collect();
        if heads.is_empty() {
            continue;
        }
        let ids: Vec<_> = heads.iter().map(|(key, _)| key.id.clone()).collect();
        for physical in generations.all(schema) {
            let found = sides.replica.versions(&physical, &ids).await?;
            heads.retain(|(key, _)| found.iter().all(|applied| applied.id != key.id));
        }
        forgotten += sides.primary.forget(&heads).await?;
    }
    Ok(forgotten)
}

fn ago(sides: &Sides, age: Duration) -> Option<Timestamp> {
    let age = SignedDuration::try_from(age).ok()?;
    sides.clock.now().checked_sub(age).ok()
}
