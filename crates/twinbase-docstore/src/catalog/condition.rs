//! Which documents are in a sparse or partial index: a filter that is asked of each document that is written.

use bson::Bson;

use crate::Error;
use crate::filter::{Filter, Test};

/// Refuses what MongoDB refuses in a partial index: it takes equality, `$in`, comparisons, `$exists: true`,
/// `$type`, `$and` and `$or`.
pub(super) fn check(filter: &Filter) -> Result<(), Error> {
    let refuse = |operator: &str, path: &str| {
        Err(Error::InvalidQuery {
            operator: operator.to_owned(),
            path: path.to_owned(),
            reason: "is not possible in the filter of a partial index".to_owned(),
        })
    };
    match filter {
        Filter::And(filters) | Filter::Or(filters) => filters.iter().try_for_each(check),
        Filter::Leaf(leaf) => {
            let is_pattern = |value: &Bson| matches!(value, Bson::RegularExpression(_));
            match &leaf.test {
                Test::Equal(_) | Test::Compare(..) | Test::Exists | Test::Type(_) => Ok(()),
                Test::In(values) if !values.iter().any(is_pattern) => Ok(()),
                _ => refuse("this operator", leaf.path.text()),
            }
        }
        _ => refuse("a negation or an expression", ""),
    }
}
