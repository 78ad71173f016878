//! The worker: reads what is pending, applies the newest state of each aggregate,
//! and marks it.
//!
//! # The protocol
//!
//! *Identity.* An event is named by its place in the index of pending events, an
//! aggregate by its key. Nothing is claimed: any number of workers may hold the
//! same event, because the replica only lets a document move to a higher version
//! and marking twice is harmless.
//!
//! *A batch.* Pending events are read without a lock (`cursors`), coalesced to
//! the newest of each key and mapped (`plan`), written with one guarded bulk
//! write per collection, and marked. No transaction is open while the replica is
//! written. Several batches are in flight.
//!
//! *Failures* (`outcome`). When a side is away nobody is charged: the events stay
//! pending, and the engine looks again after a pause that grows. When the replica
//! refuses one document, or a payload cannot be mapped, that event alone is
//! charged; the sixth charge is the last. A charged event is applied from the
//! current row instead of its payload. A newer event of the key that succeeds
//! marks its older ones, charged and failed ones too.
//!
//! *What a crash leaves.* Before the bulk write: nothing. After it: documents whose
//! events are still pending; they are applied again, found superseded, and marked.
//!
//! *Old batches.* A tombstone lives for ten minutes. So that no worker that slept
//! longer can bring back what it guarded, a batch older than a minute is not
//! applied but read again, and an event of some minutes ago is applied from the
//! current row: an operator may have history applied again long after.

mod apply;
mod cursors;
mod engine;
mod handle;
mod janitor;
mod outcome;
mod pace;
mod plan;
mod status;

pub use engine::{Engine, EngineError, Signals};
pub use handle::Worker;
pub use status::{WorkerState, WorkerStatus};

use std::time::Duration;

/// How a worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// The most events of one batch.
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
        }
    }
}
