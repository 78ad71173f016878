//! Walks that compare both sides, as they are kept in the primary, so that one goes on after a restart.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::{PrimaryError, Version};

/// The walk through one collection: where it is, and what the last one that came to its end has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WalkRecord {
    /// The collection.
    pub collection: String,
    /// Who walks, or walked last.
    pub walker: String,
    /// When the walk began, by the primary's clock.
    pub began_at: Timestamp,
    /// When it was kept last, by the primary's clock; what is given is not kept.
    pub saved_at: Timestamp,
    /// The floor of versions when it began; see [`super::Timeline`].
    pub floor: Version,
    /// Where it goes on, in the engine's words; `None` when it has come to its end.
    pub place: Option<String>,
    /// What it has found so far, in the engine's words.
    pub report: String,
    /// How many of the wrong documents it has mended so far.
    pub mended: u64,
    /// When the last walk began that came to its end; `None` when none did.
    pub verified_through: Option<Timestamp>,
    /// How many documents were wrong at the end of that walk.
    pub wrong: u64,
}

/// Walks as they are kept in the primary: one for each collection.
#[async_trait]
pub trait Walks: Send + Sync {
    /// The walks of all collections that ever had one, by the names of the collections.
    async fn walks(&self) -> Result<Vec<WalkRecord>, PrimaryError>;

    /// Keeps a walk. Its collection has none yet, or one whose walker is `before`; otherwise somebody else has begun to walk:
    /// nothing is kept, and the answer is false.
    async fn keep_walk(&self, walk: &WalkRecord, before: &str) -> Result<bool, PrimaryError>;
}
