//! What a worker is doing, for health checks and people.

use jiff::Timestamp;

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WorkerState {
    /// Preparing the replica.
    Starting,
    /// Nothing is pending.
    Idle,
    /// Batches are in flight.
    Working,
    /// A side did not answer; nothing is lost, and it looks again after a pause.
    BackingOff,
    /// It has ended, and gave back what it had not finished.
    Stopped,
}

impl WorkerState {
    /// The state as people read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Idle => "idle",
            Self::Working => "working",
            Self::BackingOff => "backing off",
            Self::Stopped => "stopped",
        }
    }
}

/// A worker's state and what it has done since it started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerStatus {
    /// What it is doing.
    pub state: WorkerState,
    /// Since when.
    pub since: Timestamp,
    /// Why it backs off, in one sentence; `None` when all is well.
    pub last_error: Option<String>,
    /// Documents and tombstones written.
    pub applied: u64,
    /// Events that were done because a newer one of their aggregate was there.
    pub superseded: u64,
    /// Failures charged to events.
    pub charged: u64,
}

impl WorkerStatus {
    pub(crate) const fn starting(now: Timestamp) -> Self {
        Self {
            state: WorkerState::Starting,
            since: now,
            last_error: None,
            applied: 0,
            superseded: 0,
            charged: 0,
        }
    }

    pub(crate) fn enter(&mut self, state: WorkerState, now: Timestamp) {
        if self.state != state {
            self.state = state;
            self.since = now;
        }
    }
}
