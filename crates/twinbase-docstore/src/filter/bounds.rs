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

/// Whether a leaf asks for a range of keys: arrays are compared whole, and NaN is only equal to itself.
pub(super) fn is_range(leaf: &Leaf) -> bool {
    let Test::Compare(_, value) = &leaf.test else {
        return false;
    };
    let raw = raw(leaf, value);
    !matches!(value, Bson::Array(_)) && !raw.is_ok_and(|value| is_nan(value.as_raw_bson_ref()))
}

/// One end of a range: a key, and whether it is in the range itself.
type End = (Vec<u8>, bool);

/// Keys from one end to the other.
struct Interval {
    low: End,
    high: End,
}

impl Interval {
    /// A comparison holds within one type: from the rank of the type to the next, and above NaN, which is the lowest number.
    fn of(leaf: &Leaf, comparison: Comparison, value: &Bson, order: &Order) -> Result<Self, Error> {
        let key = key(leaf, value, order)?;
        let rank = key.first().copied().unwrap_or_default();
        let end = (key, comparison.includes_equal());
        Ok(match comparison {
            Comparison::Greater | Comparison::GreaterOrEqual => Self {
                low: end,
                high: (vec![rank + 1], false),
            },
            Comparison::Less | Comparison::LessOrEqual if rank == Rank::NUMBER => Self {
                low: (self::key(leaf, &Bson::Double(f64::NAN), order)?, false),
                high: end,
            },
            Comparison::Less | Comparison::LessOrEqual => Self {
                low: (vec![rank], true),
                high: end,
            },
        })
    }

    /// What is in both.
    fn and(self, other: Self) -> Self {
        let [low, other_low] = [self.low, other.low];
        let [high, other_high] = [self.high, other.high];
        // Of equal ends the one that leaves its key out is the closer one.
        let later = |(key, includes): &End| (key.clone(), !includes);
        Self {
            low: if later(&other_low) > later(&low) {
                other_low
            } else {
                low
            },
            high: if other_high < high { other_high } else { high },
        }
    }

    fn to_sql(&self, expression: &str, params: &mut Params) -> String {
        let (low, high) = (
            params.bind(self.low.0.clone()),
            params.bind(self.high.0.clone()),
        );
        let above = if self.low.1 { ">=" } else { ">" };
        let below = if self.high.1 { "<=" } else { "<" };
        format!("({expression} {above} {low} and {expression} {below} {high})")
    }
}

/// One condition for all comparisons of one path, of documents that have one key for it: SQLite searches by one lower and one upper bound,
/// and of several it would not take the closest.
pub(super) fn on_keys(
    leaves: &[&Leaf],
    expression: &str,
    params: &mut Params,
) -> Result<String, Error> {
    let mut all: Option<Interval> = None;
    for leaf in leaves {
        if let Test::Compare(comparison, value) = &leaf.test {
            let own = Interval::of(leaf, *comparison, value, params.order())?;
            all = Some(match all {
                Some(all) => all.and(own),
                None => own,
            });
        }
    }
    Ok(all.map_or_else(|| "1".to_owned(), |all| all.to_sql(expression, params)))
}

fn range(
    leaf: &Leaf,
    comparison: Comparison,
    value: &Bson,
    expression: &str,
    params: &mut Params,
) -> Result<String, Error> {
    if is_range(leaf) {
        let interval = Interval::of(leaf, comparison, value, params.order())?;
        return Ok(interval.to_sql(expression, params));
    }
    // No number is above or below NaN, which is equal to itself.
    let nan = key(leaf, value, params.order())?;
    Ok(if comparison.includes_equal() {
        format!("{expression} = {}", params.bind(nan))
    } else {
        "0".to_owned()
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

#[cfg(test)]
mod tests {
    use bson::{Bson, doc};
    use rusqlite::types::Value;

    use super::{key, on_keys};
    use crate::Options;
    use crate::filter::{Filter, parse};
    use crate::sql::Params;
    use crate::value::Order;

    #[test]
    fn several_ranges_of_a_path_are_one_with_the_closest_ends() {
        let all = [
            doc! {"p": {"$gte": 5}},
            doc! {"p": {"$gt": 5}},
            doc! {"p": {"$gt": 3}},
            doc! {"p": {"$lte": 9}},
            doc! {"p": {"$lt": 12}},
        ];
        let all = all.map(|one| parse(&one, &Options::default()).unwrap());
        let leaves = all.each_ref().map(|one| match one {
            Filter::Leaf(leaf) => leaf,
            _ => panic!("a comparison is a leaf"),
        });
        let order = Order::default();
        let mut params = Params::new(order.clone());
        let sql = on_keys(&leaves, "k", &mut params).unwrap();
        assert_eq!(sql, "(k > ?1 and k <= ?2)");
        let end = |n| Value::Blob(key(leaves[0], &Bson::Int32(n), &order).unwrap());
        assert_eq!(params.values(2), [end(5), end(9)]);
    }
}
