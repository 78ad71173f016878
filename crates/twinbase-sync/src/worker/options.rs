//! How a worker works.

use std::time::Duration;

/// How a worker works. The defaults suit most; [`Default`] and `..` fill in the rest.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// About how many documents a batch should have at most.
    pub batch_events: u32,
    /// About how many bytes of payload a batch should have; the number of events adapts to it.
    pub batch_bytes: usize,
    /// How many batches are in flight at once.
    pub batches_in_flight: usize,
    /// The longest pause between two looks while there is nothing to do.
    pub idle_poll: Duration,
    /// The first pause after a side did not answer; it doubles up to `backoff_cap`.
    pub backoff_base: Duration,
    /// The longest pause after a side did not answer.
    pub backoff_cap: Duration,
    /// The pause before a charged event is tried again; it doubles with each charge.
    pub retry_base: Duration,
    /// The longest pause before a charged event is tried again.
    pub retry_cap: Duration,
    /// A batch that was read longer ago than this is read again instead of
    /// applied; far below the life of a tombstone.
    pub batch_max_age: Duration,
    /// How long a lease holds without renewal: a dead worker's partitions are
    /// taken over after at most this and one `lease_renew`.
    pub lease_ttl: Duration,
    /// How often leases are renewed, the work is balanced, and pauses are looked at.
    pub lease_renew: Duration,
    /// How often a heartbeat goes through the whole path; `None` for never.
    pub heartbeat: Option<Duration>,
    /// How long batches may make no progress before the worker is called stalled.
    pub stalled_after: Duration,
    /// How long events that are done are kept.
    pub retention: Duration,
    /// How often tombstones and old events are looked for.
    pub clean_every: Duration,
    /// The backlog from which on an alarm is raised; at most
    /// [`twinbase_core::OutboxStatus::COUNT_LIMIT`], where counting stops. Nothing is dropped.
    pub backlog_cap: u64,
    /// The seed of jitter and of the worker's id; from the operating system when `None`.
    pub seed: Option<u64>,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            batch_events: 1_000,
            batch_bytes: 4 << 20,
            batches_in_flight: 3,
            idle_poll: Duration::from_millis(50),
            backoff_base: Duration::from_millis(100),
            backoff_cap: Duration::from_secs(5),
            retry_base: Duration::from_secs(1),
            retry_cap: Duration::from_mins(1),
            batch_max_age: Duration::from_mins(1),
            lease_ttl: Duration::from_secs(7),
            lease_renew: Duration::from_secs(2),
            heartbeat: Some(Duration::from_secs(10)),
            stalled_after: Duration::from_secs(30),
            retention: Duration::from_hours(7 * 24),
            clean_every: Duration::from_secs(30),
            backlog_cap: 100_000,
            seed: None,
        }
    }
}
