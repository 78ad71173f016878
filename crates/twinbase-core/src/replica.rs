//! What Twinbase owes a document database, and what one owes Twinbase.

use std::{path::Path, sync::Arc};

use async_trait::async_trait;
use bson::{Bson, Document};
use futures_core::stream::BoxStream;
use jiff::Timestamp;

use crate::{AggregateId, Packed, ReplicaError, Schema, Version};

crate::named! {
    /// The document databases that can be a replica.
    pub enum ReplicaKind {
        /// MongoDB, or a server that speaks its protocol.
        Mongo = "mongodb",
        /// The embedded document store, in this process.
        Embedded = "embedded",
    }
}

/// One aggregate's newest known state, to be applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The document's `_id`.
    pub id: AggregateId,
    /// The version that the body has.
    pub version: Version,
    /// What the document becomes.
    pub body: Body,
}

/// What a document becomes.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// This document, without `_id` and `_sync`.
    Document(Document),
    /// A tombstone, made at this time; removed when [`TOMBSTONE_TTL`] has passed.
    Tombstone(Timestamp),
}

/// How long a tombstone stays. An older event of a deleted aggregate that comes
/// later than this could only come from a worker that slept that long with
/// events in flight; see ARCHITECTURE on what guards against it.
pub const TOMBSTONE_TTL: std::time::Duration = std::time::Duration::from_mins(10);

/// What became of one [`Change`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The document is now at this version.
    Applied,
    /// The document was already at this version or a newer one.
    Superseded,
    /// The replica refuses this document; others are not affected.
    Rejected {
        /// The server's or store's code, when it has one.
        code: Option<i32>,
        /// Why, without values of the document.
        reason: String,
    },
}

/// A document's position in its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The document's `_id`.
    pub id: AggregateId,
    /// Its version.
    pub version: Version,
    /// Whether it is a tombstone.
    pub deleted: bool,
}

/// A document with its version.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The document's `_id`.
    pub id: AggregateId,
    /// Its version; [`Version::NONE`] when something else wrote it.
    pub version: Version,
    /// The document with `_id` and without `_sync`; `None` for a tombstone.
    pub document: Option<Document>,
}

/// A page of a walk through the documents of a collection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DocumentPage {
    /// Documents and tombstones, in byte order of their ids. The content is a document's BSON, with `_id` and perhaps `_sync`, which may be
    /// broken; a tombstone has none. Without a version are those that something else wrote.
    pub found: Packed<Vec<u8>>,
    /// How many documents have a text as `_id` that no aggregate can have.
    pub foreign: u64,
    /// The first of these ids.
    pub foreign_ids: Vec<String>,
    /// The last of them.
    pub last_foreign: Option<String>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<String>,
}

impl DocumentPage {
    /// A page ends with the document that makes it so many bytes long.
    pub const BYTES: usize = crate::StatePage::BYTES;

    /// Takes a document that was found after those before it; of a tombstone there are no bytes.
    pub fn take(&mut self, id: &str, version: Version, bytes: Option<&[u8]>) {
        let from = self.found.contents.len();
        self.found
            .contents
            .extend_from_slice(bytes.unwrap_or_default());
        let content = bytes.map(|bytes| from..from + bytes.len());
        if self.found.push(id, version, content).is_ok() {
            return;
        }
        self.foreign += 1;
        self.last_foreign = Some(id.to_owned());
        if self.foreign_ids.len() < Page::MOST_NAMED {
            self.foreign_ids.push(id.to_owned());
        }
    }
}

/// One page of a walk through a collection: ids and versions, no contents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Documents and tombstones, in byte order of their ids.
    pub found: Vec<Applied>,
    /// How many documents have an `_id` that no aggregate can have: not text, empty,
    /// too long or with control characters. Those that are not text come with the
    /// last page.
    pub foreign: u64,
    /// The first of these ids, as text for people.
    pub foreign_ids: Vec<String>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<String>,
}

impl Page {
    /// Enough to find what wrote them.
    const MOST_NAMED: usize = 20;

