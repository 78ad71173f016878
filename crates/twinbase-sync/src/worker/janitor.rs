//! Cleans up: tombstones, old events, heads of aggregates that are gone for good.
//!
//! Only the worker that leads does, in small batches, and only while the worker is not busy catching up: what is
//! old can wait, what is new cannot.

use std::{sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use metrics::counter;
use tokio::sync::watch;
use twinbase_core::{AggregateId, Key, ReplicaError, Schema, Version, replica::TOMBSTONE_TTL};

use super::{EngineError, WorkerOptions, WorkerState, WorkerStatus, leases, shared::Shared};
use crate::{Sides, metrics as names};

/// The most that is removed at a time.
const AT_ONCE: u32 = 1_000;

/// The pause between two batches.
const PAUSE: Duration = Duration::from_millis(100);

/// Heads are only forgotten when their deletions are kept this long: far beyond
/// the life of a tombstone and of a batch in the hands of a worker that sleeps.
const FORGET_AFTER: Duration = Duration::from_hours(1);

/// Cleans up until it is dropped.
pub(crate) async fn clean(shared: Arc<Shared>) {
    let mut status = shared.status.subscribe();
    let mut janitor = Janitor {
        sides: &shared.sides,
        options: &shared.options,
        status: &mut status,
    };
    loop {
        tokio::time::sleep(shared.options.clean_every).await;
        leases::led(&shared).await;
        if let Err(error) = janitor.sweep().await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "sweeping tombstones failed; it is tried again"
            );
        }
        if let Err(error) = janitor.retire().await {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "removing old events failed; it is tried again"
            );
        }
    }
}

struct Janitor<'a> {
    sides: &'a Sides,
    options: &'a WorkerOptions,
    status: &'a mut watch::Receiver<WorkerStatus>,
}

impl Janitor<'_> {
    /// Removes the tombstones whose time has passed. A collection that fails does not keep others from it.
    async fn sweep(&mut self) -> Result<(), ReplicaError> {
        let Some(before) = ago(self.sides, TOMBSTONE_TTL) else {
            return Ok(());
        };
        let mut failed = Ok(());
        for schema in self.sides.registry.all() {
            if let Err(error) = self.sweep_collection(schema, before).await {
                failed = Err(error);
            }
        }
        failed
    }

    async fn sweep_collection(
        &mut self,
        schema: &'static Schema,
        before: Timestamp,
    ) -> Result<(), ReplicaError> {
        loop {
            let removed = self.sides.replica.sweep(schema, before, AT_ONCE).await?;
            counter!(names::SWEPT_TOMBSTONES, "collection" => schema.collection).increment(removed);
            if removed < u64::from(AT_ONCE) {
                return Ok(());
            }
            self.rest().await;
        }
    }

    /// Removes events that were done long ago.
    async fn retire(&mut self) -> Result<(), EngineError> {
        let Some(before) = ago(self.sides, self.options.retention) else {
            return Ok(());
        };
        loop {
            let retired = self.sides.primary.retire(before, AT_ONCE).await?;
            counter!(names::RETIRED_EVENTS).increment(retired.removed);
            if self.options.retention >= FORGET_AFTER {
                let forgotten = forget(self.sides, &retired.deleted).await?;
                counter!(names::FORGOTTEN_HEADS).increment(forgotten);
            }
            if retired.removed < u64::from(AT_ONCE) {
                return Ok(());
            }
            self.rest().await;
        }
    }

    /// Waits a moment, and until the worker has caught up.
    async fn rest(&mut self) {
        tokio::time::sleep(PAUSE).await;
        let calm = |status: &WorkerStatus| {
            !matches!(
                status.state,
                WorkerState::CatchingUp | WorkerState::BackingOff | WorkerState::Stalled
            )
        };
        // An error means that the worker has ended, and with it this task.
        let _ = self.status.wait_for(calm).await;
    }
}

/// Forgets the heads of aggregates whose deletion was removed. A version may begin from
/// 1 again only where neither a document nor a tombstone remembers a higher one.
async fn forget(sides: &Sides, deleted: &[(Key, Version)]) -> Result<u64, EngineError> {
    let mut forgotten = 0;
    for schema in sides.registry.all() {
        let of_schema = deleted
            .iter()
            .filter(|(key, _)| *key.aggregate_type == *schema.aggregate_type);
        let heads: Vec<_> = of_schema.cloned().collect();
        if heads.is_empty() {
            continue;
        }
        let absent = absent(sides, schema, heads).await?;
        forgotten += sides.primary.forget(&absent).await?;
    }
    Ok(forgotten)
}

async fn absent(
    sides: &Sides,
    schema: &'static Schema,
    mut heads: Vec<(Key, Version)>,
) -> Result<Vec<(Key, Version)>, ReplicaError> {
    let ids: Vec<AggregateId> = heads.iter().map(|(key, _)| key.id.clone()).collect();
    let found = sides.replica.versions(schema, &ids).await?;
    heads.retain(|(key, _)| found.iter().all(|applied| applied.id != key.id));
    Ok(heads)
}

fn ago(sides: &Sides, age: Duration) -> Option<Timestamp> {
    let age = SignedDuration::try_from(age).ok()?;
    sides.clock.now().checked_sub(age).ok()
}
