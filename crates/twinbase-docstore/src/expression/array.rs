//! Arrays, and arrays taken as sets.

use std::collections::{BTreeMap, HashSet};

use bson::raw::{RawArrayBuf, RawBson};

use super::compare::is_true;
use super::function::{Answer, Function, Null, Shape, Wrong, is_null, wrong};
use super::{Value, elements, to_array};
use crate::value::key_of;

const MANY: Shape = Shape::Listed(0, usize::MAX);

const fn strict(
    name: &'static str,
    least: usize,
    most: usize,
    run: fn(&[Value]) -> Answer,
) -> Function {
    Function::new(name, Shape::Listed(least, most), Null::Spreads, run)
}

const fn free(name: &'static str, count: usize, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(count, count), Null::Passes, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    free("$size", 1, |a| length(array(&a[0])?.into_iter().count())),
    free("$isArray", 1, |a| {
        boolean(matches!(a[0], Some(RawBson::Array(_))))
    }),
    free("$in", 2, contains),
    free("$anyElementTrue", 1, |a| {
        boolean(values(&a[0])?.iter().any(|v| is_true(Some(v))))
    }),
    free("$allElementsTrue", 1, |a| {
        boolean(values(&a[0])?.iter().all(|v| is_true(Some(v))))
    }),
    strict("$arrayElemAt", 2, 2, |a| at(&a[0], whole(&a[1])?)),
    strict("$first", 1, 1, |a| at(&a[0], 0)),
    strict("$last", 1, 1, |a| at(&a[0], -1)),
    strict("$slice", 2, 3, slice),
    strict("$reverseArray", 1, 1, |a| {
        Ok(Some(to_array(values(&a[0])?.into_iter().rev())))
    }),
    strict("$range", 2, 3, range),
    Function::new("$concatArrays", MANY, Null::Spreads, concat),
    Function::new("$setUnion", MANY, Null::Spreads, union),
    Function::new("$setIntersection", MANY, Null::Spreads, intersection),
    strict("$setDifference", 2, 2, difference),
];

fn array(value: &Value) -> Result<&RawArrayBuf, Wrong> {
    match value {
        Some(RawBson::Array(array)) => Ok(array),
        _ => wrong("takes arrays"),
    }
}

fn values(value: &Value) -> Result<Vec<RawBson>, Wrong> {
    Ok(elements(array(value)?)?)
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the last step of operators, which have this result"
)]
fn boolean(value: bool) -> Answer {
    Ok(Some(RawBson::Boolean(value)))
}

fn length(value: usize) -> Answer {
    match i32::try_from(value) {
        Ok(value) => Ok(Some(RawBson::Int32(value))),
        Err(_) => wrong("has a result beyond int32"),
    }
}

/// A number without a fraction that fits int32, of any type but decimal.
pub(super) fn whole(value: &Value) -> Result<i32, Wrong> {
    let number = match value {
        Some(RawBson::Int32(n)) => Some(*n),
        Some(RawBson::Int64(n)) => i32::try_from(*n).ok(),
        #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
        Some(RawBson::Double(n)) if n.fract() == 0.0 && n.abs() <= 2e9 => Some(*n as i32),
        Some(RawBson::Decimal128(_)) => return Err(Wrong::Unsupported("a decimal")),
        _ => None,
    };
    number.map_or_else(|| wrong("takes a whole number of 32 bits"), Ok)
}

fn contains(arguments: &[Value]) -> Answer {
    let list = values(&arguments[1])?;
    let Some(wanted) = &arguments[0] else {
        return boolean(false);
    };
    let wanted = key_of(wanted.as_raw_bson_ref())?;
    for value in list {
        if key_of(value.as_raw_bson_ref())? == wanted {
            return boolean(true);
        }
    }
    boolean(false)
}

/// Negative positions count from the end; outside of the array the value is missing.
fn at(list: &Value, position: i32) -> Answer {
    let values = values(list)?;
    let length = i64::try_from(values.len()).unwrap_or(i64::MAX);
    let position = i64::from(position);
    let position = if position < 0 {
        length + position
    } else {
        position
    };
    Ok(usize::try_from(position)
        .ok()
        .and_then(|at| values.into_iter().nth(at)))
}

/// `[array, n]` takes n from the start, or -n from the end; `[array, position, n]` takes n from a position.
fn slice(arguments: &[Value]) -> Answer {
    let values = values(&arguments[0])?;
    let first = whole(&arguments[1])?;
    let size = |n: i32| usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
    let from_end = values.len().saturating_sub(size(first));
    let (start, count) = match arguments.get(2) {
        None if first < 0 => (from_end, usize::MAX),
        None => (0, size(first)),
        Some(count) => {
            let count = whole(count)?;
            if count <= 0 {
                return wrong("takes a positive number of elements");
            }
            (if first < 0 { from_end } else { size(first) }, size(count))
        }
    };
    Ok(Some(to_array(values.into_iter().skip(start).take(count))))
}

/// A million numbers are 12 MB of BSON.
const MAX_RANGE: i64 = 1_000_000;

fn range(arguments: &[Value]) -> Answer {
    let (start, end) = (
        i64::from(whole(&arguments[0])?),
        i64::from(whole(&arguments[1])?),
    );
    let step = arguments.get(2).map_or(Ok(1), whole)?;
    if step == 0 {
        return wrong("takes a step other than 0");
    }
    let distance = if step > 0 { end - start } else { start - end };
    if distance / i64::from(step.unsigned_abs()) > MAX_RANGE {
        return wrong("has more than a million numbers");
    }
    let mut range = RawArrayBuf::new();
    let mut next = start;
    while (step > 0 && next < end) || (step < 0 && next > end) {
        range.push(i32::try_from(next).unwrap_or_default());
        next += i64::from(step);
    }
    Ok(Some(RawBson::Array(range)))
}

fn concat(arguments: &[Value]) -> Answer {
    let mut joined = RawArrayBuf::new();
    for argument in arguments {
        for value in array(argument)? {
            joined.push(value?);
        }
    }
    Ok(Some(RawBson::Array(joined)))
}

/// The elements of a set by their keys, so without equal ones and in the order of values.
fn set(list: &Value) -> Result<BTreeMap<Vec<u8>, RawBson>, Wrong> {
    let mut set = BTreeMap::new();
    for value in values(list)? {
        set.entry(key_of(value.as_raw_bson_ref())?).or_insert(value);
    }
    Ok(set)
}

fn union(arguments: &[Value]) -> Answer {
    let mut union = BTreeMap::new();
    for argument in arguments {
        for (key, value) in set(argument)? {
            union.entry(key).or_insert(value);
        }
    }
    Ok(Some(to_array(union.into_values())))
}

fn intersection(arguments: &[Value]) -> Answer {
    let mut sets = arguments.iter().map(set);
    let mut common = sets.next().transpose()?.unwrap_or_default();
    for other in sets {
        let other = other?;
        common.retain(|key, _| other.contains_key(key));
    }
    Ok(Some(to_array(common.into_values())))
}

/// The distinct elements of the first that the second lacks, in the order of the first.
fn difference(arguments: &[Value]) -> Answer {
    debug_assert!(!arguments.iter().any(is_null), "nulls spread");
    let mut seen: HashSet<Vec<u8>> = set(&arguments[1])?.into_keys().collect();
    let mut left = RawArrayBuf::new();
    for value in values(&arguments[0])? {
        if seen.insert(key_of(value.as_raw_bson_ref())?) {
            left.push(value);
        }
    }
    Ok(Some(RawBson::Array(left)))
}
