//! Comparison in MongoDB's order of values, and what counts as true.

use std::cmp::Ordering;

use bson::error::Error as Damage;
use bson::raw::RawBson;

use super::Value;
use super::function::{Answer, Function, Null, Shape, Wrong};
use crate::value::{Order, Rank, key_of};

const fn comparison(name: &'static str, run: fn(&[Value], &Order) -> Answer) -> Function {
    Function::ordered(name, Shape::Listed(2, 2), Null::Passes, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    comparison("$eq", |a, order| test(a, order, Ordering::is_eq)),
    comparison("$ne", |a, order| test(a, order, Ordering::is_ne)),
    comparison("$gt", |a, order| test(a, order, Ordering::is_gt)),
    comparison("$gte", |a, order| test(a, order, Ordering::is_ge)),
    comparison("$lt", |a, order| test(a, order, Ordering::is_lt)),
    comparison("$lte", |a, order| test(a, order, Ordering::is_le)),
    comparison("$cmp", |a, order| {
        Ok(Some(RawBson::Int32(compare(a, order)? as i32)))
    }),
    Function::new("$not", Shape::Listed(1, 1), Null::Passes, |a| {
        Ok(Some(RawBson::Boolean(!is_true(a[0].as_ref()))))
    }),
];

fn test(arguments: &[Value], order: &Order, holds: fn(Ordering) -> bool) -> Answer {
    Ok(Some(RawBson::Boolean(holds(compare(arguments, order)?))))
}

fn compare(arguments: &[Value], order: &Order) -> Result<Ordering, Wrong> {
    Ok(key(&arguments[0], order)?.cmp(&key(&arguments[1], order)?))
}

/// The key of a value; in an expression, unlike in a filter, missing is less than null.
fn key(value: &Value, order: &Order) -> Result<Vec<u8>, Damage> {
    value.as_ref().map_or_else(
        || Ok(vec![Rank::UNDEFINED]),
        |value| key_of(value.as_raw_bson_ref(), order),
    )
}

/// False are false, null, missing, undefined and every zero; an empty string or array is true.
pub(crate) fn is_true(value: Option<&RawBson>) -> bool {
    match value {
        None | Some(RawBson::Null | RawBson::Undefined | RawBson::Boolean(false)) => false,
        Some(RawBson::Int32(n)) => *n != 0,
        Some(RawBson::Int64(n)) => *n != 0,
        Some(RawBson::Double(n)) => *n != 0.0,
        Some(RawBson::Decimal128(n)) => n
            .to_string()
            .parse::<f64>()
            .map_or(true, |nearest| nearest != 0.0 || nearest.is_nan()),
        Some(_) => true,
    }
}
