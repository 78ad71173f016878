//! Leases and pauses.

use std::time::Duration;

use async_trait::async_trait;
use twinbase_core::{
    PrimaryError,
    primary::{Leased, Pause, PauseScope, WorkerRecord, WorkerReport, Workers},
};

use super::SimPrimary;

#[async_trait]
impl Workers for SimPrimary {
    async fn lease(&self, worker: &WorkerReport, ttl: Duration) -> Result<Leased, PrimaryError> {
        let worker = worker.clone();
        self.call("lease", 0, move |world| world.lease(&worker, ttl))
            .await
    }

    async fn release(&self, worker: &str) -> Result<(), PrimaryError> {
        let worker = worker.to_owned();
        self.call("release", 0, move |world| world.release(&worker))
            .await
    }

    async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        self.call("workers", 0, |world| world.workers()).await
    }

    async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        self.call("pauses", 0, |world| world.database.pauses.clone())
            .await
    }

    async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, PrimaryError> {
        let (scope, reason) = (scope.clone(), reason.to_owned());
        self.call("pause", 0, move |world| world.pause(&scope, &reason))
            .await
    }

    async fn resume(&self, scope: &PauseScope) -> Result<bool, PrimaryError> {
        let scope = scope.clone();
        self.call("resume", 0, move |world| world.resume(&scope))
            .await
    }
}
