//! What a verification found.

use serde::{Deserialize, Serialize};
use twinbase_core::{AggregateId, Name, Version};

twinbase_core::named! {
    /// A way in which a document can be wrong.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub enum Drift {
        /// A row has no document.
        Missing = "missing",
        /// A document has neither a row nor a head, or an `_id` that no row can have.
        Extra = "extra",
        /// A document is at an older version than its row, and nothing is on its way.
        Stale = "stale",
        /// A document is at its row's version and has other content.
        Different = "different",
        /// A document is at its row's version and has values of other types.
        Mistyped = "mistyped",
        /// A document whose aggregate was deleted at that version or a later one.
        Resurrected = "resurrected",
        /// A document is at a version that its primary never had.
        Ahead = "ahead",
        /// A document lies in the collection of another type, whose row has its id.
        WrongCollection = "wrong collection",
        /// A tombstone is at a version that its primary never had: what is written with its id does not show.
        OrphanTombstone = "orphan tombstone",
        /// The content of a document cannot be decoded.
        Unreadable = "unreadable",
        /// The key of a row can be no document's id: empty, over 255 bytes or with control characters.
        InvalidId = "invalid id",
    }
}

/// One wrong document or row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Its id. It may be of any length and have any characters: escape it where people see it.
    pub id: String,
    /// What is wrong with it.
    pub drift: Drift,
    /// The names of the fields that differ, of a document at its row's version. They may have any characters, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The version of the aggregate.
    #[serde(default)]
    pub head: Version,
    /// The version of the document or tombstone, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Version>,
    /// The id of the event that would have brought the document and has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed_event: Option<String>,
}

impl Finding {
    /// A finding about an id of which nothing more is known.
    pub(crate) fn of(drift: Drift, id: &str) -> Self {
        Self {
            id: id.chars().take(MAX_ID_CHARS).collect(),
            drift,
            fields: Vec::new(),
            head: Version::NONE,
            document: None,
            failed_event: None,
        }
    }
}

impl Finding {
    /// Whether it is about a document whose `_id` no row can have, which has no version either. As text it can look like an id.
    pub fn is_foreign(&self) -> bool {
        self.drift == Drift::Extra && self.document.is_none()
    }
}

/// How many wrong documents are named, so that a report stays short.
const MAX_SAMPLES: usize = 20;

/// How much of an id is named: more than the longest valid one.
const MAX_ID_CHARS: usize = 300;

/// What was found in one collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CollectionReport {
    /// The collection.
    pub collection: Name,
    /// Rows that were compared.
    pub rows: u64,
    /// Documents that were compared.
    pub documents: u64,
    /// Rows without a document.
    pub missing: u64,
    /// Documents with neither row nor head.
    pub extra: u64,
    /// Documents behind their row with nothing on its way.
    pub stale: u64,
    /// Documents at their row's version with other content.
    pub different: u64,
    /// Documents at their row's version with values of other types.
    pub mistyped: u64,
    /// Documents of deleted aggregates.
    pub resurrected: u64,
    /// Documents at versions that the primary never had.
    pub ahead: u64,
    /// Documents of another collection.
    pub wrong_collection: u64,
    /// Tombstones at versions that the primary never had.
    pub orphan_tombstones: u64,
    /// Documents whose content cannot be decoded.
    pub unreadable: u64,
    /// Rows whose key can be no document's id.
    pub invalid_ids: u64,
    /// Those of the missing and stale ones whose event has failed.
    pub with_failed_event: u64,
    /// Rows and documents that could not be judged because an event for them was on its way.
    pub in_flight: u64,
    /// Those of them whose document is of before a database was put back, which nothing has found to be right since: readers may see
    /// what was lost, and the alarm stays.
    pub unsettled: u64,
    /// Ids that were asked for and that nothing has: no row, no document, and no version of one that was deleted.
    pub absent: Vec<AggregateId>,
    /// The first of the wrong documents.
    pub samples: Vec<Finding>,
    /// Why the comparison of this collection stopped before its end, and what to do.
    pub error: Option<String>,
}

/// Which count is of which drift.
macro_rules! counts {
    ($($drift:ident => $field:ident),+ $(,)?) => {
        impl CollectionReport {
            /// How many are wrong in this way.
            pub const fn of(&self, drift: Drift) -> u64 {
                match drift {
                    $(Drift::$drift => self.$field,)+
                }
            }

            const fn count(&mut self, drift: Drift) -> &mut u64 {
                match drift {
                    $(Drift::$drift => &mut self.$field,)+
                }
            }
        }
    };
}

counts! {
    Missing => missing,
    Extra => extra,
    Stale => stale,
    Different => different,
    Mistyped => mistyped,
    Resurrected => resurrected,
    Ahead => ahead,
    WrongCollection => wrong_collection,
    OrphanTombstone => orphan_tombstones,
    Unreadable => unreadable,
    InvalidId => invalid_ids,
}

impl CollectionReport {
    pub(crate) fn new(collection: &Name) -> Self {
        Self {
            collection: collection.clone(),
            ..Self::default()
        }
    }

    /// Of a collection that could not be compared at all.
    pub(crate) fn failed(collection: &Name, error: &str) -> Self {
        Self {
            error: Some(error.to_owned()),
            ..Self::new(collection)
        }
    }

    /// Wrong documents and rows in all.
    pub fn drifted(&self) -> u64 {
        Drift::ALL.into_iter().map(|drift| self.of(drift)).sum()
    }

    /// Whether everything was compared and nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.drifted() == 0 && self.error.is_none()
    }

    /// How many were compared.
    pub const fn compared(&self) -> u64 {
        self.rows + self.documents
    }

    pub(crate) fn add(&mut self, finding: &Finding) {
        *self.count(finding.drift) += 1;
        self.with_failed_event += u64::from(finding.failed_event.is_some());
        self.name(finding.clone());
    }

    /// Counts documents with an `_id` that no row can have, and returns those that are named. They are added as findings.
    pub(crate) fn add_foreign(&mut self, count: u64, ids: &[String]) -> Vec<Finding> {
        self.documents += count;
        self.extra += count - ids.len() as u64;
        let of = |id: &String| Finding::of(Drift::Extra, id);
        ids.iter().map(of).collect()
    }

    fn name(&mut self, finding: Finding) {
        if self.samples.len() < MAX_SAMPLES {
            self.samples.push(finding);
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
