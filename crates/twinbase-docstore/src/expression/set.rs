//! Arrays taken as sets: without equal elements, by MongoDB's equality, and without an order.

use std::collections::{BTreeMap, HashSet};

use bson::raw::{RawArrayBuf, RawBson};

use super::Value;
use super::array::{boolean, values};
use super::bounds::to_array;
use super::compare::is_true;
use super::function::{Answer, Function, Null, Shape, Wrong, is_null};
use crate::value::{Order, key_of};

const MANY: Shape = Shape::Listed(0, usize::MAX);

const fn free(name: &'static str, shape: Shape, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, shape, Null::Passes, run)
}

const fn compared(
    name: &'static str,
    shape: Shape,
    run: fn(&[Value], &Order) -> Answer,
) -> Function {
    Function::ordered(name, shape, Null::Passes, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    free("$anyElementTrue", Shape::Listed(1, 1), |a| {
        boolean(values(&a[0])?.iter().any(|v| is_true(Some(v))))
    }),
    free("$allElementsTrue", Shape::Listed(1, 1), |a| {
        boolean(values(&a[0])?.iter().all(|v| is_true(Some(v))))
    }),
    Function::ordered("$setUnion", MANY, Null::Spreads, union),
    Function::ordered("$setIntersection", MANY, Null::Spreads, intersection),
    Function::ordered(
        "$setDifference",
        Shape::Listed(2, 2),
        Null::Spreads,
        difference,
    ),
    compared("$setEquals", Shape::Listed(2, usize::MAX), |a, order| {
        let first = keys(&a[0], order)?;
        for other in &a[1..] {
            if keys(other, order)? != first {
                return boolean(false);
            }
        }
        boolean(true)
    }),
    compared("$setIsSubset", Shape::Listed(2, 2), |a, order| {
        boolean(keys(&a[0], order)?.is_subset(&keys(&a[1], order)?))
    }),
];

fn keys(list: &Value, order: &Order) -> Result<HashSet<Vec<u8>>, Wrong> {
    Ok(set(list, order)?.into_keys().collect())
}

/// The elements of a set by their keys, so without equal ones and in the order of values.
fn set(list: &Value, order: &Order) -> Result<BTreeMap<Vec<u8>, RawBson>, Wrong> {
    let mut set = BTreeMap::new();
    for value in values(list)? {
        set.entry(key_of(value.as_raw_bson_ref(), order)?)
            .or_insert(value);
    }
    Ok(set)
}

fn union(arguments: &[Value], order: &Order) -> Answer {
    let mut union = BTreeMap::new();
    for argument in arguments {
        for (key, value) in set(argument, order)? {
            union.entry(key).or_insert(value);
        }
    }
    Ok(Some(to_array(union.into_values())?))
}

fn intersection(arguments: &[Value], order: &Order) -> Answer {
    let mut sets = arguments.iter().map(|list| set(list, order));
    let mut common = sets.next().transpose()?.unwrap_or_default();
    for other in sets {
        let other = other?;
        common.retain(|key, _| other.contains_key(key));
    }
    Ok(Some(to_array(common.into_values())?))
}

/// The distinct elements of the first that the second lacks, in the order of the first.
fn difference(arguments: &[Value], order: &Order) -> Answer {
    debug_assert!(!arguments.iter().any(is_null), "nulls spread");
    let mut seen: HashSet<Vec<u8>> = set(&arguments[1], order)?.into_keys().collect();
    let mut left = RawArrayBuf::new();
    for value in values(&arguments[0])? {
        if seen.insert(key_of(value.as_raw_bson_ref(), order)?) {
            left.push(value);
        }
    }
    Ok(Some(RawBson::Array(left)))
}
