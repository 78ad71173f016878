//! The walk of an index over several paths: a document with an array has an entry for each element of it.

use std::collections::BTreeSet;

use bson::error::Error;
use bson::raw::{RawArray, RawBsonRef, RawDocument};

use super::Path;
use super::field::field;
use crate::value::{Order, key_of, key_of_missing};

/// The keys of one entry, one for each path of the index.
pub(crate) type Entry = Vec<Vec<u8>>;

/// What an index holds of one document.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Entries {
    /// Every entry once, in byte order.
    pub(crate) entries: BTreeSet<Entry>,
    /// A bit for each path, by its position, that led through an array.
    pub(crate) arrays: u32,
}

/// Why a document has no entries.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoEntries {
    /// Two paths lead through different arrays. MongoDB refuses this too, because there would be an entry for each pair.
    #[error(
        "the paths {0:?} and {1:?} lead through different arrays, and one index takes only one of them"
    )]
    Parallel(String, String),
    #[error(transparent)]
    Damaged(#[from] Error),
}

/// The entries of a document. `sparse` leaves out those in which every path is missing.
pub(crate) fn entries(
    document: &RawDocument,
    paths: &[&Path],
    sparse: bool,
    order: &Order,
) -> Result<Entries, NoEntries> {
    let mut walk = Walk {
        paths,
        sparse,
        order,
        found: Entries::default(),
    };
    let tails = paths
        .iter()
        .map(|path| Tail::In(document, path.parts()))
        .collect();
    walk.step(tails)?;
    Ok(walk.found)
}

struct Walk<'p> {
    paths: &'p [&'p Path],
    sparse: bool,
    order: &'p Order,
    found: Entries,
}

/// How far the walk of one path has come.
#[derive(Clone, Copy)]
enum Tail<'a> {
    In(&'a RawDocument, &'a [String]),
    Value(RawBsonRef<'a>),
    Missing,
}

/// A thing on a path, and what of the path is behind it.
type On<'a, T> = (T, &'a [String]);

impl Walk<'_> {
    /// Goes on to the next array, which all paths that meet one must share, and takes a step for each of its elements.
    fn step<'a>(&mut self, mut tails: Vec<Tail<'a>>) -> Result<(), NoEntries> {
        let mut turns: Vec<Option<On<'a, &'a RawArray>>> = vec![None; tails.len()];
        for (tail, turn) in tails.iter_mut().zip(&mut turns) {
            if let Tail::In(document, parts) = *tail {
                *tail = Tail::Missing;
                match descend(document, parts)? {
                    Some((RawBsonRef::Array(array), rest)) => *turn = Some((array, rest)),
                    Some((value, [])) => *tail = Tail::Value(value),
                    _ => {}
                }
            }
        }
        let Some(array) = self.shared(&turns)? else {
            return Ok(self.emit(&tails)?);
        };
        let mut elements = array.into_iter();
        let mut element = elements.next().transpose()?;
        loop {
            for (tail, turn) in tails.iter_mut().zip(&turns) {
                if let Some((_, rest)) = turn {
                    *tail = behind(element, rest);
                }
            }
            self.step(tails.clone())?;
            element = elements.next().transpose()?;
            if element.is_none() {
                return Ok(());
            }
        }
    }

    /// The array that the paths go through from here.
    fn shared<'a>(
        &mut self,
        turns: &[Option<On<'a, &'a RawArray>>],
    ) -> Result<Option<&'a RawArray>, NoEntries> {
        let mut shared: Option<(usize, &RawArray)> = None;
        for (at, (array, _)) in turns
            .iter()
            .enumerate()
            .filter_map(|(at, turn)| turn.map(|turn| (at, turn)))
        {
            self.found.arrays |= 1 << at;
            match shared {
                // The same bytes of the document, not equal ones.
                Some((first, other)) if !std::ptr::eq(other.as_bytes(), array.as_bytes()) => {
                    let name = |at: usize| self.paths[at].text().to_owned();
                    return Err(NoEntries::Parallel(name(first), name(at)));
                }
                Some(_) => {}
                None => shared = Some((at, array)),
            }
        }
        Ok(shared.map(|(_, array)| array))
    }

    fn emit(&mut self, tails: &[Tail<'_>]) -> Result<(), Error> {
        if self.sparse && tails.iter().all(|tail| matches!(tail, Tail::Missing)) {
            return Ok(());
        }
        let key = |tail: &Tail<'_>| match tail {
            Tail::Value(value) => key_of(*value, self.order),
            _ => Ok(key_of_missing()),
        };
        self.found
            .entries
            .insert(tails.iter().map(key).collect::<Result<_, _>>()?);
        Ok(())
    }
}

/// Follows a path to its end or to the first array; `None` where it is missing.
fn descend<'a>(
    document: &'a RawDocument,
    parts: &'a [String],
) -> Result<Option<On<'a, RawBsonRef<'a>>>, Error> {
    let mut document = document;
    for (at, part) in parts.iter().enumerate() {
        let rest = &parts[at + 1..];
        match field(document, part)? {
            Some(RawBsonRef::Document(inner)) if !rest.is_empty() => document = inner,
            Some(value @ RawBsonRef::Array(_)) => return Ok(Some((value, rest))),
            Some(value) if rest.is_empty() => return Ok(Some((value, rest))),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// As in a sort: an empty array (which has no element) at the end is below null, and what cannot be entered is missing.
fn behind<'a>(element: Option<RawBsonRef<'a>>, rest: &'a [String]) -> Tail<'a> {
    match element {
        None if rest.is_empty() => Tail::Value(RawBsonRef::Undefined),
        Some(value) if rest.is_empty() => Tail::Value(value),
        Some(RawBsonRef::Document(inner)) => Tail::In(inner, rest),
        _ => Tail::Missing,
    }
}
