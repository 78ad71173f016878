//! The way to the documents of a query: from which table or tables they come, under which conditions and in which order.
//!
//! SQLite chooses between its own indexes, which are on the documents. What it cannot know is decided here: when a sparse or
//! partial index holds all that is asked for, how a table of entries is searched and walked, and how a list is merged.

mod chosen;
mod implied;
mod merged;
mod usable;
mod walked;

pub(crate) use chosen::Chosen;
pub(crate) use usable::Usable;

use self::usable::leads_to;
use crate::Error;
use crate::catalog::Collection;
use crate::filter::{Filter, Keys, conjuncts, search, terms};
use crate::path::Path;
use crate::sort::{Key, OrderBy, order_by};
use crate::sql::{Params, table};

/// The parts of a select statement whose source has a column `doc`.
#[derive(Debug)]
pub(crate) struct Access {
    pub(crate) source: String,
    pub(crate) conditions: Vec<String>,
    pub(crate) order: Vec<OrderBy>,
    /// Whether an index has the order, small groups and the merge of lists apart.
    pub(crate) gives_order: bool,
}

impl Access {
    /// The way to the documents that all of the filters find. `cut` is how many of them are wanted at most, in the order of the sort.
    pub(crate) fn new(
        collection: &Collection,
        filters: &[&Filter],
        sort: &[Key],
        cut: Option<u64>,
        params: &mut Params,
    ) -> Result<Self, Error> {
        let conjuncts = conjuncts(filters);
        let usable = Usable::new(collection, &conjuncts, params.order());
        if !sort.is_empty() {
            if let Some(cut) = cut
                && let Some(access) =
                    merged::merged(collection, &usable, &conjuncts, sort, cut, params)?
            {
                return Ok(access);
            }
            let is_cut = cut.is_some() && !is_searched(&usable, &conjuncts);
            if let Some(access) =
                walked::walked(collection, &usable, &conjuncts, sort, is_cut, params)?
            {
                return Ok(access);
            }
        }
        // SQLite's own indexes, that of the ids among them.
        let leads = |path: &Path| {
            let mut plain = usable.indexes.iter().filter(|index| !index.has_entries());
            usable.has_ids(path)
                || plain.any(|index| leads_to(index, path, &conjuncts, None).is_some())
        };
        let gives_order = sort.first().is_none_or(|(path, _)| leads(path));
        let mut conditions = terms(&conjuncts, Some(collection), params)?;
        if !leaves_tombstones_out(&usable, &conjuncts) {
            conditions.insert(0, "deleted = 0".to_owned());
        }
        Ok(Self {
            source: table(collection.id),
            conditions,
            order: order_by(sort, Some(&usable), params)?,
            gives_order,
        })
    }

    /// What comes after the source: the conditions and the order.
    pub(crate) fn behind_source(&self) -> String {
        let mut sql = String::new();
        if !self.conditions.is_empty() {
            sql.extend([" where ", &self.conditions.join(" and ")]);
        }
        if !self.order.is_empty() {
            let order: Vec<String> = self.order.iter().map(OrderBy::sql).collect();
            sql.extend([" order by ", &order.join(", ")]);
        }
        sql
    }
}

/// The expressions of an order as columns `o0`, `o1` and so on, each after a comma.
pub(crate) fn columns_of_order(order: &[OrderBy]) -> String {
    let mut columns = String::new();
    for (at, by) in order.iter().enumerate() {
        columns.extend([", ", &by.expression, " as o", &at.to_string()]);
    }
    columns
}

/// Whether the terms find no tombstone as they are: it has no document, and no comparison of what it has not is true. So a count
/// needs nothing but the index that it is searched by.
fn leaves_tombstones_out(usable: &Usable<'_>, conjuncts: &[&Filter]) -> bool {
    let chosen = Chosen::new(usable, conjuncts);
    let is_covered = |filter: &Filter| chosen.as_ref().is_some_and(|chosen| chosen.covers(filter));
    conjuncts.iter().any(|conjunct| {
        let path = conjunct.path();
        path.is_some_and(|path| path.text() != "_id") && !is_covered(conjunct)
    })
}

/// Whether an index finds the documents by what the filters ask.
fn is_searched(usable: &Usable<'_>, conjuncts: &[&Filter]) -> bool {
    let by_leaf = |conjunct: &&Filter| match conjunct {
        Filter::Leaf(leaf) => {
            let is_indexed = usable.has_ids(&leaf.path) || usable.is_searched(&leaf.path);
            is_indexed && search(leaf, Keys::Single).is_some()
        }
        _ => false,
    };
    conjuncts.iter().any(by_leaf) || Chosen::new(usable, conjuncts).is_some()
}