    /// Counts a document whose `_id` no aggregate can have, and names it if it is one of the first.
    pub fn add_foreign(&mut self, id: impl Into<String>) {
        self.foreign += 1;
        if self.foreign_ids.len() < Self::MOST_NAMED {
            self.foreign_ids.push(id.into());
        }
    }
}

/// A query for documents, in MongoDB's query language.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Find {
    /// Which documents.
    pub filter: Document,
    /// In which order.
    pub sort: Option<Document>,
    /// How many to pass over.
    pub skip: u64,
    /// At most so many; `None` for all.
    pub limit: Option<u64>,
    /// Which fields.
    pub projection: Option<Document>,
}

/// By which language's rules strings are compared, and how much of them: MongoDB's `collation`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collation {
    /// The language, by MongoDB's name: `en`, `fr_CA`.
    pub locale: String,
    /// How much is compared.
    pub strength: Strength,
}

impl Collation {
    /// The rules of a locale.
    pub fn new(locale: impl Into<String>, strength: Strength) -> Self {
        Self {
            locale: locale.into(),
            strength,
        }
    }
}

/// How much of strings is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Letters alone: `resume`, `RESUME` and `Résumé` are equal.
    Primary,
    /// Letters and accents: `resume` and `RESUME` are equal, `résumé` is not.
    Secondary,
}

/// A stream of documents.
pub type Documents = BoxStream<'static, Result<Document, ReplicaError>>;

/// The sync engine's side of a replica.
#[async_trait]
pub trait Apply: Send + Sync {
    /// Makes sure that the collection of a schema and its indexes exist. Cheap when
    /// nothing is missing, so it may be called again and again: it also brings
    /// back what somebody dropped. It never waits for applies and they never wait
    /// for it, as far as the database can do both at once.
    ///
    /// The first call for a schema also replaces an index whose definition differs
    /// from the schema's. Later calls leave it alone: two programs with different
    /// definitions would otherwise rebuild each other's index for ever.
    ///
    /// An index that cannot be built is an error of this schema alone, with the
    /// remedy in its text.
    async fn prepare(&self, schema: &Schema) -> Result<(), ReplicaError>;

    /// Applies changes of distinct ids, guarded: a document only ever moves to a
    /// higher version. Durable when it returns. Outcomes are in the order of the
    /// changes. [`Outcome::Rejected`] is for faults that are known to lie in the
    /// document. Everything else, what is not known included, is an error of the
    /// whole call: any part of it may have been applied, and applying again is
    /// harmless.
    async fn apply(
        &self,
        schema: &Schema,
        changes: &[Change],
    ) -> Result<Vec<Outcome>, ReplicaError>;

    /// Removes the collection in which the schema's documents lie, with everything in it. One that is not there is no error, and what
    /// [`publish`](Self::publish) made under its name stays.
    async fn drop_collection(&self, schema: &Schema) -> Result<(), ReplicaError>;

    /// Has programs that read the database by themselves find these documents under the collection's logical name, where such
    /// programs can be: a view without tombstones and `_sync`. Called while no collection of that name is in use; what is there is
    /// replaced. Safe to repeat.
    async fn publish(&self, schema: &Schema) -> Result<(), ReplicaError> {
        let _ = schema;
        Ok(())
    }

    /// Removes tombstones made before `before`, at most `limit`, and returns how many.
    /// The engine's janitor calls it; nothing else removes them.
    async fn sweep(
        &self,
        schema: &Schema,
        before: Timestamp,
        limit: u32,
    ) -> Result<u64, ReplicaError>;
}

/// The readers' side of a replica. Tombstones and `_sync` never show.
#[async_trait]
pub trait Reads: Send + Sync {
    /// Documents that match. Filters on `_sync` are refused.
    async fn find(&self, schema: &Schema, find: Find) -> Result<Documents, ReplicaError>;

    /// The result of a pipeline. Stages that write (`$out`, `$merge`) are refused.
    async fn aggregate(
        &self,
        schema: &Schema,
        pipeline: Vec<Document>,
    ) -> Result<Documents, ReplicaError>;

