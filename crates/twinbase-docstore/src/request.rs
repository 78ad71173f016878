//! The plain values that go into the store and come out of it.

use bson::{DateTime, Document};

use crate::Collation;

/// One guarded write: it counts only when its version is above the stored one.
#[derive(Debug, Clone, PartialEq)]
pub struct Put {
    /// The document's `_id`.
    pub id: String,
    /// The version of this state.
    pub version: i64,
    /// The state; `None` leaves a tombstone that remembers the version.
    pub document: Option<Document>,
    /// When it was written; a tombstone is swept by it.
    pub at: DateTime,
}

/// What became of one [`Put`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is stored.
    Applied,
    /// The same or a newer version was stored already; nothing changed.
    Superseded,
    /// This document cannot be stored; the rest of the batch is not touched by that.
    Rejected {
        /// Why, in words.
        reason: String,
        /// The unique index that it would break, if that is why.
        index: Option<String>,
    },
}

/// The order of one key of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// A secondary index. An array on one of its paths is indexed by its elements.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IndexSpec {
    /// Its name, unique in the collection.
    pub name: String,
    /// Dotted paths with their order.
    pub keys: Vec<(String, Direction)>,
    /// Whether two documents may not have the same keys (a missing field counts as null, as in MongoDB). Of the elements of
    /// an array none may be in another document; within one document they may repeat.
    pub unique: bool,
    /// Whether documents in which every path is missing are left out. Only queries that ask for one of the fields use it.
    pub sparse: bool,
    /// A filter that a document must match to be in the index: MongoDB's `partialFilterExpression`. Only queries whose own
    /// filter implies it use the index, and a unique one compares only what is in it. Not together with `sparse`.
    pub partial: Option<Document>,
    /// By which collation its strings are ordered; `None` is the order of bytes. Only queries of the same collation use it, and a
    /// unique one refuses what the collation takes for equal.
    pub collation: Option<Collation>,
    /// Makes it a text index, for `$text`: then it has no `keys` and none of the other properties. A collection has one at most.
    pub text: Option<TextSpec>,
}

/// What a text index is of.
#[derive(Debug, Clone, PartialEq)]
pub struct TextSpec {
    /// Dotted paths, each with how much a word there counts for the score: 1 to 99,999. The strings of an array are indexed one
    /// by one.
    pub weights: Vec<(String, u32)>,
    /// By which language words are stemmed and stop words left out: MongoDB's name or two letters of it. With `none` words are
    /// what they are.
    pub default_language: String,
    /// The field in which a document, or one inside of it, names a language of its own. A document with anything else there
    /// than the name of a language is rejected, as MongoDB does it.
    pub language_override: String,
}

/// No path, in English, with MongoDB's name of the field for another language.
impl Default for TextSpec {
    fn default() -> Self {
        Self {
            weights: Vec::new(),
            default_language: "english".to_owned(),
            language_override: "language".to_owned(),
        }
    }
}

/// A query. The default finds every document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Find {
    /// MongoDB's filter language.
    pub filter: Document,
    /// Paths with 1 or -1; empty leaves the order open.
    pub sort: Document,
    /// How many documents to leave out first.
    pub skip: u64,
    /// The most documents to return; `None` and 0 mean all.
    pub limit: Option<u64>,
    /// Paths with 1 or 0; empty returns whole documents.
    pub projection: Document,
}

/// A document or tombstone with its version, as [`Store::get_many`](crate::Store::get_many) returns it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The `_id`.
    pub id: String,
    /// The version.
    pub version: i64,
    /// Whether this is a tombstone.
    pub deleted: bool,
    /// The document, `None` for a tombstone.
    pub document: Option<Document>,
}
