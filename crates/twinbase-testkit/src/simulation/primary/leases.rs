//! Leases, as the real primaries keep them, by the database's own clock; and pauses.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    Partition, PrimaryError,
    primary::{Lease, Leased, Pause, PauseScope, WorkerRecord, WorkerReport, Workers, share},
};

use super::SimPrimary;
use crate::simulation::{faults::Sabotage, world::World};

/// A worker that has reported itself.
#[derive(Clone)]
pub(in crate::simulation) struct WorkerRow {
    report: WorkerReport,
    started: Timestamp,
    seen: Timestamp,
    expires: Timestamp,
}

#[async_trait]
impl Workers for SimPrimary {
    async fn lease(&self, worker: &WorkerReport, ttl: Duration) -> Result<Leased, PrimaryError> {
        let worker = worker.clone();
        self.call("lease", 0, move |world| world.lease(&worker, ttl))
            .await
    }

    async fn release(&self, worker: &str) -> Result<(), PrimaryError> {
        let worker = worker.to_owned();
        self.call("release", 0, move |world| {
            world.trace.count("released");
            world.database.leases.retain(|_, holder| *holder != worker);
            world.database.workers.remove(&worker);
        })
        .await
    }

    async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError> {
        self.call("workers", 0, |world| {
            let rows = world.database.workers.values();
            rows.map(|row| WorkerRecord {
                report: row.report.clone(),
                started_at: row.started,
                seen_at: row.seen,
                alive: row.expires > world.now(),
                partitions: world.partitions_of(&row.report.id),
            })
            .collect()
        })
        .await
    }

    async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError> {
        self.call("pauses", 0, |world| {
            world.database.pauses.values().cloned().collect()
        })
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

impl World {
    fn is_alive(&self, worker: &str) -> bool {
        let row = self.database.workers.get(worker);
        row.is_some_and(|row| row.expires > self.now())
    }

    fn lease(&mut self, worker: &WorkerReport, ttl: Duration) -> Leased {
        let now = self.now();
        let known = self.database.workers.get(&worker.id);
        let row = WorkerRow {
            report: worker.clone(),
            started: known.map_or(now, |known| known.started),
            seen: now,
            expires: now.saturating_add(ttl).unwrap_or(Timestamp::MAX),
        };
        self.database.workers.insert(worker.id.clone(), row);
        let alive = self.alive();
        let share = share(&self.leases(), &worker.id, &alive);
        for lease in &share.taken {
            let leases = &mut self.database.leases;
            leases.insert(lease.partition, worker.id.clone());
            let mut holder = lease.worker.iter();
            let of_the_dead = holder.any(|holder| !alive.contains(holder));
            self.trace
                .count(if of_the_dead { "taken over" } else { "taken" });
        }
        Leased {
            held: share.held,
            workers: u32::try_from(alive.len()).unwrap_or(u32::MAX),
        }
    }

    /// Live workers, the oldest first.
    fn alive(&self) -> Vec<String> {
        let rows = self.database.workers.iter();
        let mut alive: Vec<_> = rows
            .filter(|(_, row)| row.expires > self.now())
            .map(|(id, row)| (row.started, id.clone()))
            .collect();
        alive.sort_unstable();
        alive.into_iter().map(|(_, id)| id).collect()
    }

    fn leases(&self) -> Vec<Lease> {
        let keeps = self.sabotage == Some(Sabotage::KeepsLeasesOfTheDead);
        let leases = Partition::all().map(|partition| Lease {
            partition,
            worker: self.database.leases.get(&partition).cloned(),
        });
        leases
            .filter(|lease| {
                let holder = lease.worker.as_ref();
                !keeps || holder.is_none_or(|holder| self.is_alive(holder))
            })
            .collect()
    }

    fn partitions_of(&self, worker: &str) -> u32 {
        let holders = self.database.leases.values();
        let held = holders.filter(|holder| *holder == worker).count();
        u32::try_from(held).unwrap_or(u32::MAX) * u32::from(self.is_alive(worker))
    }

    /// How many partitions these workers hold by leases that have not expired.
    pub(in crate::simulation) fn partitions_of_all(&self, workers: &[String]) -> u32 {
        workers.iter().map(|id| self.partitions_of(id)).sum()
    }

    pub(in crate::simulation) fn pause(&mut self, scope: &PauseScope, reason: &str) -> bool {
        self.trace.count("operator: pause");
        let now = self.now();
        let pauses = &mut self.database.pauses;
        let since = pauses.get(scope).map(|pause| pause.since);
        let pause = Pause {
            scope: scope.clone(),
            since: since.unwrap_or(now),
            reason: reason.to_owned(),
        };
        pauses.insert(scope.clone(), pause);
        since.is_none()
    }

    pub(in crate::simulation) fn resume(&mut self, scope: &PauseScope) -> bool {
        self.trace.count("operator: resume");
        self.database.pauses.remove(scope).is_some()
    }
}
