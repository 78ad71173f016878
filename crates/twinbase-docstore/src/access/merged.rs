//! `$in`, a sort and a limit: for each value the first documents in the order that an index gives, and the first of all of these.

use std::collections::BTreeSet;

use bson::{Bson, RawBson};

use super::usable::{Lead, leads_to};
use super::{Access, Usable};
use crate::Error;
use crate::catalog::{Collection, Index};
use crate::filter::{Filter, Keys, Leaf, Search, Test, search};
use crate::sort::Key;
use crate::sql::{self, Params};
use crate::value::{Order, key_of};

/// More values than this are not searched one by one: SQLite joins 500 statements at most.
const MAX_VALUES: usize = 100;
/// More documents than this are not gathered to be sorted again.
const MAX_DOCUMENTS: u64 = 20_000;

/// The merge, if the query has a list for which an index gives the order of each value.
pub(super) fn merged(
    collection: &Collection,
    usable: &Usable<'_>,
    conjuncts: &[&Filter],
    sort: &[Key],
    cut: u64,
    params: &mut Params,
) -> Result<Option<Access>, Error> {
    let Some((at, leaf, values)) = conjuncts.iter().enumerate().find_map(|(at, conjunct)| {
        let (leaf, values) = list(conjunct, params.order())?;
        let fits = values.len() as u64 * cut <= MAX_DOCUMENTS;
        let mut indexes = usable.indexes.iter();
        let serves = |index: &&Index| {
            leads_to(index, &sort[0].0, conjuncts, Some(leaf)) == Some(Lead::WithList)
        };
        (fits && indexes.any(serves)).then_some((at, leaf, values))
    }) else {
        return Ok(None);
    };
    let (mut selects, mut order) = (Vec::new(), Vec::new());
    for value in values {
        let one = Filter::Leaf(Leaf {
            path: leaf.path.clone(),
            test: Test::Equal(value),
        });
        let mut filters = conjuncts.to_vec();
        filters[at] = &one;
        let access = Access::new(collection, &filters, sort, None, params)?;
        order.clone_from(&access.order);
        for (at, by) in order.iter_mut().enumerate() {
            by.expression = format!("o{at}");
        }
        let columns = access.columns_of_order();
        selects.push(format!(
            "select * from (select doc{columns} from {}{}{})",
            access.source,
            access.behind_source(),
            sql::cut(Some(cut), 0)
        ));
    }
    Ok(Some(Access {
        source: format!("({})", selects.join(" union all ")),
        conditions: Vec::new(),
        order,
        gives_order: true,
    }))
}

/// The different values of an `$in`.
fn list<'f>(filter: &'f Filter, order: &Order) -> Option<(&'f Leaf, Vec<Bson>)> {
    let Filter::Leaf(leaf @ Leaf { test, .. }) = filter else {
        return None;
    };
    let (Test::In(values), Some((Search::List, true))) = (test, search(leaf, Keys::Single)) else {
        return None;
    };
    if values.len() > MAX_VALUES {
        return None;
    }
    let mut seen = BTreeSet::new();
    let mut different = Vec::new();
    for value in values {
        let raw = RawBson::try_from(value.clone()).ok()?;
        if seen.insert(key_of(raw.as_raw_bson_ref(), order).ok()?) {
            different.push(value.clone());
        }
    }
    (different.len() > 1).then_some((leaf, different))
}
