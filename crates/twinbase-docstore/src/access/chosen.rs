//! The table of entries that a conjunction is searched by. SQLite chooses between its own indexes and this one.

use super::usable::{Usable, keys_at};
use crate::catalog::Index;
use crate::filter::{Filter, Keys, Leaf, Search, on_key, search};
use crate::sql::Params;
use crate::{Error, sql};

/// A leaf that a table is searched by: by which key, whether the key says it all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bound<'f> {
    pub(super) position: usize,
    pub(super) leaf: &'f Leaf,
    pub(super) search: Search,
    pub(super) is_exact: bool,
}

/// A table and the leaves that it is searched by.
#[derive(Debug)]
pub(crate) struct Chosen<'c, 'f> {
    collection: i64,
    index: &'c Index,
    bounds: Vec<Bound<'f>>,
}

impl<'c, 'f> Chosen<'c, 'f> {
    /// The table whose first keys are asked for most closely, `None` where no first key is.
    pub(crate) fn new(usable: &Usable<'c>, conjuncts: &[&'f Filter]) -> Option<Self> {
        let choices = usable.tables().filter_map(|index| {
            let bounds = choose(index, conjuncts);
            let closeness = closeness(&bounds);
            closeness.first()?;
            Some((closeness, index, bounds))
        });
        let (_, index, bounds) = choices.max_by(|(a, ..), (b, ..)| a.cmp(b))?;
        Some(Self {
            collection: usable.collection,
            index,
            bounds,
        })
    }

    /// Whether nothing is left to ask of this filter.
    pub(crate) fn covers(&self, filter: &Filter) -> bool {
        is_covered(&self.bounds, filter)
    }

    /// The condition on the documents. A set of ids has each of them once, however many entries a document has.
    pub(crate) fn to_sql(&self, params: &mut Params) -> Result<String, Error> {
        Ok(format!(
            "_id in (select id from {} where {})",
            sql::index(self.collection, self.index.id),
            conditions(self.index, &self.bounds, params)?.join(" and ")
        ))
    }
}

/// At most one leaf of all paths with arrays: two could be true of two different elements, which are not one row.
fn choose<'f>(index: &Index, conjuncts: &[&'f Filter]) -> Vec<Bound<'f>> {
    let mut chosen = Vec::new();
    let mut has_elements = false;
    for position in 0..index.definition.keys.len() {
        let mut bounds = bounds_at(index, position, conjuncts);
        if keys_at(index, position) != Keys::Single {
            bounds.sort_by_key(|bound| std::cmp::Reverse(bound.search));
            bounds.truncate(usize::from(!has_elements));
            has_elements |= !bounds.is_empty();
        }
        chosen.extend(bounds);
    }
    chosen
}

/// The leaves that search by one key of a table.
pub(super) fn bounds_at<'f>(
    index: &Index,
    position: usize,
    conjuncts: &[&'f Filter],
) -> Vec<Bound<'f>> {
    let path = &index.definition.keys[position].0;
    let keys = keys_at(index, position);
    let bound = |filter: &&'f Filter| match filter {
        Filter::Leaf(leaf) if leaf.path == *path => {
            let (search, is_exact) = search(leaf, keys)?;
            Some(Bound {
                position,
                leaf,
                search,
                is_exact,
            })
        }
        _ => None,
    };
    conjuncts.iter().filter_map(bound).collect()
}

/// How the keys are searched, from the first on: as far as each key before is known.
fn closeness(bounds: &[Bound<'_>]) -> Vec<Search> {
    let mut closeness = Vec::new();
    for position in 0.. {
        let here = bounds.iter().filter(|bound| bound.position == position);
        let Some(best) = here.map(|bound| bound.search).max() else {
            break;
        };
        closeness.push(best);
        if best == Search::Range {
            break;
        }
    }
    closeness
}

pub(super) fn is_covered(bounds: &[Bound<'_>], filter: &Filter) -> bool {
    let Filter::Leaf(leaf) = filter else {
        return false;
    };
    let mut exact = bounds.iter().filter(|bound| bound.is_exact);
    exact.any(|bound| std::ptr::eq(bound.leaf, leaf))
}

pub(super) fn conditions(
    index: &Index,
    bounds: &[Bound<'_>],
    params: &mut Params,
) -> Result<Vec<String>, Error> {
    let mut conditions = Vec::new();
    for bound in bounds {
        let column = format!("k{}", bound.position);
        let keys = keys_at(index, bound.position);
        conditions.extend(on_key(bound.leaf, keys, &column, params)?);
    }
    Ok(conditions)
}
