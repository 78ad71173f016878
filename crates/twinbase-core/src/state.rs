//! The state of one aggregate in the primary.

use crate::{AggregateId, Version};

/// An aggregate's row and head, read in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The aggregate's id.
    pub id: AggregateId,
    /// The head: [`Version::NONE`] when a writer never recorded an event for the row.
    pub version: Version,
    /// The row as the JSON text of its mapping; `None` when there is no row
    /// (any more).
    pub payload: Option<String>,
}
