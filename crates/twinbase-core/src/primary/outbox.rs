//! The outbox as the worker uses it: read what waits, mark what is done, record failed attempts.

use std::{collections::HashSet, sync::Arc, time::Duration};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{AggregateId, Event, EventRef, Key, Name, Partition, PrimaryError, Schema, Version};

/// What to read next: for each partition, events after a position in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRequest {
    /// Partitions, each with the `seq` after which to read (-1 for from the start). Other partitions are
    /// left out. Where a limit ends the read, the primary chooses between the first partitions and
    /// the oldest events of all; of each partition it reads the first after its `seq`.
    pub cursors: Vec<(Partition, i64)>,
    /// At most so many events of one partition.
    pub per_partition: u32,
    /// At most so many events in all.
    pub limit: u32,
    /// Reading ends with the event whose payload brings the sum to this, so one
    /// event is read however large it is.
    pub max_bytes: usize,
    /// Retrying events are read when their time is not after this.
    pub now: Timestamp,
    /// Aggregate types whose events are left alone, because their collections are paused.
    pub except: Vec<Name>,
    /// The aggregate types that the caller knows, with the [`Schema::mapping_hash`] of each. A type that
    /// has been registered with another hash, or that the caller does not know, is left to other workers.
    pub mappings: Vec<(Name, i64)>,
}

/// What waits, as far as a [`PendingRequest`] went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// The events, in the order of the request's cursors and of `seq` within each.
    pub events: Vec<Event>,
    /// Whether a limit may have ended the read; without, all that waits after the cursors was seen.
    pub cut: bool,
    /// The sum of the revisions of all [`super::CollectionRecord`]s, in the snapshot of the events: every change of a record raises it.
    /// `None` when it is not known.
    pub collections: Option<i64>,
}

/// A failed attempt of an event, to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedAttempt {
    /// The event.
    pub at: EventRef,
    /// The `retry_count` that the worker saw: of two workers that record the
    /// same attempt, one counts.
    pub seen_retry_count: u32,
    /// What went wrong, without values of the row.
    pub error: String,
    /// The same for all failures of one cause.
    pub error_key: String,
    /// When it may be tried again; `None` when it has failed for good, however
    /// few its attempts were.
    pub next_attempt_at: Option<Timestamp>,
}

/// The outbox in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxStatus {
    /// Pending and retrying events.
    pub backlog: u64,
    /// Whether the backlog was counted. A large one is the database's own estimate, which is about a minute
    /// old (on CockroachDB, which has none, where counting stopped).
    pub backlog_is_exact: bool,
    /// Those of the backlog that have failed before, counted up to the same limit.
    pub retrying: u64,
    /// Events without tries left, counted up to [`OutboxStatus::COUNT_LIMIT`].
    pub failed: u64,
    /// Age of the oldest event of the backlog by the database's own clock; `None` when there is none.
    pub oldest_pending: Option<Duration>,
    /// The same with failed events counted in: how stale a document may be.
    pub oldest_unapplied: Option<Duration>,
    /// Every version that is given out is above this; see [`super::Timeline`].
    pub floor: Version,
    /// Whether a database was put back and nothing has shown since that both sides agree: then no age of an event says
    /// how stale a document is. Of one type alone it is not asked.
    pub unproven: bool,
}

impl Default for OutboxStatus {
    /// An empty outbox.
    fn default() -> Self {
        Self {
            backlog: 0,
            backlog_is_exact: true,
            retrying: 0,
            failed: 0,
            oldest_pending: None,
            oldest_unapplied: None,
            floor: Version::NONE,
            unproven: false,
        }
    }
}

impl OutboxStatus {
    /// Counting stops here, so that counting a large backlog stays cheap.
    pub const COUNT_LIMIT: u64 = 100_000;
}

/// What retention removed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retired {
    /// How many events.
    pub removed: u64,
    /// Aggregates whose deletion was among them and that nothing has happened to
    /// since, with the version of their head: candidates for [`Outbox::forget`].
    pub deleted: Vec<(Key, Version)>,
}

/// The outbox as the sync engine uses it.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Pending events with their time come, in `seq` order within each
    /// partition. Takes no lock: several readers may get the same events.
    ///
    /// An event whose aggregate has a newer one in the same result may come
    /// without its payload. At most about `max_bytes` are held in memory.
    async fn pending(&self, request: &PendingRequest) -> Result<Pending, PrimaryError>;

    /// Marks events as applied, and with them every retrying or failed event of
    /// `healed` keys up to their version. Returns how many changed; marking twice is harmless.
    async fn mark_applied(
        &self,
        events: &[EventRef],
        healed: &[(Key, Version)],
    ) -> Result<u64, PrimaryError>;

    /// Records failed attempts. Returns how many counted.
    async fn record_failed(&self, attempts: &[FailedAttempt]) -> Result<u64, PrimaryError>;

    /// Raises the heads of these distinct aggregates, each above the version given with it, and writes an event without
    /// content for each, so that a worker makes the document anew of the row: at the new version, whatever the document is
    /// like. An aggregate that has no row gets the event of a deletion, and a head when it had none. Rows do not change.
    ///
    /// One short transaction that locks the heads in the order of the ids: of a row that somebody changes meanwhile the
    /// document is made after that change, or made again. Returns the new versions, in any order.
    ///
    /// A version above [`Version::HIGHEST`] is refused as invalid: from there on there would soon be none left.
    async fn touch(
        &self,
        schema: &Schema,
        above: &[(AggregateId, Version)],
    ) -> Result<Vec<(AggregateId, Version)>, PrimaryError>;

    /// Those of `ids` that have an event which waits (pending or retrying).
    /// Failed events do not wait.
    async fn unapplied(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<HashSet<AggregateId>, PrimaryError>;

    /// The outbox in numbers.
    async fn status(&self) -> Result<OutboxStatus, PrimaryError>;

    /// The outbox in numbers for each aggregate type that has events which wait
    /// or have failed. Counts of all types together may stop at [`OutboxStatus::COUNT_LIMIT`]; ages do not.
    async fn status_by_type(&self) -> Result<Vec<(Arc<str>, OutboxStatus)>, PrimaryError>;

    /// Removes events that were done before `before`, at most `limit`, the oldest
    /// first. `CockroachDB` does that by itself (row-level TTL) and removes none here.
    async fn retire(&self, before: Timestamp, limit: u32) -> Result<Retired, PrimaryError>;

    /// Removes heads that are still at these versions and have no event that is
    /// not done. The caller knows that no document and no tombstone is left. Returns how many.
    async fn forget(&self, heads: &[(Key, Version)]) -> Result<u64, PrimaryError>;
}
