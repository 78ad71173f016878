//! What a verification found.

use serde::Serialize;
use twinbase_core::AggregateId;

/// A way in which a document can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Drift {
    /// A row has no document.
    Missing,
    /// A document has no row.
    Extra,
    /// A document is at an older version than its row, and nothing is on its way.
    Stale,
    /// A document is at its row's version and has other content.
    Different,
}

/// One wrong document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// Its id.
    pub id: AggregateId,
    /// What is wrong with it.
    pub drift: Drift,
}

/// How many wrong documents are named, so that a report stays short.
const MAX_SAMPLES: usize = 20;

/// What was found in one collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollectionReport {
    /// The collection.
    pub collection: &'static str,
    /// Rows that were looked at.
    pub rows: u64,
    /// Documents that were looked at.
    pub documents: u64,
    /// Rows without a document.
    pub missing: u64,
    /// Documents without a row.
    pub extra: u64,
    /// Documents behind their row with nothing on its way.
    pub stale: u64,
    /// Documents at their row's version with other content.
    pub different: u64,
    /// Rows and documents that could not be judged because an event for them was on its way.
    pub in_flight: u64,
    /// The first of the wrong documents.
    pub samples: Vec<Sample>,
}

impl CollectionReport {
    pub(super) const fn new(collection: &'static str) -> Self {
        Self {
            collection,
            rows: 0,
            documents: 0,
            missing: 0,
            extra: 0,
            stale: 0,
            different: 0,
            in_flight: 0,
            samples: Vec::new(),
        }
    }

    /// Wrong documents in all.
    pub const fn drifted(&self) -> u64 {
        self.missing + self.extra + self.stale + self.different
    }

    pub(super) const fn looked_at(&self) -> u64 {
        self.rows + self.documents
    }

    pub(super) fn add(&mut self, drift: Drift, id: &AggregateId) {
        match drift {
            Drift::Missing => self.missing += 1,
            Drift::Extra => self.extra += 1,
            Drift::Stale => self.stale += 1,
            Drift::Different => self.different += 1,
        }
        if self.samples.len() < MAX_SAMPLES {
            self.samples.push(Sample {
                id: id.clone(),
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
    /// Whether both sides agree.
    pub fn is_clean(&self) -> bool {
        self.collections.iter().all(|c| c.drifted() == 0)
    }
}
