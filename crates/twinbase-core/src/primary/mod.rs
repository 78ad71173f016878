//! What Twinbase owes an SQL database, and what one owes Twinbase.
//!
//! The contract is split by who needs it: [`Store`] serves whoever opens the database, reads rows and
//! changes them; [`Outbox`], [`Workers`] and [`Wake`] the sync engine; [`Events`] and [`Operations`] its operators. A
//! conformance suite in the testkit holds every implementation to what is written here.

mod collections;
mod events;
mod operations;
mod outbox;
mod share;
mod timeline;
mod wake;
mod walks;
mod workers;

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{
    AggregateId, Name, PrimaryError, Row, Schema, State, StatePage, Value, Version,
    write::{Select, Write},
};

pub use collections::{
    CollectionRecord, Collections, FIRST_GENERATION, Kept, Phase, Place, Rebuild, Speeds,
    Undocumented, generation, physical,
};
pub use events::{
    EventCursor, EventFilter, EventGroup, EventRecord, EventStatus, Events, PAYLOAD_SHOWN,
};
pub use operations::{
    FOLLOWED, HOLD, NewOperation, OperationRecord, OperationReport, OperationState, Operations,
    SILENT,
};
pub use outbox::{FailedAttempt, Outbox, OutboxStatus, Pending, PendingRequest, Retired};
pub use share::{Lease, Share, share};
pub use timeline::{Cause, Raised, Timeline, Timelines};
pub use wake::{Hints, Wake};
pub use walks::{WalkRecord, Walks};
pub use workers::{Leased, Pause, PauseScope, WorkerRecord, WorkerReport, Workers};

crate::named! {
    /// The SQL databases that can be a primary.
    pub enum PrimaryKind {
        /// PostgreSQL 13 or newer.
        Postgres = "postgresql",
        /// CockroachDB, by its documentation; never run on the product.
        Cockroach = "cockroachdb",
        /// SQLite, in this process.
        Sqlite = "sqlite",
    }
}

/// A numbered set of migrations, with its own history table.
#[derive(Debug, Clone)]
pub struct MigrationSet {
    /// Whose migrations these are; part of the history table's name.
    pub name: &'static str,
    /// The migrations in order.
    pub migrations: Vec<Migration>,
}

/// One migration.
#[derive(Debug, Clone)]
pub struct Migration {
    /// Its number, from 1 without gaps.
    pub number: u32,
    /// Its name in `snake_case`. A name that begins with `breaking_` makes older
    /// binaries refuse the database once it has been applied.
    pub name: &'static str,
    /// Its SQL for each kind of primary; safe to run twice. One text can be for all: `{text}`, `{bool}`, `{false}`,
    /// `{time}`, `{now}` and `{strict}` stand for what differs, and a line `--[sqlite]` begins what is for SQLite
    /// alone until `--[all]` (so do `--[postgres]` and `--[cockroach]`, also together).
    pub sql: fn(PrimaryKind) -> &'static str,
}

/// What a migration run did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MigrationReport {
    /// `set/number_name` of the migrations in question, in order.
    pub migrations: Vec<String>,
}

/// Opening, rows and changes of rows.
///
/// Every call ends in bounded time and can be made from any number of tasks. A cancelled call leaves
/// nothing behind but, perhaps, a change that was committed whole. A call that fails as unavailable
/// may have committed; one that fails in any other way has not.
#[async_trait]
pub trait Store: Send + Sync {
    /// Which database this is.
    fn kind(&self) -> PrimaryKind;

    /// Where it is, for people: without user, password or parameters.
    fn location(&self) -> String;

    /// Returns when the database answers; bounded by the connection's timeouts.
    async fn ping(&self) -> Result<(), PrimaryError>;

    /// Takes what was deleted out of files that belong to this process, such as a write-ahead log. Returns whether that is
    /// done: something may be in the way for a while, such as a long read. A server's files are its own business.
    async fn scrub(&self) -> Result<bool, PrimaryError> {
        Ok(true)
    }

    /// The time by the database's clock, rounded up to the milliseconds in which it keeps times: what
    /// happened before this call has no later time.
    async fn now(&self) -> Result<Timestamp, PrimaryError>;

    /// Applies what is missing of Twinbase's own migrations and then of `sets`,
    /// one process at a time. Refuses a database with a newer breaking migration.
    async fn migrate(&self, sets: &[MigrationSet]) -> Result<MigrationReport, PrimaryError>;

