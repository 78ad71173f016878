//! Dotted paths and the four ways in which MongoDB walks them: to match, to sort, to index, and to evaluate an expression.

mod entries;
mod evaluate;
mod expand;
mod field;
mod sort_keys;
mod visit;

use crate::Error;

pub(crate) use entries::{Entries, Entry, NoEntries, entries};
pub(crate) use evaluate::evaluate;
pub(crate) use expand::expand;
pub(crate) use field::field;
pub(crate) use sort_keys::{Reached, largest_key, reach, smallest_key, traverses_array};
pub(crate) use visit::{AtEnd, visit, visit_to};

/// No document nests deeper, so a longer path finds nothing.
const MAX_PARTS: usize = 100;

/// A dotted path whose parts are plain field names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    text: String,
    parts: Vec<String>,
}

impl Path {
    /// Refuses what MongoDB refuses or gives a meaning of its own: empty parts, NUL, parts that start with `$`.
    pub(crate) fn parse(text: &str, place: &str) -> Result<Self, Error> {
        let parts: Vec<String> = text.split('.').map(str::to_owned).collect();
        if parts.len() > MAX_PARTS {
            return Err(Error::QueryTooLarge {
                what: "parts in a path",
                limit: MAX_PARTS,
            });
        }
        if let Some(part) = parts.iter().find(|part| part.starts_with('$')) {
            return Err(Error::Unsupported {
                operator: part.clone(),
                path: text.to_owned(),
            });
        }
        if parts
            .iter()
            .any(|part| part.is_empty() || part.contains('\0'))
        {
            return Err(Error::InvalidQuery {
                operator: place.to_owned(),
                path: text.to_owned(),
                reason: "a path has no empty part and no NUL".to_owned(),
            });
        }
        Ok(Self {
            text: text.to_owned(),
            parts,
        })
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Whether a part could be meant as a position in an array.
    pub(crate) fn has_position(&self) -> bool {
        self.parts.iter().any(|part| is_position(part))
    }
}

fn is_position(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_digit())
}
