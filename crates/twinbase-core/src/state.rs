//! The state of one aggregate in the primary.

use std::ops::ControlFlow;

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

/// Collects the rows that a statement finds, as far as they fit.
#[derive(Debug)]
pub struct StateRows {
    page: StatePage,
    rows: u32,
    bytes: usize,
    limit: u32,
    max_bytes: usize,
}

impl StateRows {
    /// For all rows.
    pub fn all() -> Self {
        Self::at_most(u32::MAX, usize::MAX)
    }

    /// For the rows of a page: so many, or as many as reach [`StatePage::BYTES`].
    pub fn page_of(limit: u32) -> Self {
        Self::at_most(limit, StatePage::BYTES)
    }

    fn at_most(limit: u32, max_bytes: usize) -> Self {
        Self {
            page: StatePage::default(),
            rows: 0,
            bytes: 0,
            limit,
            max_bytes,
        }
    }

    /// Takes a row: its key, its head and its payload. Breaks when the page is full.
    pub fn take(
        &mut self,
        key: &str,
        version: Version,
        payload: Option<String>,
    ) -> ControlFlow<()> {
        self.rows += 1;
        self.bytes += payload.as_ref().map_or(0, String::len);
        let is_full = self.rows >= self.limit || self.bytes >= self.max_bytes;
        if is_full {
            self.page.next = Some(key.to_owned());
        }
        match AggregateId::new(key) {
            Ok(id) => self.page.states.push(State {
                id,
                version,
                payload,
            }),
            Err(_) => self.page.invalid.push(key.to_owned()),
        }
        if is_full {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    /// The page.
    pub fn page(self) -> StatePage {
        self.page
    }
}

impl StatePage {
    /// A page ends with the row whose payload makes it so many bytes long.
    pub const BYTES: usize = 1024 * 1024;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_with_the_row_that_fills_it() {
        let walk = |limit, bytes: &[usize]| {
            let mut rows = StateRows::page_of(limit);
            for (n, bytes) in bytes.iter().enumerate() {
                let payload = Some("x".repeat(*bytes));
                if rows
                    .take(&n.to_string(), Version::new(1), payload)
                    .is_break()
                {
                    break;
                }
            }
            let page = rows.page();
            (page.states.len(), page.next)
        };
        let large = StatePage::BYTES;
        assert_eq!(walk(3, &[1, 1]), (2, None));
        assert_eq!(walk(2, &[1, 1, 1]), (2, Some("1".into())));
        assert_eq!(walk(9, &[1, large, 1]), (2, Some("1".into())));
        assert_eq!(walk(9, &[large - 1, 1, 1]), (2, Some("1".into())));
    }
}
