//! From a search to the parts of a statement: the rows of the FTS5 table that match, joined with their documents.

use std::fmt::Write as _;

use super::search::Terms;
use super::table::columns;
use super::{Definition, Phrases, Rank};
use crate::Error;
use crate::access::Access;
use crate::catalog::Collection;
use crate::filter::{Filter, terms};
use crate::pipeline::Columns;
use crate::request::Direction;
use crate::sort::{Key, OrderBy, order_by};
use crate::sql::{self, Params, table};

/// The way to the documents that a search, one of the conjuncts, finds, with their scores in the column `score`.
pub(crate) fn found(
    collection: &Collection,
    conjuncts: &[&Filter],
    columns: Columns,
    order: &[Rank],
    cut: Option<u64>,
    params: &mut Params,
) -> Result<Access, Error> {
    let mut searches = conjuncts.iter().filter_map(|filter| match filter {
        Filter::Text(search) => Some(search),
        _ => None,
    });
    let (Some(search), Some((index, definition))) = (searches.next(), collection.text()) else {
        return Err(Error::NoTextIndex);
    };
    let asked = search.terms(definition);
    let rest: Vec<&Filter> = conjuncts
        .iter()
        .copied()
        .filter(|filter| !matches!(filter, Filter::Text(_)))
        .collect();
    let mut conditions = terms(&rest, None, params)?;
    conditions.retain(|condition| condition != "1");
    if !asked.phrases.is_empty() || !asked.no_phrases.is_empty() {
        let phrases = Phrases::to_document(definition, &asked.phrases, &asked.no_phrases);
        let bound = phrases.to_vec().map_err(|source| Error::Decode {
            operation: "writing a search",
            source,
        })?;
        conditions.push(format!("doc_says(doc, {})", params.bind(bound)));
    }
    let name = sql::index(collection.id, index);
    let mut rows = format!(
        "select rowid as n, -bm25({name}, {}) as score from {name} where ",
        weights(definition)
    );
    match expression(&asked, definition) {
        // Writing to a string cannot fail.
        Some(text) => write!(rows, "{name} match {}", params.bind(text)).unwrap_or_default(),
        // Like MongoDB: a search without a word that it can look for finds nothing.
        None => rows.push('0'),
    }
    // Where only the scores decide, the documents of the others are not read.
    if let (Some(cut), [Rank::Score], true) = (cut, order, conditions.is_empty()) {
        rows.extend([" order by score desc", &sql::cut(Some(cut), 0)]);
    }
    let mut source = format!("({rows}) as found");
    // The index holds nothing but the words of documents that are there, so counting them needs no more than it.
    if columns != Columns::Count || !conditions.is_empty() {
        let table = table(collection.id);
        // Writing to a string cannot fail.
        write!(source, " cross join {table} on {table}.rowid = found.n").unwrap_or_default();
    }
    Ok(Access {
        source,
        conditions,
        order: order_of(order, params)?,
        gives_order: true,
    })
}

/// The columns of whole words weigh as much as those of their stems, and count only where the beginning of a word is asked for.
fn weights(definition: &Definition) -> String {
    let weights = definition
        .fields
        .iter()
        .map(|(_, weight)| weight.to_string());
    let weights: Vec<String> = weights.collect();
    [weights.as_slice(), weights.as_slice()].concat().join(", ")
}

/// In FTS5's language. Words have no quotation mark in them, so each is a string there.
fn expression(asked: &Terms, definition: &Definition) -> Option<String> {
    let stems = columns(definition, &["k"]).join(" ");
    let any_of = |words: &[String]| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        (!words.is_empty()).then(|| format!("{{{stems}}} : ({})", words.join(" OR ")))
    };
    let prefix = asked.prefix.as_ref().map(|prefix| format!("\"{prefix}\"*"));
    let wanted: Vec<String> = any_of(&asked.any).into_iter().chain(prefix).collect();
    if wanted.is_empty() {
        return None;
    }
    let wanted = wanted.join(" OR ");
    Some(match any_of(&asked.none) {
        Some(unwanted) => format!("({wanted}) NOT {unwanted}"),
        None => wanted,
    })
}

/// Paths that stand together are one order, so that what MongoDB refuses of them is refused.
fn order_of(ranks: &[Rank], params: &mut Params) -> Result<Vec<OrderBy>, Error> {
    let mut order = Vec::new();
    let mut keys: Vec<Key> = Vec::new();
    for rank in ranks {
        match rank {
            Rank::Path(key) => keys.push(key.clone()),
            Rank::Score => {
                order.extend(order_by(&std::mem::take(&mut keys), None, params)?);
                order.push(OrderBy {
                    expression: "score".to_owned(),
                    direction: Direction::Descending,
                });
            }
        }
    }
    order.extend(order_by(&keys, None, params)?);
    Ok(order)
}
