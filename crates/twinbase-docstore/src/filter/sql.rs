//! From the tree to a SQL condition. A leaf on an indexed path becomes a comparison of the indexed key, which the planner
//! can search by; every other leaf becomes a call of the predicate function. Values and documents are bound, never written.

use bson::{Bson, RawBson};

use super::{Comparison, Filter, Leaf, Test};
use crate::Error;
use crate::catalog::Collection;
use crate::sql::{Params, key_expression};
use crate::value::{Rank, is_nan, key_of};

/// The condition for a filter. `base` is the collection when its table is read directly, so that its indexes apply.
pub(crate) fn to_sql(
    filter: &Filter,
    base: Option<&Collection>,
    params: &mut Params,
) -> Result<String, Error> {
    match filter {
        Filter::And(all) => joined(all, " and ", "1", base, params),
        Filter::Or(any) => joined(any, " or ", "0", base, params),
        Filter::Not(inner) => Ok(format!("(not {})", to_sql(inner, base, params)?)),
        Filter::Leaf(leaf) => self::leaf(leaf, base, params),
        Filter::Expression(condition) => Ok(format!(
            "doc_holds(doc, {})",
            params.bind(condition.clone())
        )),
    }
}

fn joined(
    filters: &[Filter],
    by: &str,
    empty: &str,
    base: Option<&Collection>,
    params: &mut Params,
) -> Result<String, Error> {
    let terms: Vec<String> = filters
        .iter()
        .map(|f| to_sql(f, base, params))
        .collect::<Result<_, _>>()?;
    Ok(balanced(&terms, by).unwrap_or_else(|| empty.to_owned()))
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

fn leaf(leaf: &Leaf, base: Option<&Collection>, params: &mut Params) -> Result<String, Error> {
    if let Some(collection) = base {
        if leaf.path.text() == "_id"
            && let Some(condition) = on_id(&leaf.test, params)
        {
            return Ok(condition);
        }
        if collection.indexes_single_values(&leaf.path)
            && let Some(condition) = on_key(leaf, params)?
        {
            return Ok(condition);
        }
    }
    let predicate = leaf
        .to_document()
        .to_vec()
        .map_err(|_| Error::InvalidQuery {
            operator: "a filter".to_owned(),
            path: leaf.path.text().to_owned(),
            reason: "the value cannot be written as BSON".to_owned(),
        })?;
    Ok(format!("doc_matches(doc, {})", params.bind(predicate)))
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

fn operator(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

/// Without arrays on the path a document has one key, and the tests of a value are tests of that key.
fn on_key(leaf: &Leaf, params: &mut Params) -> Result<Option<String>, Error> {
    let expression = key_expression(&leaf.path);
    Ok(match &leaf.test {
        Test::Equal(value) => Some(format!("{expression} = {}", params.bind(key(leaf, value)?))),
        Test::In(values)
            if !values
                .iter()
                .any(|v| matches!(v, Bson::RegularExpression(_))) =>
        {
            let keys: Vec<Vec<u8>> = values
                .iter()
                .map(|value| key(leaf, value))
                .collect::<Result<_, _>>()?;
            let places: Vec<String> = keys.into_iter().map(|key| params.bind(key)).collect();
            Some(format!("{expression} in ({})", places.join(", ")))
        }
        Test::Compare(comparison, value) => {
            Some(range(leaf, *comparison, value, &expression, params)?)
        }
        Test::In(_)
        | Test::Exists
        | Test::Regex(_)
        | Test::Size(_)
        | Test::Modulo { .. }
        | Test::Type(_)
        | Test::Element(_) => None,
    })
}

/// A comparison holds within one type: from the rank of the type to the next, and above NaN, which is the lowest number.
fn range(
    leaf: &Leaf,
    comparison: Comparison,
    value: &Bson,
    expression: &str,
    params: &mut Params,
) -> Result<String, Error> {
    let key = key(leaf, value)?;
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
            let nan = self::key(leaf, &Bson::Double(f64::NAN))?;
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

fn key(leaf: &Leaf, value: &Bson) -> Result<Vec<u8>, Error> {
    key_of(raw(leaf, value)?.as_raw_bson_ref()).map_err(|source| Error::Decode {
        operation: "reading a filter",
        source,
    })
}
