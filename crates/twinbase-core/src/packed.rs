//! What a page of a walk has read: a few pieces of memory for all of it, instead of some for each entry.

use std::{fmt, ops::Range};

use crate::{AggregateId, InvalidId, State, Version};

/// Where contents lie one after the other: texts in a text, documents in bytes.
pub trait Contents: Default + Clone + PartialEq + Eq + fmt::Debug {
    /// One of them.
    type Content: ?Sized;

    /// What lies in a range of these bytes.
    fn part(&self, range: Range<usize>) -> Option<&Self::Content>;
}

impl Contents for String {
    type Content = str;

    fn part(&self, range: Range<usize>) -> Option<&str> {
        self.get(range)
    }
}

impl Contents for Vec<u8> {
    type Content = [u8];

    fn part(&self, range: Range<usize>) -> Option<&[u8]> {
        self.get(range)
    }
}

/// Ids with versions and contents, in the order in which they were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed<C> {
    ids: String,
    pub(crate) contents: C,
    entries: Vec<At>,
}

/// Where an entry lies, and what is no text of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct At {
    /// Its id begins where the one before it ends.
    id_end: usize,
    content: Option<Range<usize>>,
    version: Version,
}

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry<'a, C: ?Sized> {
    /// The aggregate's id, which was checked.
    pub id: &'a str,
    /// Its version; [`Version::NONE`] when it has none.
    pub version: Version,
    /// What there is of it, if anything.
    pub content: Option<&'a C>,
}

impl<C: Contents> Packed<C> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The one at a place, from 0.
    pub fn get(&self, at: usize) -> Option<Entry<'_, C::Content>> {
        let entry = self.entries.get(at)?;
        let before = at
            .checked_sub(1)
            .and_then(|before| self.entries.get(before));
        let content = entry.content.clone();
        Some(Entry {
            id: self
                .ids
                .get(before.map_or(0, |before| before.id_end)..entry.id_end)?,
            version: entry.version,
            content: content.and_then(|range| self.contents.part(range)),
        })
    }

    /// The last one.
    pub fn last(&self) -> Option<Entry<'_, C::Content>> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Each in turn.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_, C::Content>> {
        (0..self.len()).map_while(|at| self.get(at))
    }

    /// Gives the one at a place another version.
    pub fn set_version(&mut self, at: usize, version: Version) {
        if let Some(entry) = self.entries.get_mut(at) {
            entry.version = version;
        }
    }

    /// Adds one whose content is already there.
    pub(crate) fn push(
        &mut self,
        id: &str,
        version: Version,
        content: Option<Range<usize>>,
    ) -> Result<(), InvalidId> {
        AggregateId::check(id)?;
        self.ids.push_str(id);
        self.entries.push(At {
            id_end: self.ids.len(),
            content,
            version,
        });
        Ok(())
    }
}

impl<C: ?Sized> Entry<'_, C> {
    /// Its id, to keep.
    pub fn aggregate_id(&self) -> AggregateId {
        AggregateId::of_checked(self.id)
    }
}

impl From<Entry<'_, str>> for State {
    fn from(row: Entry<'_, str>) -> Self {
        Self {
            id: row.aggregate_id(),
            version: row.version,
            payload: row.content.map(str::to_owned),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_what_was_added_whatever_was_refused_between() {
        let mut packed = Packed::<String>::default();
        let mut push = |id, text: Option<&str>| {
            let from = packed.contents.len();
            packed.contents.push_str(text.unwrap_or("nobody's"));
            let content = text.map(|text| from..from + text.len());
            packed.push(id, Version::new(1), content)
        };
        assert_eq!(push("a", Some("one")), Ok(()));
        assert!(push("", Some("without an id")).is_err());
        assert_eq!(push("b", None), Ok(()));
        assert_eq!(push("ä c", Some("")), Ok(()));
        assert_eq!(push("d", Some("zwölf")), Ok(()));
        packed.set_version(1, Version::new(7));
        packed.set_version(4, Version::new(9));
        let found = packed
            .iter()
            .map(|of| (of.id, of.version.get(), of.content));
        let expected = [
            ("a", 1, Some("one")),
            ("b", 7, None),
            ("ä c", 1, Some("")),
            ("d", 1, Some("zwölf")),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(packed.last(), packed.get(3));
        assert_eq!((packed.get(4), packed.len()), (None, 4));
        let none = Packed::<Vec<u8>>::default();
        assert!(none.is_empty() && none.last().is_none());
    }
}