    /// What [`Store::migrate`] would apply; also refuses a newer breaking one.
    async fn pending_migrations(
        &self,
        sets: &[MigrationSet],
    ) -> Result<MigrationReport, PrimaryError>;

    /// Records the mapping of each aggregate, also as the one that made the documents of a collection that has no record. Its fields: the trigger removes all others
    /// from the events of foreign writers. Its hash: the program that registered last is current,
    /// and workers of another mapping get no events of that type ([`PendingRequest::mappings`]).
    async fn register(&self, schemas: &[Arc<Schema>]) -> Result<(), PrimaryError>;

    /// The aggregate types among `mappings` that are registered with another hash.
    async fn outdated(&self, mappings: &[(Name, i64)]) -> Result<Vec<String>, PrimaryError>;

    /// Copies the whole database, as it is at one moment, into a new file while others use it. In the copy every event
    /// from number `pending_from` on waits to be applied, but those that were discarded. Returns false, and does nothing,
    /// when it is a server: that has tools of its own.
    async fn backup(&self, file: &Path, pending_from: i64) -> Result<bool, PrimaryError> {
        let _ = (file, pending_from);
        Ok(false)
    }

    /// Gives connections back; later calls fail as unavailable.
    async fn close(&self);

    /// One change that commits by itself: on PostgreSQL and CockroachDB one
    /// statement and one round trip. Returns the rows as they are after the
    /// change (before it, for a delete), with their new versions. Not retried
    /// here. Cancelling leaves it committed whole or not at all.
    async fn write(&self, write: &Write) -> Result<Written, PrimaryError>;

    /// Begins a transaction. Dropping it rolls back.
    async fn begin(&self) -> Result<Box<dyn Transaction>, PrimaryError>;

    /// Rows of an aggregate with their versions, in one snapshot.
    async fn select(&self, select: &Select) -> Result<Vec<State>, PrimaryError>;

    /// A query; see [`Transaction::query`].
    async fn query(&self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError>;

    /// The page of rows after a key, [`StatePage::next`] of the page before it, up to another, itself included, in the
    /// table's own order of keys, at most `limit` or as many as reach [`StatePage::BYTES`]: row and head of each in one
    /// snapshot. Rows without a head have [`crate::Version::NONE`]; heads without a row
    /// are not among them.
    async fn states_after(
        &self,
        schema: &Schema,
        after: Option<&str>,
        until: Option<&str>,
        limit: u32,
    ) -> Result<StatePage, PrimaryError>;

    /// Row and head of these aggregates in one snapshot, in any order; an
    /// aggregate with neither is left out.
    async fn states_of(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<State>, PrimaryError>;
}

/// An open transaction; it owns a connection, and nothing else waits inside of it.
#[async_trait]
pub trait Transaction: Send {
    /// One change; see [`Store::write`].
    async fn write(&mut self, write: &Write) -> Result<Written, PrimaryError>;

    /// Rows of an aggregate, as this transaction sees them.
    async fn select(&mut self, select: &Select) -> Result<Vec<State>, PrimaryError>;

    /// A query of any tables; parameters are `$1`, `$2`, ... It is one statement that begins with
    /// `select` or `with`, and it runs where it can change nothing: a change that goes around
    /// [`Write`] would have no event.
    async fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, PrimaryError>;

    /// Commits. On an error nothing is known unless the error says so: a
    /// serialization failure means rolled back, unavailable means perhaps committed.
    async fn commit(self: Box<Self>) -> Result<(), PrimaryError>;

    /// Rolls back at once instead of on drop.
    async fn rollback(self: Box<Self>) -> Result<(), PrimaryError>;
}

/// What a [`Write`] did.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Written {
    /// How many rows it changed.
    pub count: u64,
    /// The rows of an aggregate with their new versions; empty for a plain table.
    pub states: Vec<State>,
}

impl Written {
    /// Adds a row of an aggregate with its new version.
    pub fn add(&mut self, id: AggregateId, version: Version, payload: String) {
        self.count += 1;
        self.states.push(State {
            id,
            version,
            payload: Some(payload),
        });
    }
}

/// A database that can be the primary.
pub trait Primary:
    Store + Outbox + Workers + Events + Operations + Collections + Timelines + Walks + Wake + 'static
{
}

impl<T> Primary for T where
    T: Store
        + Outbox
        + Workers
        + Events
        + Operations
        + Collections
        + Timelines
        + Walks
        + Wake
        + 'static
{
}
