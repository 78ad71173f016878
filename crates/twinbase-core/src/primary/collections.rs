//! Where the documents of each collection lie, as the primary keeps it.
//!
//! A collection that people name is logical. Its documents lie in a physical one, which has a number, its **generation**. The first has the
//! logical name; a rebuild fills the next one and has readers move to it. Generations are never used again: after a primary
//! was put back, which has forgotten some, they go on above its floor of versions.

use std::{fmt, num::NonZeroU32};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Name, PrimaryError, Version};

/// The first generation of every collection.
pub const FIRST_GENERATION: u32 = 1;

/// How far a rebuild is. Its order is the order of phases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Asked for; nothing is written yet.
    Requested,
    /// The new collection is filled from the primary. Changes go to both from here on.
    Filling,
    /// Its indexes are built.
    Indexing,
    /// It is compared with the primary.
    Verifying,
    /// Readers move to it. Changes go to both.
    Settling,
    /// Every reader has moved; the old one is kept for a way back. Changes go to both.
    Kept,
    /// The collection that is not in use is removed. Changes no longer go to it.
    Dropping,
    /// Nothing is left to do.
    Ended,
}

impl Phase {
    /// The name that people and APIs use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Filling => "filling",
            Self::Indexing => "indexing",
            Self::Verifying => "verifying",
            Self::Settling => "settling",
            Self::Kept => "kept",
            Self::Dropping => "dropping",
            Self::Ended => "ended",
        }
    }

    /// Whether changes go to two collections.
    pub fn is_dual(self) -> bool {
        (Self::Filling..=Self::Kept).contains(&self)
    }

    /// Whether the other collection is on its way to be read, but not there yet.
    pub fn is_before_switch(self) -> bool {
        self <= Self::Verifying
    }
}

/// A rebuild, and the collection beside the one that readers use: the new one until the switch, the old one after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rebuild {
    /// The generation of that collection; the serving one's while the rebuild is requested.
    pub generation: u32,
    /// The hash of the mapping that made its documents; `None` when that is not known.
    pub mapping: Option<i64>,
    /// How far it is.
    pub phase: Phase,
    /// Since when it is in that phase, by the primary's clock.
    pub since: Timestamp,
    /// When it was asked for, or the rollback that came after it.
    pub requested_at: Timestamp,
    /// A time after changes began to go to both; `None` until it was asked for.
    pub dual_since: Option<Timestamp>,
    /// Whether filling and comparing rest. Changes go to both all the same.
    pub is_paused: bool,
    /// Since when they rest, by the primary's clock; `None` also when an earlier version paused it.
    #[serde(default)]
    pub paused_at: Option<Timestamp>,
    /// What a rollback that compares first goes back to when it is cancelled; `None` while nothing is rolled back.
    #[serde(default)]
    pub kept: Option<Kept>,
    /// The last key that was filled.
    pub after: Option<String>,
    /// The last key that there was when changes had begun to go to both: what has a later one came after that, and is written by its event.
    #[serde(default)]
    pub until: Option<String>,
    /// How many rows were filled.
    pub filled: u64,
    /// How many rows there were when it began.
    pub total: Option<u64>,
    /// How many rows were filled a second, measured last.
    pub rows_per_second: u32,
    /// How many rows and documents were compared.
    #[serde(default)]
    pub compared: u64,
    /// How many were compared a second, measured last.
    #[serde(default)]
    pub compared_per_second: u32,
    /// What was measured by earlier rebuilds of the collection.
    #[serde(default)]
    pub measured: Speeds,
    /// Where comparing goes on in another process; `None` for from the start.
    #[serde(default)]
    pub place: Option<Place>,
    /// How many documents had to be made anew after they were compared.
    pub mended: u64,
    /// Rows that have no document in the collection to which readers have moved; while it is compared, those that were found by then.
    #[serde(default)]
    pub undocumented: Option<Undocumented>,
    /// At most so many rows a second.
    pub rate: Option<NonZeroU32>,
    /// How long the old collection is kept after the switch, in seconds.
    pub keep_seconds: u64,
    /// What it waits for, when the last attempt to go on has failed.
    #[serde(default)]
    pub waits_for: Option<String>,
    /// Why it ended without a switch, or why the kept collection could be kept no longer.
    pub error: Option<String>,
    /// The operation that says what becomes of it, for whom; of a rollback another one.
    #[serde(default)]
    pub operation: Option<String>,
}

