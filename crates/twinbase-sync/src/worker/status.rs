//! What a worker is doing, for health checks and people.

use std::time::Duration;

use jiff::Timestamp;
use twinbase_core::primary::Pause;

use super::metrics;

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkerState {
    /// Preparing the replica and taking its first leases.
    Starting,
    /// Nothing is pending.
    Idle,
    /// Batches are in flight.
    Working,
    /// Batches are in flight and more is pending than fits into one read: a backlog.
    CatchingUp,
    /// A side did not answer; nothing is lost, and it looks again after a pause.
    BackingOff,
    /// A person paused it.
    Paused,
    /// Batches are in flight and none of them has ended for long.
    Stalled,
    /// It has ended, and gave back what it had not finished.
    Stopped,
}

impl WorkerState {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Starting,
        Self::Idle,
        Self::Working,
        Self::CatchingUp,
        Self::BackingOff,
        Self::Paused,
        Self::Stalled,
        Self::Stopped,
    ];

    /// The state as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Working => "working",
            Self::CatchingUp => "catching up",
            Self::BackingOff => "backing off",
            Self::Paused => "paused",
            Self::Stalled => "stalled",
            Self::Stopped => "stopped",
        }
    }
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerStatus {
    /// Its id, as other workers see it.
    pub id: String,
    /// What it is doing.
    pub state: WorkerState,
    /// Since when.
    pub since: Timestamp,
    /// Why it backs off, in one sentence; `None` when all is well.
    pub last_error: Option<String>,
    /// Events read.
    pub read: u64,
    /// Documents and tombstones written.
    pub applied: u64,
    /// Events that were done because a newer one of their aggregate was there.
    pub superseded: u64,
    /// Failures charged to events.
    pub charged: u64,
    /// How many partitions it holds.
    pub partitions: u32,
    /// How many workers are alive, this one included; 0 until it has its first leases.
    pub workers: u32,
    /// What is paused.
    pub pauses: Vec<Pause>,
    /// The last heartbeat that came through; `None` when none has.
    pub heartbeat: Option<Heartbeat>,
    /// The backlog when it was over the cap at the last look: an alarm.
    pub over_cap: Option<u64>,
}

impl WorkerStatus {
    pub(crate) const fn starting(id: String, now: Timestamp) -> Self {
        Self {
            id,
            state: WorkerState::Starting,
            since: now,
            last_error: None,
            read: 0,
            applied: 0,
            superseded: 0,
            charged: 0,
            partitions: 0,
            workers: 0,
            pauses: Vec::new(),
            heartbeat: None,
            over_cap: None,
        }
    }

    /// Changes the state, for the metrics too; answers whether it did.
    pub(crate) fn enter(&mut self, state: WorkerState, now: Timestamp) -> bool {
        let changes = self.state != state;
        if changes {
            self.state = state;
            self.since = now;
            metrics::state(state);
        }
        changes
    }
}
