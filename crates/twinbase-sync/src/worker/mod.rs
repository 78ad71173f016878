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
//! *A batch* (`batch`). Pending events are read without a lock (`cursors`), coalesced to
//! the newest of each key and mapped (`plan`), written with one guarded bulk
//! write per collection, and marked. No transaction is open while the replica is
//! written. Several batches are in flight; a read waits until there is room for one
//! more, so a backlog stays in the database and not in memory.
//!
//! *Who works on what* (`tenancy`). Workers share the partitions by leases, by the database's clock.
//! A worker renews every two seconds, takes what is free up to its share, and gives everything back
//! when it stops. A lease that was not renewed for seven seconds is free. Leases
//! save work and nothing else: whoever cannot renew goes on with what it had.
//!
//! *Waking up* (`pace`, `attendants`). A commit of this process wakes the worker; one of another process
//! does where the database can notify; polling finds the rest, a few times as often as commits come.
//!
//! *Failures* (`outcome`). When a side is away nobody is charged: the events stay
//! pending, and the engine looks again after a pause that grows. When the replica
//! refuses one document, or a payload cannot be mapped, that event alone is
//! charged; the sixth charge is the last. A charged event is applied from the
//! current row instead of its payload. A newer event of the key that succeeds
//! marks its older ones, charged and failed ones too.
//!
//! *Crashes.* What a crash leaves: before the bulk write nothing; after it documents whose
//! events are still pending, which are applied again, found superseded, and marked.
//!
//! *Panics* (`batch`). When a batch panics, its events are read again and tried one at a time. The one
//! that panics alone gets a failed attempt recorded.
//!
//! *Old batches.* A tombstone lives for ten minutes. So that no worker that slept
//! longer can bring back what it guarded, a batch older than a minute is not
//! applied but read again, and an event of some minutes ago is applied from the
//! current row: an operator may have history applied again long after.

mod attendants;
mod batch;
mod cursors;
mod engine;
mod handle;
mod heartbeat;
mod identity;
mod janitor;
mod metrics;
mod observer;
mod options;
mod outcome;
mod pace;
mod plan;
mod signals;
mod status;
mod tenancy;

pub use batch::EngineError;
pub use engine::Engine;
pub use handle::Worker;
pub use options::WorkerOptions;
pub use signals::{Bell, Signals};
pub use status::{Heartbeat, WorkerState, WorkerStatus};
