//! Workers: how they share the partitions, and the pauses that they obey.
//!
//! Leases are an economy only: two workers that hold the same partition do the same work
//! twice and nothing worse, because the replica only moves forward. So a worker
//! that cannot renew goes on with what it had.
//!
//! All times are the database's own, so workers' clocks need not agree.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{Partition, PrimaryError};

/// A worker as it reports itself with each renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerReport {
    /// Its id; new at each start.
    pub id: String,
    /// The machine or container that it runs on.
    pub machine: String,
    /// Its process number.
    pub process: u32,
    /// What it is doing, as people read it.
    pub state: String,
    /// Documents and tombstones written since its start.
    pub applied: u64,
    /// Events that were done because a newer one of their aggregate was there.
    pub superseded: u64,
    /// Failed attempts of events that it recorded.
    pub failed_attempts: u64,
    /// The collections that fail for it, each with its state and why, as operators read it; empty when none does.
    pub failing: String,
}

/// A worker as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRecord {
    /// What it reported last.
    pub report: WorkerReport,
    /// When it started.
    pub started_at: Timestamp,
    /// When it reported.
    pub seen_at: Timestamp,
    /// Whether its leases still hold: it renewed in time.
    pub alive: bool,
    /// How many partitions it holds.
    pub partitions: u32,
}

/// What a worker holds until its leases end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leased {
    /// The partitions, in order.
    pub held: Vec<Partition>,
    /// How many workers are alive, this one included.
    pub workers: u32,
}

/// What is paused.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PauseScope {
    /// Every worker.
    Everything,
    /// The changes of one collection.
    Collection(String),
}

/// A pause that is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// What is paused.
    pub scope: PauseScope,
    /// Since when.
    pub since: Timestamp,
    /// Why, in the words of whoever paused it.
    pub reason: String,
}

/// Leases on partitions, and pauses.
///
/// An implementor decides with [`super::share`] and owes no more than: what is taken is taken from the
/// holder that was seen, so that of two workers one gets it. Every call can be repeated. A cancelled
/// one may have happened; the next renewal shows what is held.
#[async_trait]
pub trait Workers: Send + Sync {
    /// Writes the report, renews what this worker holds for `ttl` from now, and takes what it lacks
    /// of its share. A newcomer has its whole share with its first call. Who held what was taken
    /// learns of it with its next call, and both work until then.
    async fn lease(&self, worker: &WorkerReport, ttl: Duration) -> Result<Leased, PrimaryError>;

    /// Gives everything back and takes the worker off the list.
    async fn release(&self, worker: &str) -> Result<(), PrimaryError>;

    /// All workers that are alive, and those that died within the last hour.
    async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError>;

    /// What is paused. Pauses are kept across restarts.
    async fn pauses(&self) -> Result<Vec<Pause>, PrimaryError>;

    /// Pauses; one that is in force keeps its time and takes the new reason. Returns whether it is new.
    async fn pause(&self, scope: &PauseScope, reason: &str) -> Result<bool, PrimaryError>;

    /// Ends a pause. Returns whether there was one.
    async fn resume(&self, scope: &PauseScope) -> Result<bool, PrimaryError>;
}
