//! Rebuild: a collection is made anew from the primary while everybody reads and writes, and readers move to it.
//!
//! # The protocol
//!
//! *State.* One record in the primary for each collection says which physical collection readers use, which one is beside it, and how far the
//! rebuild is. Every step replaces it only if nobody else has (its revision), so commands, and two workers that believe they lead, cannot
//! undo each other. The worker that leads does the work (`worker/rebuild`); a command changes the record and follows it. A kill at any point
//! leaves the record, and the next leader goes on from there.
//!
//! *Dual writes.* From *filling* until the old collection is dropped, a batch is written to both collections, guarded by version. A worker knows
//! the record as of **the snapshot of the pending events** of the batch, or of later. So an event that goes to the old collection alone was committed before the
//! filling state was, and filling, which reads rows afterwards, finds its effect. Rows that are newer than the batch are of after the record, so
//! it is read once more after them. While there are two collections, documents are made of
//! rows that are read after the record, and never of payloads: an old event of an aggregate whose deletion went to the old
//! collection alone cannot put it into the new one, which has no tombstone of it. For events that were made before changes went to both
//! (`dual_since`), that holds for ever: a worker that was suspended, or a person who has history applied again, may bring one when the old
//! collection is gone.
//!
//! *Filling.* Rows in the order of keys, row and head in one snapshot a page, written as changes are. The last key is kept in the record. A row
//! that never had a head gets one, with an event that makes its document. The new collection keeps its tombstones until the switch, so a
//! page that was written long ago brings back nothing; one that was read long ago is read again, as a batch is. It ends at the last key that there was
//! when changes had begun to go to both: later ones are written by their events, and keys that rise with time would have it run behind the writers.
//!
//! *Verifying.* The walk of `verify` over the new collection; what differs gets a new version and is made anew. What cannot be a document in either
//! collection, because the replica refuses it or its id is none, is no obstacle.
//!
//! *The switch* is one statement. Readers keep a pointer for five seconds and check it after the query (`generations/pointers`). The old collection
//! receives every change until all have moved, and as long as it is kept.
//!
//! *Order.* Of two collections, the one that readers may move to is written first, so a reader that moves sees nothing older than before.
//!
//! *Rolling back* moves the pointer to the kept collection. Until all readers have moved, the new one is written first; so a rollback
//! waits until they have, and until no event of before that is pending: what a reader has seen there is in the kept one too. Before
//! readers move, either way, everything whose events are not done or were discarded is compared by version and taken along (`carry`). It is refused when another mapping made that one than this program has: its
//! documents would be read as what they are not. When the mapping was changed and changed back, what was written meanwhile has the other form,
//! so the kept collection is verified first, as a new one is; and also when a database was put back since, because it may have what was lost.
//! Cancelled until then, it is kept on as before: changes went to both all the time.
//!
//! *Operations.* Who asked for a rebuild or a rollback is kept as an operation, whose id the record has. It follows the record until readers have
//! moved or never will, in the process that asked or, when that is gone, in the worker that leads.
//!
//! *Rows without a document.* What the replica refuses in both collections, what no document can be made of, and keys that can be no id end no
//! rebuild: readers have nothing of them before it either. They are counted before the switch, and the first is named (`undocumented`).
//!
//! *Refusals.* What the new collection refuses and the serving one accepts stops the rebuild, before the events are marked. No event fails for it.

mod ask;
pub(crate) mod carry;
pub(crate) mod plan;
mod rebuilds;
pub(crate) mod record;
mod roll_back;
mod status;
mod stray;
pub(crate) mod undocumented;

pub use ask::Ask;
pub use plan::Planned;
pub use rebuilds::{RebuildError, RebuildOptions, Rebuilds};
pub use status::RebuildStatus;
pub use stray::Stray;

pub(crate) use rebuilds::{among, give_up};
pub(crate) use record::{CANCELLED, ROLLBACK_CANCELLED, Stopped, stop};
