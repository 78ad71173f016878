//! Sums, averages, extremes and deviations of the arguments, or of the elements of a single array.

use bson::raw::RawBson;

use super::bounds::to_array;
use super::function::{Answer, Function, Null, Shape, Wrong, is_null, wrong};
use super::number::Number;
use super::{Value, elements};
use crate::pipeline::{Deviation, Sum};
use crate::value::{Order, key_of};

const MANY: Shape = Shape::Listed(0, usize::MAX);
const COUNTED: Shape = Shape::Named(2, &["input", "n"]);

const fn many(name: &'static str, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, MANY, Null::Passes, run)
}

const fn counted(name: &'static str, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, COUNTED, Null::Passes, run)
}

const fn ranked(name: &'static str, shape: Shape, run: fn(&[Value], &Order) -> Answer) -> Function {
    Function::ordered(name, shape, Null::Passes, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    many("$sum", |a| Ok(Some(sum(a)?.total()))),
    many("$avg", |a| Ok(Some(sum(a)?.average()))),
    ranked("$min", MANY, |a, order| {
        extreme(a, order, |new, old| new < old)
    }),
    ranked("$max", MANY, |a, order| {
        extreme(a, order, |new, old| new > old)
    }),
    many("$stdDevPop", |a| deviation(a, false)),
    many("$stdDevSamp", |a| deviation(a, true)),
    ranked("$minN", COUNTED, |a, order| {
        extremes(a, order, |keyed| keyed.sort_by(|a, b| a.0.cmp(&b.0)))
    }),
    ranked("$maxN", COUNTED, |a, order| {
        extremes(a, order, |keyed| keyed.sort_by(|a, b| b.0.cmp(&a.0)))
    }),
    counted("$firstN", |a| {
        let (values, n) = input(a)?;
        Ok(Some(to_array(values.into_iter().take(n))?))
    }),
    counted("$lastN", |a| {
        let (values, n) = input(a)?;
        let first = values.len().saturating_sub(n);
        Ok(Some(to_array(values.into_iter().skip(first))?))
    }),
];

/// One argument that is an array stands for its elements.
fn spread(arguments: &[Value]) -> Result<Vec<RawBson>, Wrong> {
    match arguments {
        [Some(RawBson::Array(array))] => Ok(elements(array)?),
        values => Ok(values.iter().flatten().cloned().collect()),
    }
}

/// What is no number counts for nothing.
fn sum(arguments: &[Value]) -> Result<Sum, Wrong> {
    let mut sum = Sum::default();
    for value in spread(arguments)? {
        sum.add(value.as_raw_bson_ref());
    }
    Ok(sum)
}

/// Null and missing count for nothing; of nothing the result is null.
fn extreme(arguments: &[Value], order: &Order, better: fn(&[u8], &[u8]) -> bool) -> Answer {
    let mut best: Option<Keyed> = None;
    for (key, value) in keyed(spread(arguments)?, order)? {
        if best.as_ref().is_none_or(|(old, _)| better(&key, old)) {
            best = Some((key, value));
        }
    }
    Ok(Some(best.map_or(RawBson::Null, |(_, value)| value)))
}

/// A value behind the bytes that it is ordered by.
type Keyed = (Vec<u8>, RawBson);

fn keyed(values: Vec<RawBson>, order: &Order) -> Result<Vec<Keyed>, Wrong> {
    let mut keyed = Vec::with_capacity(values.len());
    for value in values.into_iter().map(Some).filter(|v| !is_null(v)) {
        let value = value.unwrap_or(RawBson::Null);
        keyed.push((key_of(value.as_raw_bson_ref(), order)?, value));
    }
    Ok(keyed)
}

/// The array and how many of its elements are wanted.
fn input(arguments: &[Value]) -> Result<(Vec<RawBson>, usize), Wrong> {
    let Some(RawBson::Array(array)) = &arguments[0] else {
        return wrong("takes an array as input");
    };
    let n = arguments[1].as_ref().and_then(Number::read);
    let n = n.and_then(|n| n.integral()).filter(|n| *n > 0);
    match n.map(usize::try_from) {
        Some(Ok(n)) => Ok((elements(array)?, n)),
        _ => wrong("takes a positive whole number as n"),
    }
}

/// The first in order, without nulls.
fn extremes(arguments: &[Value], order: &Order, sort: fn(&mut Vec<Keyed>)) -> Answer {
    let (values, n) = input(arguments)?;
    let mut keyed = keyed(values, order)?;
    sort(&mut keyed);
    Ok(Some(to_array(
        keyed.into_iter().take(n).map(|(_, value)| value),
    )?))
}

fn deviation(arguments: &[Value], sample: bool) -> Answer {
    let mut deviation = Deviation::default();
    for value in spread(arguments)? {
        deviation.add(value.as_raw_bson_ref());
    }
    Ok(Some(deviation.finish(sample)))
}
