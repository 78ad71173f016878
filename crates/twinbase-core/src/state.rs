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

/// A page of a walk through the rows of an aggregate, in the order of keys that the table has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatePage {
    /// Rows with their heads.
    pub states: Vec<State>,
    /// Keys of rows that can be no aggregate's id: empty, too long or with control characters.
    pub invalid: Vec<String>,
    /// Where the next page begins: the last key; `None` after the last page.
    pub next: Option<String>,
}

impl StatePage {
    /// From what a statement with this limit has found: key, version and payload of each row.
    pub fn of(rows: Vec<(String, Version, Option<String>)>, limit: u32) -> Self {
        let full = u32::try_from(rows.len()).is_ok_and(|rows| rows >= limit);
        let mut page = Self {
            next: rows.last().filter(|_| full).map(|(key, ..)| key.clone()),
            ..Self::default()
        };
        for (key, version, payload) in rows {
            match AggregateId::new(&key) {
                Ok(id) => page.states.push(State {
                    id,
                    version,
                    payload,
                }),
                Err(_) => page.invalid.push(key),
            }
        }
        page
    }
}
