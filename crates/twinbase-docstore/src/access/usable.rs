//! The indexes that a query may use: those that hold every document that it finds.

use bson::Bson;
use bson::error::Error;

use super::implied::implied;
use crate::catalog::{Collection, Index};
use crate::filter::{Filter, Keys, Leaf, Test};
use crate::path::Path;
use crate::sql;
use crate::value::Order;

/// The indexes of a collection that a conjunction of filters may use.
#[derive(Debug)]
pub(crate) struct Usable<'c> {
    pub(super) collection: i64,
    pub(super) indexes: Vec<&'c Index>,
    /// Whether strings are compared by their bytes, as ids are stored.
    is_simple: bool,
}

impl<'c> Usable<'c> {
    pub(crate) fn new(collection: &'c Collection, conjuncts: &[&Filter], order: &Order) -> Self {
        let holds_all = |index: &&Index| {
            let condition = index.definition.condition.as_ref();
            index.definition.text.is_none()
                && index.definition.order == *order
                && condition.is_none_or(|condition| implied(condition, conjuncts, order))
        };
        let indexes = collection.indexes.iter().filter(holds_all);
        let by_ids = order.is_simple() && conjuncts.iter().any(|conjunct| names_ids(conjunct));
        Self {
            collection: collection.id,
            indexes: indexes.filter(|_| !by_ids).collect(),
            is_simple: order.is_simple(),
        }
    }

    /// Whether this is the path of the ids, and they are in the order of the query.
    pub(crate) fn has_ids(&self, path: &Path) -> bool {
        self.is_simple && path.text() == "_id"
    }

    /// Whether every document has one key for this path, as far as the query can find it.
    pub(crate) fn has_single_values(&self, path: &Path) -> bool {
        let mut indexes = self.indexes.iter();
        indexes.any(|index| index.has_single_values(path))
    }

    /// Whether SQLite has an index on the documents with this path.
    pub(crate) fn is_searched(&self, path: &Path) -> bool {
        let mut plain = self.indexes.iter().filter(|index| !index.has_entries());
        plain.any(|index| index.has_single_values(path))
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &'c Index> {
        self.indexes
            .iter()
            .copied()
            .filter(|index| index.has_entries())
    }

    /// What lets SQLite use its sparse and partial indexes. The filter implies it, so it changes no answer.
    pub(crate) fn memberships(&self) -> Result<Vec<String>, Error> {
        let plain = self.indexes.iter().filter(|index| !index.has_entries());
        plain
            .filter_map(|index| sql::in_index(&index.definition).transpose())
            .collect()
    }
}

/// Up to so many documents are fetched one by one by their ids.
const MOST_IDS: usize = 1_000;

/// Whether a filter names the few documents that are left: then no other index is used. SQLite has no statistics, and would rather
/// walk through half of an index by a range of it.
fn names_ids(filter: &Filter) -> bool {
    let is_id = |value: &Bson| matches!(value, Bson::String(_));
    match filter {
        Filter::Leaf(leaf) if leaf.path.text() == "_id" => match &leaf.test {
            Test::Equal(id) => is_id(id),
            Test::In(ids) => ids.len() <= MOST_IDS && ids.iter().all(is_id),
            _ => false,
        },
        _ => false,
    }
}

/// Which keys a table of entries has for one of its paths.
pub(super) fn keys_at(index: &Index, position: usize) -> Keys {
    match (index.is_multikey(position), index.definition.sparse) {
        (false, _) => Keys::Single,
        (true, false) => Keys::Elements,
        (true, true) => Keys::Present,
    }
}

/// How the keys before the one that is sorted by are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lead {
    ByEquality,
    /// One of them by the list.
    WithList,
}

/// Whether the keys of an index up to the path that is sorted by are known, and how. A document must have one value for the key
/// of a list: with several it would be found several times.
pub(super) fn leads_to(
    index: &Index,
    sorted: &Path,
    conjuncts: &[&Filter],
    list: Option<&Leaf>,
) -> Option<Lead> {
    let is_known = |path: &Path| {
        conjuncts.iter().any(|conjunct| {
            matches!(conjunct, Filter::Leaf(leaf) if leaf.path == *path && matches!(leaf.test, Test::Equal(_)))
        })
    };
    let mut lead = Lead::ByEquality;
    for (path, _) in &index.definition.keys {
        if list.is_some_and(|list| list.path == *path) && index.has_single_values(path) {
            lead = Lead::WithList;
        } else if path == sorted {
            return Some(lead);
        } else if !is_known(path) {
            return None;
        }
    }
    (index.has_entries() && sorted.text() == "_id" && index.definition.order.is_simple())
        .then_some(lead)
}