/// How fast a rebuild goes that nobody has limited; 0 where that was never measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Speeds {
    /// Rows that are filled a second.
    pub filled: u32,
    /// Rows and documents that are compared a second.
    pub compared: u32,
}

/// Rows of which there is no document: the replica refuses it, no document can be made of the row, or its key can be no document's id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Undocumented {
    /// How many.
    pub rows: u64,
    /// The key of the first that was found, cut to 300 characters. Escape it where people see it.
    pub first: String,
}

impl Undocumented {
    /// Adds one more.
    pub fn add(of: &mut Option<Self>, key: &str) {
        let all = of.get_or_insert_with(|| Self {
            rows: 0,
            first: key.chars().take(300).collect(),
        });
        all.rows += 1;
    }
}

impl fmt::Display for Undocumented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.first.escape_debug();
        match self.rows {
            1 => write!(f, "1 row has no document: `{first}`"),
            rows => write!(f, "{rows} rows have no document, `{first}` first"),
        }
    }
}

/// How far a collection was compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The floor of then: above another one everything is compared again.
    pub floor: Version,
    /// Where the walk was, as the engine writes it.
    pub walk: String,
}

/// How a collection was kept before somebody asked for a rollback to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Since when.
    pub since: Timestamp,
    /// [`Rebuild::dual_since`] of then.
    pub dual_since: Option<Timestamp>,
}

/// Where the documents of one collection lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectionRecord {
    /// The collection as people name it.
    pub collection: String,
    /// Raised by every change; 0 when nothing is recorded.
    pub revision: i64,
    /// The generation that readers use.
    pub generation: u32,
    /// The highest generation that was ever used.
    pub last_generation: u32,
    /// The hash of the mapping that made its documents; `None` when that is not known.
    pub mapping: Option<i64>,
    /// The last rebuild.
    pub rebuild: Option<Rebuild>,
}

impl CollectionRecord {
    /// What is true of a collection that has no record.
    pub fn unrecorded(collection: impl Into<String>) -> Self {
        Self {
            collection: collection.into(),
            revision: 0,
            generation: FIRST_GENERATION,
            last_generation: FIRST_GENERATION,
            mapping: None,
            rebuild: None,
        }
    }

    /// The name of one of its physical collections.
    pub fn physical(&self, generation: u32) -> Name {
        physical(&self.collection, generation)
    }

    /// What state it is in, for people.
    pub fn state(&self) -> &'static str {
        let phase = self.rebuild.as_ref().map(|rebuild| rebuild.phase);
        match phase {
            None | Some(Phase::Ended) => "serving",
            Some(phase) => phase.name(),
        }
    }
}

/// The name of a physical collection.
pub fn physical(collection: &str, generation: u32) -> Name {
    if generation == FIRST_GENERATION {
        collection.to_owned().into()
    } else {
        format!("{collection}_g{generation}").into()
    }
}

/// The generation whose physical collection has this name; `None` for a name that [`physical`] never makes of this collection.
pub fn generation(collection: &str, name: &str) -> Option<u32> {
    if name == collection {
        return Some(FIRST_GENERATION);
    }
    let number = name.strip_prefix(collection)?.strip_prefix("_g")?;
    let generation = number.parse().ok().filter(|of| *of > FIRST_GENERATION)?;
    // `todos_g02` is somebody else's.
    (physical(collection, generation) == name).then_some(generation)
}

/// The records of collections.
#[async_trait]
pub trait Collections: Send + Sync {
    /// All records, in one snapshot.
    async fn collections(&self) -> Result<Vec<CollectionRecord>, PrimaryError>;

    /// Replaces the record of a collection, or makes it, if its revision is still the one that `record` has. Returns whether it was.
    /// A call that fails as unavailable may have replaced it.
    async fn record_collection(&self, record: &CollectionRecord) -> Result<bool, PrimaryError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_the_rule_never_makes_has_no_generation() {
        for of in [FIRST_GENERATION, 2, 10, u32::MAX] {
            assert_eq!(generation("todos", &physical("todos", of)), Some(of));
        }
        for other in [
            "todos_g",
            "todos_g0",
            "todos_g1",
            "todos_g02",
            "todos_g+2",
            "todos_g2_old",
            "todos_g4294967296",
            "todos_v3",
            "my_todos_g2",
            "todo",
            "",
        ] {
            assert_eq!(generation("todos", other), None, "{other}");
        }
    }
}
