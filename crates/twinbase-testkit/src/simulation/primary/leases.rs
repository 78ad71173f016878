//! Leases, as the real primaries keep them, by the database's own clock; and pauses.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use twinbase_core::{
    Partition, PrimaryError,
    primary::{Lease, Leased, Pause, PauseScope, WorkerRecord, WorkerReport, Workers, share},
};

use super::SimPrimary;
use crate::simulation::{database::at, faults::Sabotage, world::World};

/// A worker that has reported itself.
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
            for holder in &mut world.database.leases {
                if holder.as_deref() == Some(&*worker) {
                    *holder = None;
                }
            }
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

impl World {
    fn is_alive(&self, worker: &str) -> bool {
        let row = self.database.workers.get(worker);
        row.is_some_and(|row| row.expires > self.now())
    }

    fn lease(&mut self, worker: &WorkerReport, ttl: Duration) -> Leased {
        let now = self.now();
        let row = WorkerRow {
            report: worker.clone(),
            started: now,
            seen: now,
            expires: now.saturating_add(ttl).unwrap_or(Timestamp::MAX),
        };
        let known = self.database.workers.insert(worker.id.clone(), row);
        if let (Some(known), Some(row)) = (known, self.database.workers.get_mut(&worker.id)) {
            row.started = known.started;
        }
        let alive = self.alive();
        let share = share(&self.leases(), &worker.id, &alive);
        for lease in &share.taken {
            let of_the_dead = lease
                .worker
                .as_ref()
                .is_some_and(|worker| !alive.contains(worker));
            self.database.leases[at(lease.partition)] = Some(worker.id.clone());
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
            worker: self.database.leases[at(partition)].clone(),
        });
        leases
            .filter(|lease| {
                let holder = lease.worker.as_ref();
                !keeps || holder.is_none_or(|holder| self.is_alive(holder))
            })
            .collect()
    }

    fn partitions_of(&self, worker: &str) -> u32 {
        let leases = self.database.leases.iter().flatten();
        let held = leases.filter(|holder| *holder == worker).count();
        u32::try_from(held).unwrap_or(u32::MAX) * u32::from(self.is_alive(worker))
    }

    /// How many partitions these workers hold by leases that have not expired.
    pub(in crate::simulation) fn partitions_of_all(&self, workers: &[String]) -> u32 {
        workers.iter().map(|id| self.partitions_of(id)).sum()
    }

    pub(in crate::simulation) fn pause(&mut self, scope: &PauseScope, reason: &str) -> bool {
        self.trace.count("operator: pause");
        let since = self.now();
        let pauses = &mut self.database.pauses;
        if let Some(known) = pauses.iter_mut().find(|pause| pause.scope == *scope) {
            reason.clone_into(&mut known.reason);
            return false;
        }
        pauses.push(Pause {
            scope: scope.clone(),
            since,
            reason: reason.to_owned(),
        });
        true
    }

    pub(in crate::simulation) fn resume(&mut self, scope: &PauseScope) -> bool {
        self.trace.count("operator: resume");
        let before = self.database.pauses.len();
        self.database.pauses.retain(|pause| pause.scope != *scope);
        self.database.pauses.len() < before
    }
}
