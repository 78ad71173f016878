//! What a worker is doing, for health checks and people.

use std::time::Duration;

use jiff::Timestamp;
use twinbase_core::{Name, primary::Pause};

twinbase_core::named! {
    /// What a worker is doing.
    #[derive(Default)]
    pub enum WorkerState {
        /// Taking its first leases.
        #[default]
        Starting = "starting",
        /// Nothing is pending.
        Idle = "idle",
        /// Batches are in flight.
        Working = "working",
        /// Batches are in flight and more is pending than fits into one read: a backlog.
        CatchingUp = "catching up",
        /// A side does not answer. Nothing is lost; it tries again after a pause.
        BackingOff = "backing off",
        /// A person paused it.
        Paused = "paused",
        /// Batches are in flight and none of them has ended for long.
        Stalled = "stalled",
        /// A program with a newer mapping has registered: this one leaves the work to it.
        Outdated = "outdated",
        /// It has ended, and gave back what it had not finished.
        Stopped = "stopped",
    }
}

twinbase_core::named! {
    /// How a collection is, as one worker sees it.
    pub enum CollectionState {
        /// Its changes are applied.
        Ok = "ok",
        /// Its changes are applied; its indexes are being made for the first time since the worker started.
        Preparing = "preparing",
        /// Its changes are applied; its indexes could not be made. That is tried again after a pause.
        Unprepared = "unprepared",
        /// The replica does not answer for it. Its changes wait and are tried again after a pause.
        BackingOff = "backing off",
        /// A side refuses it: a person has to act. Its changes wait and are tried again after a pause.
        Refused = "refused",
    }
}

impl CollectionState {
    /// Whether a person should check it.
    pub const fn is_failing(self) -> bool {
        match self {
            Self::Ok | Self::Preparing => false,
            Self::Unprepared | Self::BackingOff | Self::Refused => true,
        }
    }
}

/// A collection's state, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionStatus {
    /// The collection.
    pub collection: Name,
    /// Its state.
    pub state: CollectionState,
    /// Since when it is failing, or else since when the worker runs.
    pub since: Timestamp,
    /// The last error with its causes; `None` unless it is failing.
    pub error: Option<String>,
    /// What a person can do about the error.
    pub remedy: Option<&'static str>,
}

/// A heartbeat that came through the whole path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heartbeat {
    /// When it was committed.
    pub at: Timestamp,
    /// From its commit until its document was read from the replica.
    pub took: Duration,
}

/// A worker's state and what it has done since it started.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkerStatus {
    /// Its id, as other workers see it.
    pub id: String,
    /// What it is doing.
    pub state: WorkerState,
    /// Since when.
    pub since: Timestamp,
    /// The last error of the primary, or of a collection; `None` when all is well.
    pub last_error: Option<String>,
    /// Events read.
    pub read: u64,
    /// Documents and tombstones written.
    pub applied: u64,
    /// Events that were done because a newer one of their aggregate was there.
    pub superseded: u64,
    /// Failed attempts that were recorded.
    pub failed_attempts: u64,
    /// How many partitions it holds.
    pub partitions: u32,
    /// How many workers are alive, this one included; 0 until it has its first leases.
    pub workers: u32,
    /// Whether it holds the first partition. Of all workers only this one cleans, observes the
    /// outbox, and sends heartbeats: elsewhere `heartbeat` and `over_cap` mean nothing.
    pub leads: bool,
    /// What is paused.
    pub pauses: Vec<Pause>,
    /// How each collection is.
    pub collections: Vec<CollectionStatus>,
    /// The last heartbeat that came through; `None` when none has.
    pub heartbeat: Option<Heartbeat>,
    /// How long none has come through, where that is too long.
    pub late_heartbeat: Option<Duration>,
    /// The backlog when it was over the cap at the last observation: an alarm.
    pub over_cap: Option<u64>,
}
