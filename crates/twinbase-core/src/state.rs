//! The state of one aggregate in the primary.

use std::{convert::Infallible, ops::ControlFlow};

use crate::{AggregateId, Packed, Version};

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
    /// Rows with their heads: the content is the row as the JSON text of its mapping.
    pub states: Packed<String>,
    /// Keys of rows that can be no aggregate's id: empty, too long or with control characters.
    pub invalid: Vec<String>,
    /// Where the next page begins: the last key; `None` after the last page.
    pub next: Option<String>,
}

/// Collects the rows that a statement finds, as far as they fit.
#[derive(Debug)]
pub struct StateRows {
    page: StatePage,
    limit: usize,
    max_bytes: usize,
}

impl StateRows {
    /// For all rows.
    pub fn all() -> Self {
        Self::at_most(usize::MAX, usize::MAX)
    }

    /// For the rows of a page: so many, or as many as reach [`StatePage::BYTES`].
    pub fn page_of(limit: u32) -> Self {
        Self::at_most(
            usize::try_from(limit).unwrap_or(usize::MAX),
            StatePage::BYTES,
        )
    }

    fn at_most(limit: usize, max_bytes: usize) -> Self {
        Self {
            page: StatePage::default(),
            limit,
            max_bytes,
        }
    }

    /// Takes a row: its key, its head and its payload. Breaks when the page is full.
    pub fn take(&mut self, key: &str, version: Version, payload: Option<&str>) -> ControlFlow<()> {
        let taken = self.take_with(key, version, |to| {
            to.push_str(payload.unwrap_or_default());
            Ok::<_, Infallible>(payload.is_some())
        });
        let Ok(taken) = taken;
        taken
    }

    /// The same of a payload that is written behind the others. Writing says whether there is one.
    ///
    /// # Errors
    /// Those of writing: the row is not taken.
    pub fn take_with<E>(
        &mut self,
        key: &str,
        version: Version,
        write: impl FnOnce(&mut String) -> Result<bool, E>,
    ) -> Result<ControlFlow<()>, E> {
        let states = &mut self.page.states;
        let from = states.contents.len();
        let is_there = write(&mut states.contents)?;
        let content = from..states.contents.len();
        let bytes = content.end;
        if states
            .push(key, version, is_there.then_some(content))
            .is_err()
        {
            self.page.invalid.push(key.to_owned());
        }
        let is_full = self.page.rows() >= self.limit || bytes >= self.max_bytes;
        if is_full {
            self.page.next = Some(key.to_owned());
            return Ok(ControlFlow::Break(()));
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The page.
    pub fn page(self) -> StatePage {
        self.page
    }

    /// Each of the rows by itself.
    pub fn states(self) -> Vec<State> {
        self.page.states.iter().map(State::from).collect()
    }
}

impl StatePage {
    /// A page ends with the row whose payload makes it so many bytes long.
    pub const BYTES: usize = 1024 * 1024;

    /// How many rows it has, those that can be no aggregate among them.
    pub fn rows(&self) -> usize {
        self.states.len() + self.invalid.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_ends_with_the_row_that_fills_it() {
        let walk = |limit, bytes: &[usize]| {
            let mut rows = StateRows::page_of(limit);
            for (n, bytes) in bytes.iter().enumerate() {
                let payload = "x".repeat(*bytes);
                if rows
                    .take(&n.to_string(), Version::new(1), Some(&payload))
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
