//! The worker: reads what is pending, applies the newest state of each aggregate, and marks it.
//!
//! # The protocol
//!
//! *The loop* (`engine`) asks the pure `state` what to do next, and does it: read, or wait. It owns the
//! cursors and the batches in flight. `background` tasks run beside it.
//!
//! *Identity.* An event is named by its position in the index of pending events, an
//! aggregate by its key. Nothing is claimed: any number of workers may hold the
//! same event, because the replica only lets a document move to a higher version
//! and marking twice is harmless.
//!
//! *A batch* (`batch`). Pending events are read without a lock (`reader`, `cursors`), coalesced to
//! the newest of each key and mapped (`plan`), written with one guarded bulk
//! write per collection, and marked (`settlement`). No transaction is open while the replica is
//! written. Several batches are in flight; a read waits until there is room for one
//! more, so a backlog stays in the database and not in memory.
//!
//! *Composing.* A document comes from its event's payload, or from the current row: when the payload
//! was omitted or lacks a mapped field, when the event has failed before, or when it is some minutes old.
//!
//! *Leases* (`leases`). Workers share the partitions by leases, by the database's clock.
//! A worker renews every two seconds, takes what is free up to its share, and gives everything back
//! when it stops. A lease that was not renewed for seven seconds is free. Leases
//! save work and nothing else: whoever cannot renew goes on with what it had. The worker
//! with the first partition leads: it cleans, observes, sends heartbeats and compares both sides (`verifier`) for all.
//!
//! *Waking up* (`pace`, `background`). A commit of this process wakes the loop; one of another process
//! does where the database can notify; polling finds the rest, a few times as often as commits come,
//! and every 50 ms when none come.
//!
//! # Failures
//!
//! *An event* (`settlement`). When the replica refuses one document, or a payload cannot be mapped, a
//! failed attempt of that event alone is recorded; the sixth is the last. A newer event of the key that succeeds
//! marks its older ones, failed ones too.
//!
//! *A collection* (`collections`). Whatever else goes wrong with a collection is no event's fault. Its events
//! stay pending and are left out of reads while it backs off; others go on. Then one batch of its own tries again.
//! Its indexes are made beside that (`prepare`).
//!
//! *The primary* (`state`). The loop backs off; nothing is marked, so nothing is lost.
//!
//! *A panic* (`batch`). The events of the batch are read again and tried one at a time. The one that
//! panics alone gets a failed attempt recorded.
//!
//! *A crash.* Before the bulk write it leaves nothing; after it documents whose events are still
//! pending, which are applied again, found superseded, and marked.
//!
//! *A pause of the process.* A tombstone lives for ten minutes. So that no worker that slept
//! longer can bring back what it guarded, a batch older than a minute is not
//! applied but read again, and an event of some minutes ago is applied from the
//! current row: an operator may have history applied again long after.

mod background;
mod batch;
mod collections;
mod cursors;
mod engine;
mod error;
mod handle;
mod heartbeat;
mod janitor;
mod leases;
mod metrics;
mod observer;
mod options;
mod pace;
mod plan;
mod prepare;
mod reader;
mod rebuild;
mod settlement;
mod shared;
mod signals;
mod sizing;
mod state;
mod status;
mod targets;
mod verifier;

pub use engine::Engine;
pub use error::EngineError;
pub use handle::Worker;
pub use options::{InvalidOption, WorkerOptions};
pub use signals::{Notifier, Signals};
pub use status::{CollectionState, CollectionStatus, Heartbeat, WorkerState, WorkerStatus};