    /// How many documents match.
    async fn count(&self, schema: &Schema, filter: Document) -> Result<u64, ReplicaError>;

    /// The values of a field in the documents that match, each once and in any order. Of an array the elements count and not the array
    /// itself; a missing field has no value. `_sync` is refused.
    async fn distinct(
        &self,
        schema: &Schema,
        field: &str,
        filter: Document,
    ) -> Result<Vec<Bson>, ReplicaError>;

    /// Documents and tombstones with these ids, in any order. One whose content cannot
    /// be decoded makes the call fail with [`ReplicaError::Unexpected`].
    async fn get(&self, schema: &Schema, ids: &[AggregateId]) -> Result<Vec<Stored>, ReplicaError>;

    /// Versions of documents and tombstones with these ids, in any order; ids
    /// without either are left out.
    async fn versions(
        &self,
        schema: &Schema,
        ids: &[AggregateId],
    ) -> Result<Vec<Applied>, ReplicaError>;

    /// Whether the collection in which the schema's documents lie is there. What [`Apply::publish`] made under its name is none.
    async fn exists(&self, schema: &Schema) -> Result<bool, ReplicaError>;

    /// The page after a position, [`Page::next`] of the page before it; at most `limit`
    /// documents and tombstones, at least one unless there are no more.
    async fn scan(
        &self,
        schema: &Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Page, ReplicaError>;

    /// The page of whole documents after a position, [`DocumentPage::next`] of the page before it; at most `limit`, or as many as
    /// reach [`DocumentPage::BYTES`]. Documents whose `_id` is no text are left out.
    async fn documents_after(
        &self,
        schema: &Schema,
        after: Option<&str>,
        limit: u32,
    ) -> Result<DocumentPage, ReplicaError>;

    /// The same reads, with finds, pipelines, counts and distinct values that compare strings by a collation, ids among them. `get`, `versions` and `scan`
    /// take ids as they are, as ever.
    ///
    /// # Errors
    /// [`ReplicaError::InvalidQuery`] for a locale that the replica does not know; one that is asked over a network says so when it is asked.
    fn collated(&self, collation: &Collation) -> Result<Arc<dyn Reads>, ReplicaError>;

    /// Reads that never go back: each sees at least what earlier reads through the
    /// same handle have seen, what was applied before the handle was made, and only what a failover cannot undo. A token is
    /// checked and its query run through one of these.
    async fn session(&self) -> Result<Arc<dyn Reads>, ReplicaError>;

    /// Whether readers' queries outside of a [`Reads::session`] may miss what was applied before them, because they go to servers
    /// that copy from another one.
    fn may_lag(&self) -> bool {
        false
    }
}

/// A database that can be the replica.
#[async_trait]
pub trait Replica: Apply + Reads + 'static {
    /// Which database this is.
    fn kind(&self) -> ReplicaKind;

    /// Where it is, for people: without user, password or parameters.
    fn location(&self) -> String;

    /// The physical collections that are there, in any order, whoever made them. What [`publish`](Apply::publish) made is none.
    async fn collections(&self) -> Result<Vec<String>, ReplicaError>;

    /// Returns when the database answers; bounded by the connection's timeouts.
    async fn ping(&self) -> Result<(), ReplicaError>;

    /// Copies the whole store, as it is at one moment, into a new file while others use it. Returns false, and does
    /// nothing, when it is a server: that has tools of its own.
    async fn backup(&self, file: &Path) -> Result<bool, ReplicaError> {
        let _ = file;
        Ok(false)
    }

    /// Takes what was deleted out of files that belong to this process, such as a write-ahead log or an index of words.
    /// Returns whether that is done: something may be in the way for a while, such as a long read. A server's files are its
    /// own business.
    async fn scrub(&self) -> Result<bool, ReplicaError> {
        Ok(true)
    }

    /// Gives connections back; later calls fail. An embedded store closes when its last handle goes.
    async fn close(&self) {}
}
