//! Leases: how workers share the partitions, and what they leave when they die.
//!
//! An economy only: two workers that hold the same partition do the same work
//! twice and nothing worse, because the replica only moves forward. So a worker
//! that cannot renew goes on with what it had.
//!
//! All times are the database's own, so workers' clocks need not agree.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{EventRef, Partition, PrimaryError};

/// A worker as it tells of itself with each renewal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerReport {
    /// Its id; new at each start.
    pub id: String,
    /// The machine (or container) and boot that it runs on; two processes with the same one see each
    /// other's process numbers.
    pub machine: String,
    /// Its process number.
    pub process: u32,
    /// What it is doing, as people read it.
    pub state: String,
    /// Documents and tombstones written since its start.
    pub applied: u64,
    /// Events that were done because a newer one of their aggregate was there.
    pub superseded: u64,
    /// Failures charged to events.
    pub charged: u64,
}

/// A worker as others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerRecord {
    /// What it told last.
    pub report: WorkerReport,
    /// When it started.
    pub started_at: Timestamp,
    /// When it told.
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
    /// Whether some of them were taken from a dead worker that had not given them
    /// back: it may have crashed over an event.
    pub inherited: bool,
}

/// An event that was in hand when its worker died.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspect {
    /// The event.
    pub at: EventRef,
    /// How often a worker died with it and nothing else in hand.
    pub alone: u32,
}

/// Leases on partitions and marks of what is in hand.
#[async_trait]
pub trait Leases: Send + Sync {
    /// Renews what this worker holds, for `ttl` from now, and balances: it keeps what it has, and
    /// takes, up to its share, what is free or expired, and then what living workers hold beyond
    /// theirs, of each the highest partitions. A share is the partitions by the number of live
    /// workers, rounded down, and one more for as many of the oldest (by `started_at`, then id)
    /// as are left over; so a worker that joins lowers others' shares only by what it takes, and
    /// has its whole share with its first call. Nobody gives back, so no partition is ever
    /// without a worker; who held it learns of it with its next call, and both work until then.
    /// Workers in `gone` are known to be dead: their leases count as expired. One transaction.
    async fn lease(
        &self,
        worker: &WorkerReport,
        ttl: Duration,
        gone: &[String],
    ) -> Result<Leased, PrimaryError>;

    /// Gives everything back and takes the worker off the list. It did not die: only what another
    /// had died with stays suspect.
    async fn release(&self, worker: &str) -> Result<(), PrimaryError>;

    /// All workers that are alive, and those that died within the last hour.
    async fn workers(&self) -> Result<Vec<WorkerRecord>, PrimaryError>;

    /// Notes that this worker takes these events in hand. Durable against the death of the
    /// process when it answers.
    async fn started(&self, worker: &str, events: &[EventRef]) -> Result<(), PrimaryError>;

    /// Notes that these events did not kill their worker, whatever became of them.
    async fn finished(&self, events: &[EventRef]) -> Result<(), PrimaryError>;

    /// Events that were in hand when their worker died (it is not alive by its
    /// lease, or in `gone`), have not been finished since, wait still, and are in no living
    /// worker's hand. Counts each death once.
    async fn suspects(&self, gone: &[String]) -> Result<Vec<Suspect>, PrimaryError>;
}
