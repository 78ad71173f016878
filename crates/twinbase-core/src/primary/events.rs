//! Events as an operator sees and handles them.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{EventRef, Key, PrimaryError, Version};

crate::named! {
    /// The status of an event.
    pub enum EventStatus {
        /// Waits to be applied now.
        Pending = "pending",
        /// Waits for its next try.
        Retrying = "retrying",
        /// Done.
        Applied = "applied",
        /// Has no tries left.
        Failed = "failed",
        /// Set aside by a person.
        Discarded = "discarded",
    }
}

/// Which events; every field that is given must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// One of these ids; empty for any.
    pub ids: Vec<String>,
    /// This status; `None` for what is not done: pending, retrying and failed.
    pub status: Option<EventStatus>,
    /// This fingerprint of the error.
    pub error_key: Option<String>,
    /// This type of aggregate.
    pub aggregate_type: Option<String>,
    /// This aggregate id.
    pub aggregate_id: Option<String>,
    /// This type of event.
    pub event_type: Option<String>,
    /// As it was at this time: pending ones written by then, the others applied or discarded by then, or failed
    /// (of retrying ones, their last attempt) by then. What comes later is not acted on.
    pub as_of: Option<Timestamp>,
    /// Those alone whose time, as `as_of` compares it, is this one or a later one.
    pub since: Option<Timestamp>,
    /// Of pending ones those alone whose next try is set for later, as another writer may have written them.
    pub is_deferred: bool,
}

/// A cursor in a list of events; the next page begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventCursor {
    /// When the event there was done; `None` in lists of what is not done.
    pub processed_at: Option<Timestamp>,
    /// Its number.
    pub seq: i64,
}

/// An event with everything that is known of it, but for its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// Its partition and number.
    pub at: EventRef,
    /// Its id.
    pub id: String,
    /// Its type.
    pub event_type: String,
    /// The type of its aggregate.
    pub aggregate_type: String,
    /// The id of its aggregate.
    pub aggregate_id: String,
    /// The version that it made.
    pub version: Version,
    /// Its status.
    pub status: EventStatus,
    /// Failed attempts.
    pub retry_count: u32,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was applied or discarded.
    pub processed_at: Option<Timestamp>,
    /// When it is tried again.
    pub next_attempt_at: Option<Timestamp>,
    /// When the last attempt failed.
    pub failed_at: Option<Timestamp>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// The fingerprint of that.
    pub error_key: Option<String>,
    /// Why it was discarded.
    pub discard_reason: Option<String>,
    /// The W3C trace context of the request that wrote it.
    pub traceparent: Option<String>,
}

impl EventRecord {
    /// Its cursor in a list.
    pub fn cursor(&self) -> EventCursor {
        EventCursor {
            processed_at: self.processed_at,
            seq: self.at.seq,
        }
    }
}

/// Failed and retrying events with the same cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventGroup {
    /// The fingerprint.
    pub error_key: String,
    /// How many of them have failed.
    pub failed: u64,
    /// How many of them are retrying.
    pub retrying: u64,
    /// When the first of them was written.
    pub oldest: Timestamp,
    /// When one of them failed last.
    pub last_failed_at: Option<Timestamp>,
    /// The error of one of them.
    pub sample_error: String,
    /// The id of that one.
    pub sample_id: String,
}

/// The longest payload that [`Events::applied`] returns, in characters: a page of them fits in memory.
pub const PAYLOAD_SHOWN: u32 = 65_536;

/// The operator's verbs.
///
/// A verb changes events only while they have the status that it is for: it picks them without a
/// lock and checks again when it changes them. It may commit in several transactions, so one that is
/// cancelled or fails has changed some; it can be called again, and changes the rest.
///
/// Lists of what is not done come with the newest `seq` first; lists of what is
/// applied or discarded with the newest `processed_at` first, then `seq`.
#[async_trait]
pub trait Events: Send + Sync {
    /// A page of events, at most `limit`.
    async fn events(
        &self,
        filter: &EventFilter,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Vec<EventRecord>, PrimaryError>;

    /// The events of one aggregate, the newest version first, at most `limit`. As fast for an aggregate that has one event among
    /// millions as for one that has a million.
    async fn history(&self, of: &Key, limit: u32) -> Result<Vec<EventRecord>, PrimaryError>;

    /// One event with its payload as JSON text.
    async fn event(&self, id: &str) -> Result<Option<(EventRecord, String)>, PrimaryError>;

    /// Events that were applied after `after`, the oldest first, each with its payload as JSON text unless that is longer
    /// than [`PAYLOAD_SHOWN`]; without `after` the one that was applied last, alone: the cursor to begin with.
    /// `processed_at` is the time of the statement that marked an event, so events can appear before a cursor that was
    /// read while that statement had not committed. Refused by `CockroachDB`, which has no index for it.
    async fn applied(
        &self,
        after: Option<&EventCursor>,
        limit: u32,
    ) -> Result<Vec<(EventRecord, Option<String>)>, PrimaryError>;

    /// How many there are, counted up to [`super::OutboxStatus::COUNT_LIMIT`].
    async fn count_events(&self, filter: &EventFilter) -> Result<u64, PrimaryError>;

    /// Failed and retrying events by their cause, the largest group first, at most `limit` groups.
    async fn event_groups(&self, limit: u32) -> Result<Vec<EventGroup>, PrimaryError>;

    /// Makes failed (and retrying) events pending now, at most `limit`, the
    /// oldest first. They keep one failed attempt, so that they are applied from the
    /// current row, and lose all others. Of pending ones, which a filter has to name, only those whose next try is
    /// set for later. Other events are not touched, whatever the filter says. Returns how many changed.
    async fn retry(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError>;

    /// Sets events aside that are pending, retrying or failed (failed ones alone, when the
    /// filter names no status), at most `limit`, the oldest first. Returns how many changed.
    async fn discard(
        &self,
        filter: &EventFilter,
        reason: &str,
        limit: u32,
    ) -> Result<u64, PrimaryError>;

    /// Makes discarded events pending again, as [`Events::retry`] does with failed ones.
    async fn restore(&self, filter: &EventFilter, limit: u32) -> Result<u64, PrimaryError>;
}
