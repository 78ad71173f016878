//! Events: the rows of `"Outbox"` as the sync engine sees them.

use std::sync::Arc;

use jiff::Timestamp;

use crate::Version;

/// How many failed tries an event may have and still be tried again.
///
/// The seed's monitoring query for failed events is `retry_count > 5`, so the
/// sixth failure is the last.
pub const MAX_RETRIES: u32 = 5;

/// A share of all aggregates, by hash; 0 up to [`Partition::COUNT`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Partition(pub i16);

impl Partition {
    /// The number of partitions: as many workers can share the work, and an
    /// idle poll costs as many index probes.
    pub const COUNT: i16 = 16;

    /// All partitions in order.
    pub fn all() -> impl Iterator<Item = Partition> {
        (0..Self::COUNT).map(Partition)
    }
}

/// Where an event lies in the index of what is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventRef {
    /// The partition of the event's aggregate.
    pub partition: Partition,
    /// The event's position in its database's numbering; no order of commits.
    pub seq: i64,
}

/// The [`Event::mapping`] of an event without content: no mapping has this hash, so its document is always made of the
/// current row, and of a deletion's too.
pub const NO_MAPPING: i64 = 0;

crate::named! {
    /// What an event does to the document. Its name is the last part of the event's type, such as `todo.created`.
    pub enum Operation {
        /// The aggregate came to be.
        Created = "created",
        /// The aggregate changed.
        Updated = "updated",
        /// The aggregate is gone.
        Deleted = "deleted",
    }
}

impl Operation {
    /// Whether an event of this type removes the aggregate's document: exactly `<aggregate type>.deleted` does.
    /// Every other type, such as `user.avatar.deleted`, changes it.
    pub fn is_delete(event_type: &str, aggregate_type: &str) -> bool {
        let of_aggregate = event_type.strip_prefix(aggregate_type);
        of_aggregate.is_some_and(|operation| operation == ".deleted")
    }
}

/// One row of `"Outbox"` that waits to be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Where it lies; the name by which it is marked.
    pub at: EventRef,
    /// Its type, such as `todo.created`.
    pub event_type: Arc<str>,
    /// The type of its aggregate. Not necessarily one that we know.
    pub aggregate_type: Arc<str>,
    /// The id of its aggregate, unchecked: other writers insert events too.
    pub aggregate_id: String,
    /// The aggregate's version that this event made.
    pub version: Version,
    /// The [`crate::Schema::mapping_hash`] that composed the payload; `None` when another program wrote the event,
    /// [`NO_MAPPING`] when there is nothing in it.
    pub mapping: Option<i64>,
    /// The whole document as JSON text; `{"id": ..}` for a deletion. `None` when a newer event of
    /// the same aggregate was read with it: only the newest is applied.
    pub payload: Option<String>,
    /// How many attempts have failed.
    pub retry_count: u32,
    /// When its transaction wrote it.
    pub created_at: Timestamp,
    /// The W3C trace context of the request that wrote it.
    pub traceparent: Option<Box<str>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_deletion_of_the_aggregate_itself_deletes_its_document() {
        assert!(Operation::is_delete("user.deleted", "user"));
        for other in [
            "user.avatar.deleted",
            "user.updated",
            "users.deleted",
            "deleted",
            "user",
        ] {
            assert!(!Operation::is_delete(other, "user"), "{other}");
        }
    }
}
