//! The test of a leaf as a condition on a key: what an index can be searched by.

use bson::{Bson, RawBson};

use super::{Comparison, Leaf, Test};
use crate::Error;
use crate::sql::Params;
use crate::value::{Order, Rank, is_nan, key_of};

/// What a leaf asks of a key. The order says how few documents it leaves, and so which of several to search by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Search {
    Range,
    List,
    One,
}

/// Which keys a document has for a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keys {
    /// One.
    Single,
    /// One for each element of an array.
    Elements,
    /// The same, and none where the path is missing.
    Present,
}

/// How a leaf searches keys, `None` where they do not help; and whether that is all that it asks, or the documents that are found
/// must be asked too.
pub(crate) fn search(leaf: &Leaf, keys: Keys) -> Option<(Search, bool)> {
    let is_pattern = |value: &Bson| matches!(value, Bson::RegularExpression(_));
    let (search, values) = match &leaf.test {
        Test::Equal(value) => (Search::One, std::slice::from_ref(value)),
        Test::In(values) if !values.iter().any(is_pattern) => (Search::List, values.as_slice()),
        // Arrays are compared whole, and elements are no help for that.
        Test::Compare(_, value) if !matches!(value, Bson::Array(_)) => {
            (Search::Range, std::slice::from_ref(value))
        }
        _ => return None,
    };
    if keys == Keys::Single {
        return Some((search, true));
    }
    let has_null = values.contains(&Bson::Null);
    if keys == Keys::Present && has_null {
        return None;
    }
    let has_array = values.iter().any(|value| matches!(value, Bson::Array(_)));
    // A place without a value inside of an array has the key of null, and not every such place is equal to null.
    Some((search, !has_null && !has_array))
}

/// The condition of a leaf that searches.
pub(crate) fn on_key(
    leaf: &Leaf,
    keys: Keys,
    expression: &str,
    params: &mut Params,
) -> Result<Option<String>, Error> {
    if search(leaf, keys).is_none() {
        return Ok(None);
    }
    let values = match &leaf.test {
        Test::Compare(comparison, value) => {
            return range(leaf, *comparison, value, expression, params).map(Some);
        }
        Test::Equal(value) => std::slice::from_ref(value),
        Test::In(values) => values.as_slice(),
        _ => return Ok(None),
    };
    let mut places = Vec::with_capacity(values.len());
    for value in values {
        let own = key(leaf, value, params.order())?;
        places.push(params.bind(own));
        if let (Bson::Array(elements), Keys::Elements | Keys::Present) = (value, keys) {
            // A whole array is found by its first element.
            let first = elements
                .first()
                .map(|first| key(leaf, first, params.order()))
                .transpose()?;
            places.push(params.bind(first.unwrap_or_else(|| vec![Rank::UNDEFINED])));
        }
    }
    Ok(Some(match places.as_slice() {
        [one] => format!("{expression} = {one}"),
        several => format!("{expression} in ({})", several.join(", ")),
    }))
}

/// A comparison holds within one type: from the rank of the type to the next, and above NaN, which is the lowest number.
fn range(
    leaf: &Leaf,
    comparison: Comparison,
    value: &Bson,
    expression: &str,
    params: &mut Params,
) -> Result<String, Error> {
    let key = key(leaf, value, params.order())?;
    let rank = key.first().copied().unwrap_or_default();
    if raw(leaf, value).is_ok_and(|value| is_nan(value.as_raw_bson_ref())) {
        return Ok(if comparison.includes_equal() {
            format!("{expression} = {}", params.bind(key))
        } else {
            "0".to_owned()
        });
    }
    let key = params.bind(key);
    let operator = operator(comparison);
    Ok(match comparison {
        Comparison::Greater | Comparison::GreaterOrEqual => {
            format!(
                "({expression} {operator} {key} and {expression} < {})",
                params.bind(vec![rank + 1])
            )
        }
        Comparison::Less | Comparison::LessOrEqual if rank == Rank::NUMBER => {
            let nan = self::key(leaf, &Bson::Double(f64::NAN), params.order())?;
            format!(
                "({expression} > {} and {expression} {operator} {key})",
                params.bind(nan)
            )
        }
        Comparison::Less | Comparison::LessOrEqual => {
            format!(
                "({expression} >= {} and {expression} {operator} {key})",
                params.bind(vec![rank])
            )
        }
    })
}

fn raw(leaf: &Leaf, value: &Bson) -> Result<RawBson, Error> {
    RawBson::try_from(value.clone()).map_err(|_| Error::InvalidQuery {
        operator: "a filter".to_owned(),
        path: leaf.path.text().to_owned(),
        reason: "the value cannot be written as BSON".to_owned(),
    })
}

fn key(leaf: &Leaf, value: &Bson, order: &Order) -> Result<Vec<u8>, Error> {
    key_of(raw(leaf, value)?.as_raw_bson_ref(), order).map_err(|source| Error::Decode {
        operation: "reading a filter",
        source,
    })
}

pub(super) fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}
