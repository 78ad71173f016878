//! Arrays.

use bson::raw::{RawArrayBuf, RawBson};

use super::bounds::{Growing, to_array};
use super::function::{Answer, Function, Null, Shape, Wrong, is_null, wrong};
use super::number::whole;
use super::{Value, elements};
use crate::value::{Order, key_of};

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
    Function::ordered("$in", Shape::Listed(2, 2), Null::Passes, contains),
    strict("$arrayElemAt", 2, 2, |a| at(&a[0], whole(&a[1])?)),
    strict("$first", 1, 1, |a| at(&a[0], 0)),
    strict("$last", 1, 1, |a| at(&a[0], -1)),
    strict("$slice", 2, 3, slice),
    strict("$reverseArray", 1, 1, |a| {
        Ok(Some(to_array(values(&a[0])?.into_iter().rev())?))
    }),
    strict("$range", 2, 3, range),
    Function::new("$concatArrays", MANY, Null::Spreads, concat),
    Function::new(
        "$zip",
        Shape::Named(1, &["inputs", "useLongestLength", "defaults"]),
        Null::Spreads,
        zip,
    ),
];

pub(super) fn array(value: &Value) -> Result<&RawArrayBuf, Wrong> {
    match value {
        Some(RawBson::Array(array)) => Ok(array),
        _ => wrong("takes arrays"),
    }
}

pub(super) fn values(value: &Value) -> Result<Vec<RawBson>, Wrong> {
    Ok(elements(array(value)?)?)
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the last step of operators, which have this result"
)]
pub(super) fn boolean(value: bool) -> Answer {
    Ok(Some(RawBson::Boolean(value)))
}

pub(super) fn length(value: usize) -> Answer {
    match i32::try_from(value) {
        Ok(value) => Ok(Some(RawBson::Int32(value))),
        Err(_) => wrong("has a result beyond int32"),
    }
}

fn contains(arguments: &[Value], order: &Order) -> Answer {
    let list = values(&arguments[1])?;
    let Some(wanted) = &arguments[0] else {
        return boolean(false);
    };
    let wanted = key_of(wanted.as_raw_bson_ref(), order)?;
    for value in list {
        if key_of(value.as_raw_bson_ref(), order)? == wanted {
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
    Ok(Some(to_array(values.into_iter().skip(start).take(count))?))
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
    let mut joined = Growing::default();
    for argument in arguments {
        for value in values(argument)? {
            joined.push(value)?;
        }
    }
    Ok(Some(joined.finish()))
}

/// Rows of the elements at each position, as many as the shortest input has, or the longest with defaults for what is not there.
fn zip(arguments: &[Value]) -> Answer {
    let inputs = values(&arguments[0])?;
    if inputs.is_empty() {
        return wrong("takes at least one input");
    }
    let longest = match &arguments[1] {
        None => false,
        Some(RawBson::Boolean(longest)) => *longest,
        Some(_) => return wrong("takes true or false as useLongestLength"),
    };
    let defaults = match &arguments[2] {
        None => vec![RawBson::Null; inputs.len()],
        Some(_) if !longest => return wrong("takes defaults with useLongestLength only"),
        defaults => values(defaults)?,
    };
    if defaults.len() != inputs.len() {
        return wrong("takes as many defaults as inputs");
    }
    let inputs: Vec<Value> = inputs.into_iter().map(Some).collect();
    if inputs.iter().any(is_null) {
        return Ok(Some(RawBson::Null));
    }
    let columns: Vec<Vec<RawBson>> = inputs.iter().map(values).collect::<Result<_, _>>()?;
    let lengths = columns.iter().map(Vec::len);
    let length = if longest {
        lengths.max()
    } else {
        lengths.min()
    };
    let mut rows = Growing::default();
    for at in 0..length.unwrap_or_default() {
        let row = columns.iter().zip(&defaults);
        rows.push(to_array(row.map(|(column, default)| {
            column.get(at).unwrap_or(default).clone()
        }))?)?;
    }
    Ok(Some(rows.finish()))
}
