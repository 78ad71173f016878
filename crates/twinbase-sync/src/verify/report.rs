//! What a verification found.

use serde::Serialize;
use twinbase_core::Name;

/// A way in which a document can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Drift {
    /// A row has no document.
    Missing,
    /// A document has no row, or an `_id` that no row can have.
    Extra,
    /// A document is at an older version than its row, and nothing is on its way.
    Stale,
    /// A document is at its row's version and has other content.
    Different,
    /// The content of a row's document cannot be decoded.
    Unreadable,
    /// The key of a row can be no document's id: empty, over 255 bytes or with control characters.
    InvalidId,
}

/// One wrong document or row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Its id. It may be of any length and have any characters: escape it where people see it.
    pub id: String,
    /// What is wrong with it.
    pub drift: Drift,
}

/// How many wrong documents are named, so that a report stays short.
const MAX_SAMPLES: usize = 20;

/// How much of an id is named: more than the longest valid one.
const MAX_ID_CHARS: usize = 300;

/// What was found in one collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionReport {
    /// The collection.
    pub collection: Name,
    /// Rows that were compared.
    pub rows: u64,
    /// Documents that were compared.
    pub documents: u64,
    /// Rows without a document.
    pub missing: u64,
    /// Documents without a row.
    pub extra: u64,
    /// Documents behind their row with nothing on its way.
    pub stale: u64,
    /// Documents at their row's version with other content.
    pub different: u64,
    /// Documents whose content cannot be decoded.
    pub unreadable: u64,
    /// Rows whose key can be no document's id.
    pub invalid_ids: u64,
    /// Rows and documents that could not be judged because an event for them was on its way.
    pub in_flight: u64,
    /// The first of the wrong documents.
    pub samples: Vec<Sample>,
    /// Why the comparison of this collection stopped before its end, and what to do.
    pub error: Option<String>,
}

impl CollectionReport {
    /// Wrong documents and rows in all.
    pub const fn drifted(&self) -> u64 {
        self.missing + self.extra + self.stale + self.different + self.unreadable + self.invalid_ids
    }

    /// Whether everything was compared and nothing is wrong.
    pub const fn is_clean(&self) -> bool {
        self.drifted() == 0 && self.error.is_none()
    }

    pub(super) const fn compared(&self) -> u64 {
        self.rows + self.documents
    }

    pub(super) fn add(&mut self, drift: Drift, id: &str) {
        match drift {
            Drift::Missing => self.missing += 1,
            Drift::Extra => self.extra += 1,
            Drift::Stale => self.stale += 1,
            Drift::Different => self.different += 1,
            Drift::Unreadable => self.unreadable += 1,
            Drift::InvalidId => self.invalid_ids += 1,
        }
        self.name(drift, id);
    }

    /// Counts documents with an `_id` that no row can have; not all of them are named.
    pub(super) fn add_foreign(&mut self, count: u64, ids: &[String]) {
        self.documents += count;
        self.extra += count;
        for id in ids {
            self.name(Drift::Extra, id);
        }
    }

    fn name(&mut self, drift: Drift, id: &str) {
        if self.samples.len() < MAX_SAMPLES {
            self.samples.push(Sample {
                id: id.chars().take(MAX_ID_CHARS).collect(),
                drift,
            });
        }
    }
}

/// What a verification found, collection by collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifyReport {
    /// The collections in the order of registration.
    pub collections: Vec<CollectionReport>,
}

impl VerifyReport {
    /// Whether everything was compared and both sides agree.
    pub fn is_clean(&self) -> bool {
        self.collections.iter().all(CollectionReport::is_clean)
    }
}
