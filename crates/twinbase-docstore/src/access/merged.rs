//! Alternatives, a sort and a limit: for each alternative the first documents in the order that an index gives, and the first of all
//! of these. The alternatives are the values of an `$in`, or the terms of an `$or`: a page that goes on from a place in a list is one.

use std::collections::BTreeSet;

use bson::{Bson, RawBson};

use super::usable::{Lead, leads_to};
use super::{Access, Usable, columns_of_order};
use crate::Error;
use crate::catalog::{Collection, Index};
use crate::filter::{Filter, Keys, Leaf, Search, Test, search};
use crate::path::Path;
use crate::sort::{Key, order_by};
use crate::sql::{self, Params};
use crate::value::{Order, key_of};

/// More values than this are not searched one by one: SQLite joins 500 statements at most.
const MAX_VALUES: usize = 100;
/// More documents than this are not gathered to be sorted again.
const MAX_DOCUMENTS: u64 = 20_000;

/// The ways to find what one conjunct asks for.
struct Alternatives {
    /// The place of the conjunct.
    at: usize,
    /// What each of them asks instead of it. No document matches two of them.
    each: Vec<Vec<Filter>>,
}

/// The merge, if the query has alternatives and an index gives the order of each.
pub(super) fn merged(
    collection: &Collection,
    usable: &Usable<'_>,
    conjuncts: &[&Filter],
    sort: &[Key],
    cut: u64,
    params: &mut Params,
) -> Result<Option<Access>, Error> {
    let found = of_list(usable, conjuncts, sort, params.order())
        .or_else(|| of_terms(usable, conjuncts, sort))
        .filter(|found| found.each.len() as u64 * cut <= MAX_DOCUMENTS);
    let Some(Alternatives { at, each }) = found else {
        return Ok(None);
    };
    let (mut selects, mut order) = (Vec::new(), Vec::new());
    for alternative in &each {
        let filters = instead(conjuncts, at, alternative);
        // What is the same in all that an alternative finds is no part of its order: SQLite does not see that by itself.
        let differs = |(path, _): &&Key| !is_known(usable, &filters, path);
        let own: Vec<Key> = sort.iter().filter(differs).cloned().collect();
        let access = Access::new(collection, &filters, &own, None, params)?;
        order = order_by(sort, Some(usable), params)?;
        let columns = columns_of_order(&order);
        for (at, by) in order.iter_mut().enumerate() {
            by.expression = format!("o{at}");
        }
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

/// Whether all documents that the filters find have the same key for a path.
fn is_known(usable: &Usable<'_>, filters: &[&Filter], path: &Path) -> bool {
    usable.has_single_values(path)
        && filters.iter().any(|filter| {
            matches!(filter, Filter::Leaf(Leaf { path: own, test: Test::Equal(_) }) if own == path)
        })
}

fn instead<'f>(conjuncts: &[&'f Filter], at: usize, alternative: &'f [Filter]) -> Vec<&'f Filter> {
    let mut filters = conjuncts.to_vec();
    filters.remove(at);
    filters.extend(alternative);
    filters
}

/// The values of an `$in`, if an index gives the order of each.
fn of_list(
    usable: &Usable<'_>,
    conjuncts: &[&Filter],
    sort: &[Key],
    order: &Order,
) -> Option<Alternatives> {
    conjuncts.iter().enumerate().find_map(|(at, conjunct)| {
        let (leaf, values) = list(conjunct, order)?;
        let mut indexes = usable.indexes.iter();
        let serves = |index: &&Index| {
            leads_to(index, &sort[0].0, conjuncts, Some(leaf)) == Some(Lead::WithList)
        };
        let one = |value| {
            let path = leaf.path.clone();
            let test = Test::Equal(value);
            vec![Filter::Leaf(Leaf { path, test })]
        };
        indexes.any(serves).then(|| Alternatives {
            at,
            each: values.into_iter().map(one).collect(),
        })
    })
}

/// The terms of an `$or` of which each excludes the others, if for each an index begins at its first document: a walk that passes over
/// others could go through all of them for a term that finds few, which one walk for all of the terms never does.
fn of_terms(usable: &Usable<'_>, conjuncts: &[&Filter], sort: &[Key]) -> Option<Alternatives> {
    conjuncts.iter().enumerate().find_map(|(at, conjunct)| {
        let Filter::Or(terms) = conjunct else {
            return None;
        };
        let each = terms.iter().map(|term| {
            let all = super::conjuncts(&[term]);
            let filters = conjuncts.iter().copied().enumerate();
            let filters = filters.filter(|(place, _)| *place != at);
            let filters: Vec<_> = filters.map(|(_, one)| one).chain(all.clone()).collect();
            let mut indexes = usable.indexes.iter();
            let is_led = indexes.any(|index| begins_at(index, &filters, sort));
            is_led.then(|| all.into_iter().cloned().collect())
        });
        let each: Vec<Vec<Filter>> = each.collect::<Option<_>>()?;
        let fits = (2..=MAX_VALUES).contains(&each.len());
        let mut pairs = each.iter().enumerate();
        let are_apart = pairs.all(|(i, one)| each[..i].iter().all(|other| exclude(one, other)));
        (fits && are_apart).then_some(Alternatives { at, each })
    })
}

/// Whether it is plain to see that a document with one value for each path does not match both: one asks for a value, and the other for
/// what is above or below that.
fn exclude(one: &[Filter], other: &[Filter]) -> bool {
    let excludes = |a: &Filter, b: &Filter| match (a, b) {
        (Filter::Leaf(a), Filter::Leaf(b)) if a.path == b.path => match (&a.test, &b.test) {
            (Test::Equal(value), Test::Compare(comparison, bound)) => {
                value == bound && !comparison.includes_equal()
            }
            _ => false,
        },
        _ => false,
    };
    one.iter().any(|a| {
        let mut others = other.iter();
        others.any(|b| excludes(a, b) || excludes(b, a))
    })
}

/// Whether an index of one key for each document has the sort, and everything that is asked is where its walk begins and ends: its first
/// keys are known, and the rest is about the key after them.
fn begins_at(index: &Index, conjuncts: &[&Filter], sort: &[Key]) -> bool {
    let keys = &index.definition.keys;
    let leaves = conjuncts.iter().map(|conjunct| match conjunct {
        Filter::Leaf(leaf) => match search(leaf, Keys::Single)?.0 {
            Search::List => None,
            search => Some((leaf, search)),
        },
        _ => None,
    });
    let Some(leaves) = leaves.collect::<Option<Vec<_>>>() else {
        return false;
    };
    let is_known = |path: &Path| {
        let mut of_path = leaves.iter().filter(|(leaf, _)| leaf.path == *path);
        of_path.any(|(_, search)| *search == Search::One)
    };
    let known = keys.iter().take_while(|(path, _)| is_known(path)).count();
    let bounded = &keys[..keys.len().min(known + 1)];
    let is_bound = |(leaf, _): &(&Leaf, Search)| bounded.iter().any(|(path, _)| *path == leaf.path);
    let is_sorted = (0..=known).any(|first| {
        let own = keys.get(first..).unwrap_or_default();
        let turned = |(own, sort): (&Key, &Key)| (own.0 == sort.0).then_some(own.1 != sort.1);
        let mut turns = own.iter().zip(sort).map(turned);
        let one = turns.next().flatten();
        own.len() >= sort.len() && one.is_some() && turns.all(|turn| turn == one)
    });
    !index.has_entries() && is_sorted && leaves.iter().all(is_bound)
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
