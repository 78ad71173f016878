//! Leases, marks and pauses.

use std::time::Duration;

use async_trait::async_trait;
use twinbase_core::{
    EventRef, PrimaryError,
    primary::{Controls, Leased, Leases, Pause, PauseScope, Suspect, WorkerRecord, WorkerReport},
};

use super::{SimPrimary, hash, hash_text};

#[async_trait]
impl Leases for SimPrimary {
    async fn lease(
        &self,
        worker: &WorkerReport,
        ttl: Duration,
        gone: &[String],
    ) -> Result<Leased, PrimaryError> {
        let (worker, gone) = (worker.clone(), gone.to_vec());
        self.call("lease", hash_text(&gone), move |world| {
            world.lease(&worker, ttl, &gone)
        })
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

    async fn started(&self, worker: &str, events: &[EventRef]) -> Result<(), PrimaryError> {
        let (worker, events) = (worker.to_owned(), events.to_vec());
        self.call("started", hash(&events), move |world| {
            world.started(&worker, &events);
        })
        .await
    }

    async fn finished(&self, events: &[EventRef]) -> Result<(), PrimaryError> {
        let events = events.to_vec();
        self.call("finished", hash(&events), move |world| {
            world.finished(&events);
        })
        .await
    }

    async fn suspects(&self, gone: &[String]) -> Result<Vec<Suspect>, PrimaryError> {
        let gone = gone.to_vec();
        self.call("suspects", hash_text(&gone), move |world| {
            world.suspects(&gone)
        })
        .await
    }
}

#[async_trait]
impl Controls for SimPrimary {
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
