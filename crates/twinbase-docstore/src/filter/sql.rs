//! From the tree to a SQL condition. A leaf on an indexed path becomes a comparison of the indexed key, which the planner
//! can search by; every other leaf becomes a call of the predicate function. Values and documents are bound, never written.

use bson::Bson;

use super::bounds::{is_range, on_keys, operator};
use super::{Filter, Keys, Leaf, Test, on_key};
use crate::Error;
use crate::access::{Chosen, Usable};
use crate::catalog::Collection;
use crate::sql::{Params, call_bound, key_expression};

/// What must hold together.
pub(crate) fn conjuncts<'f>(filters: &[&'f Filter]) -> Vec<&'f Filter> {
    let mut all = Vec::with_capacity(filters.len());
    for filter in filters {
        match filter {
            Filter::And(inner) => all.extend(conjuncts(&inner.iter().collect::<Vec<_>>())),
            other => all.push(*other),
        }
    }
    all
}

/// The conditions for what must hold together. `base` is the collection when its table is read directly, so that its indexes
/// apply.
pub(crate) fn terms(
    conjuncts: &[&Filter],
    base: Option<&Collection>,
    params: &mut Params,
) -> Result<Vec<String>, Error> {
    let Some(collection) = base else {
        let alone = |filter: &&Filter| term(filter, None, None, params);
        return conjuncts.iter().map(alone).collect();
    };
    let usable = Usable::new(collection, conjuncts, params.order());
    let chosen = Chosen::new(&usable, conjuncts);
    let mut terms = Vec::with_capacity(conjuncts.len());
    if let Some(chosen) = &chosen {
        terms.push(chosen.to_sql(params)?);
    }
    for filter in conjuncts {
        if chosen.as_ref().is_some_and(|chosen| chosen.covers(filter)) {
            continue;
        }
        let ranges = ranges(filter, conjuncts, &usable);
        match ranges[..] {
            [first, _, ..] if filter.is(first) => {
                let expression = key_expression(&first.path, params.order());
                terms.push(on_keys(&ranges, &expression, params)?);
            }
            // Said with the first of them.
            [_, _, ..] => {}
            _ => terms.push(term(filter, Some(&usable), Some(collection), params)?),
        }
    }
    // Last: where another index is used, they are asked of the fewest documents.
    terms.extend(usable.memberships().map_err(|source| Error::Decode {
        operation: "reading an index",
        source,
    })?);
    Ok(terms)
}

/// All comparisons with the path of this one, where an index of SQLite's has one key for it.
fn ranges<'f>(filter: &Filter, conjuncts: &[&'f Filter], usable: &Usable<'_>) -> Vec<&'f Leaf> {
    let searched = |leaf: &Leaf| !usable.has_ids(&leaf.path) && usable.is_searched(&leaf.path);
    let path = match filter {
        Filter::Leaf(leaf) if is_range(leaf) && searched(leaf) => &leaf.path,
        _ => return Vec::new(),
    };
    let same = conjuncts.iter().filter_map(|other| match other {
        Filter::Leaf(leaf) if leaf.path == *path && is_range(leaf) => Some(leaf),
        _ => None,
    });
    same.collect()
}

/// One of several conditions; `usable` are the indexes that serve them all.
pub(crate) fn term(
    filter: &Filter,
    usable: Option<&Usable<'_>>,
    base: Option<&Collection>,
    params: &mut Params,
) -> Result<String, Error> {
    match filter {
        // One call of a filter that is compiled once, instead of one for each of its leaves.
        Filter::Or(_) | Filter::Not(_) if !touches(filter, base) => asked(filter, params),
        Filter::And(_) => whole(filter, base, params),
        Filter::Or(any) => {
            let terms: Vec<String> = any
                .iter()
                .map(|filter| whole(filter, base, params))
                .collect::<Result<_, _>>()?;
            Ok(joined(&terms, " or ", "0"))
        }
        Filter::Leaf(leaf) => self::leaf(filter, leaf, usable, params),
        Filter::Not(_) | Filter::Expression(_) => asked(filter, params),
        Filter::Text(_) => Err(super::parse::misplaced_text()),
    }
}

/// Whether an index has a key on the path of a leaf.
fn touches(filter: &Filter, base: Option<&Collection>) -> bool {
    let Some(collection) = base else {
        return false;
    };
    match filter {
        Filter::And(inner) | Filter::Or(inner) => inner.iter().any(|f| touches(f, base)),
        // No index finds what does not match.
        Filter::Not(_) | Filter::Expression(_) | Filter::Text(_) => false,
        Filter::Leaf(leaf) => {
            let keys = collection.indexes.iter().flat_map(|i| &i.definition.keys);
            leaf.path.text() == "_id" || keys.into_iter().any(|(path, _)| *path == leaf.path)
        }
    }
}

fn asked(filter: &Filter, params: &mut Params) -> Result<String, Error> {
    let bytes = filter.to_bytes().map_err(|_| Error::InvalidQuery {
        operator: "a filter".to_owned(),
        path: String::new(),
        reason: "the value cannot be written as BSON".to_owned(),
    })?;
    Ok(call_bound("doc_matches", bytes, params))
}

fn whole(filter: &Filter, base: Option<&Collection>, params: &mut Params) -> Result<String, Error> {
    let terms = terms(&conjuncts(&[filter]), base, params)?;
    Ok(joined(&terms, " and ", "1"))
}

fn joined(terms: &[String], by: &str, empty: &str) -> String {
    balanced(terms, by).unwrap_or_else(|| empty.to_owned())
}

/// SQLite bounds the depth of an expression, and a chain of operators is as deep as it is long: so it is bracketed as a tree.
/// The planner sees through the brackets, and still finds an index for each term of an `or`.
fn balanced(terms: &[String], by: &str) -> Option<String> {
    match terms {
        [] => None,
        [one] => Some(one.clone()),
        many => {
            let (left, right) = many.split_at(many.len() / 2);
            Some(format!(
                "({}{by}{})",
                balanced(left, by)?,
                balanced(right, by)?
            ))
        }
    }
}

fn leaf(
    filter: &Filter,
    leaf: &Leaf,
    usable: Option<&Usable<'_>>,
    params: &mut Params,
) -> Result<String, Error> {
    if let Some(usable) = usable {
        if usable.has_ids(&leaf.path)
            && let Some(condition) = on_id(&leaf.test, params)
        {
            return Ok(condition);
        }
        let expression = key_expression(&leaf.path, params.order());
        if usable.is_searched(&leaf.path)
            && let Some(condition) = on_key(leaf, Keys::Single, &expression, params)?
        {
            return Ok(condition);
        }
    }
    asked(filter, params)
}

/// The `_id` is a string and a column, in the same order.
fn on_id(test: &Test, params: &mut Params) -> Option<String> {
    match test {
        Test::Equal(Bson::String(id)) => Some(format!("_id = {}", params.bind(id.clone()))),
        Test::In(values) => {
            let ids: Vec<&str> = values.iter().map(Bson::as_str).collect::<Option<_>>()?;
            let places: Vec<String> = ids
                .into_iter()
                .map(|id| params.bind(id.to_owned()))
                .collect();
            Some(format!("_id in ({})", places.join(", ")))
        }
        Test::Compare(comparison, Bson::String(id)) => Some(format!(
            "_id {} {}",
            operator(*comparison),
            params.bind(id.clone())
        )),
        _ => None,
    }
}
