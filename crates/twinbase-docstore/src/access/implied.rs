//! Whether a query's filter implies the condition of a sparse or partial index: only then every document that the query finds is
//! in the index. Where it is not plain to see, the answer is no.

use bson::{Bson, RawBson, doc};

use crate::filter::{Comparison, Compiled, Filter, Leaf, Test};
use crate::path::Path;
use crate::store::Clock;
use crate::value::{Order, is_nan, key_of};

/// `conjuncts` hold together of each document that the query finds.
pub(super) fn implied(condition: &Filter, conjuncts: &[&Filter], order: &Order) -> bool {
    match condition {
        Filter::And(all) => all.iter().all(|one| implied(one, conjuncts, order)),
        _ if conjuncts.contains(&condition) => true,
        Filter::Or(any) => any.iter().any(|one| implied(one, conjuncts, order)),
        Filter::Leaf(wanted) => conjuncts.iter().any(|conjunct| match conjunct {
            Filter::Leaf(given) => given.path == wanted.path && is_inside(given, wanted, order),
            _ => false,
        }),
        _ => false,
    }
}

/// Whether each value that one leaf accepts is accepted by the other.
fn is_inside(given: &Leaf, wanted: &Leaf, order: &Order) -> bool {
    let exists = matches!(wanted.test, Test::Exists);
    match (&given.test, &wanted.test) {
        (Test::Regex(_), Test::Exists) => true,
        (Test::Compare(_, value), Test::Exists) => *value != Bson::Null,
        (Test::Compare(given, value), Test::Compare(wanted, limit)) => {
            is_tighter((*given, value), (*wanted, limit), order).unwrap_or(false)
        }
        // To be equal to null is to be missing, too.
        (Test::Equal(value), _) => {
            !(exists && *value == Bson::Null) && accepts(wanted, value, order)
        }
        (Test::In(values), _) => values
            .iter()
            .all(|value| !(exists && *value == Bson::Null) && accepts(wanted, value, order)),
        _ => false,
    }
}

/// Whether a leaf accepts a value, asked as it is asked of a document.
fn accepts(wanted: &Leaf, value: &Bson, order: &Order) -> bool {
    // Where an array is found, whole or inside of another one, it means different things.
    if matches!(value, Bson::Array(_) | Bson::RegularExpression(_)) {
        return false;
    }
    let ask = || {
        let leaf = Leaf {
            path: Path::parse("v", "a condition").ok()?,
            test: wanted.test.clone(),
        };
        let filter = Compiled::new(&Filter::Leaf(leaf), order).ok()?;
        let document = bson::RawDocumentBuf::try_from(&doc! { "v": value.clone() }).ok()?;
        filter.matches(&document, &Clock::new()).ok()
    };
    ask().unwrap_or(false)
}

/// Whether a range lies in another one. `None` if the values cannot be compared.
fn is_tighter(
    given: (Comparison, &Bson),
    wanted: (Comparison, &Bson),
    order: &Order,
) -> Option<bool> {
    let key = |value: &Bson| {
        let raw = RawBson::try_from(value.clone()).ok()?;
        let value = raw.as_raw_bson_ref();
        if is_nan(value) {
            return None;
        }
        key_of(value, order).ok()
    };
    let is_upper = |comparison| matches!(comparison, Comparison::Less | Comparison::LessOrEqual);
    let (value, limit) = (key(given.1)?, key(wanted.1)?);
    if value.first() != limit.first() || is_upper(given.0) != is_upper(wanted.0) {
        return None;
    }
    if value == limit {
        return Some(wanted.0.includes_equal() || !given.0.includes_equal());
    }
    Some((value < limit) == is_upper(given.0))
}
