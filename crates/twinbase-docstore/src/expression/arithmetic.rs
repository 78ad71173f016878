//! Arithmetic with MongoDB's result types. Decimals are refused by name: nothing here computes them exactly.

use bson::raw::RawBson;

use super::function::{Answer, Function, Null, Shape, Wrong, is_null, wrong};
use super::{Value, elements};
use crate::fault::Fault;
use crate::pipeline::Sum;
use crate::value::key_of;

const MANY: Shape = Shape::Listed(0, usize::MAX);

const fn strict(name: &'static str, count: usize, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(count, count), Null::Spreads, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("$add", MANY, Null::Spreads, add),
    Function::new("$multiply", MANY, Null::Spreads, multiply),
    strict("$subtract", 2, subtract),
    strict("$divide", 2, divide),
    strict("$mod", 2, modulo),
    strict("$abs", 1, absolute),
    strict("$ceil", 1, |a| rounded(a, f64::ceil)),
    strict("$floor", 1, |a| rounded(a, f64::floor)),
    strict("$sqrt", 1, square_root),
    Function::new("$sum", MANY, Null::Passes, |a| {
        Ok(Some(sum(a, "$sum")?.total()))
    }),
    Function::new("$avg", MANY, Null::Passes, |a| {
        Ok(Some(sum(a, "$avg")?.average()))
    }),
    Function::new("$min", MANY, Null::Passes, |a| {
        extreme(a, |new, old| new < old)
    }),
    Function::new("$max", MANY, Null::Passes, |a| {
        extreme(a, |new, old| new > old)
    }),
];

/// A number that can be computed with.
#[derive(Debug, Clone, Copy)]
enum Number {
    Small(i32),
    Large(i64),
    Double(f64),
}

impl Number {
    fn of(value: &Value) -> Result<Self, Wrong> {
        match value {
            Some(RawBson::Int32(n)) => Ok(Self::Small(*n)),
            Some(RawBson::Int64(n)) => Ok(Self::Large(*n)),
            Some(RawBson::Double(n)) => Ok(Self::Double(*n)),
            Some(RawBson::Decimal128(_)) => Err(Wrong::Unsupported("a decimal")),
            _ => wrong("takes numbers"),
        }
    }

    /// The number if it is an integer.
    fn whole(self) -> Option<i64> {
        match self {
            Self::Small(n) => Some(i64::from(n)),
            Self::Large(n) => Some(n),
            Self::Double(_) => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "the result is a double")]
    fn double(self) -> f64 {
        match self {
            Self::Small(n) => f64::from(n),
            Self::Large(n) => n as f64,
            Self::Double(n) => n,
        }
    }
}

/// The narrowest type that MongoDB gives an integer: int32 if both operands are and it fits, then int64, then double.
#[expect(clippy::cast_precision_loss, reason = "MongoDB goes on in doubles")]
fn integer(value: i128, operands: &[Number]) -> RawBson {
    let small = operands.iter().all(|n| matches!(n, Number::Small(_)));
    match (i32::try_from(value), i64::try_from(value)) {
        (Ok(value), _) if small => RawBson::Int32(value),
        (_, Ok(value)) => RawBson::Int64(value),
        _ => RawBson::Double(value as f64),
    }
}

fn two(arguments: &[Value]) -> Result<(Number, Number), Wrong> {
    Ok((Number::of(&arguments[0])?, Number::of(&arguments[1])?))
}

/// One of the arguments may be a date, to which the others are added as milliseconds.
fn add(arguments: &[Value]) -> Answer {
    let mut date = None;
    let mut sum = Sum::default();
    for argument in arguments {
        match argument {
            Some(RawBson::DateTime(_)) if date.is_some() => return wrong("adds to one date only"),
            Some(RawBson::DateTime(start)) => date = Some(*start),
            Some(value) => {
                Number::of(argument)?;
                accumulate(&mut sum, value, "$add")?;
            }
            None => {}
        }
    }
    let total = sum.total();
    match date {
        None => Ok(Some(total)),
        Some(date) => later(date, &Some(total), 1),
    }
}

fn later(date: bson::DateTime, by: &Value, sign: i128) -> Answer {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a sum outside of int64 is refused below"
    )]
    let by = match Number::of(by)? {
        Number::Double(n) => n.round() as i128,
        n => i128::from(n.whole().unwrap_or_default()),
    };
    let moved = by
        .checked_mul(sign)
        .and_then(|by| by.checked_add(i128::from(date.timestamp_millis())))
        .and_then(|ms| i64::try_from(ms).ok());
    match moved {
        Some(ms) => Ok(Some(RawBson::DateTime(bson::DateTime::from_millis(ms)))),
        None => wrong("leaves the range of dates"),
    }
}

/// Two dates give milliseconds, a date and a number a date.
fn subtract(arguments: &[Value]) -> Answer {
    if let Some(RawBson::DateTime(left)) = &arguments[0] {
        if let Some(RawBson::DateTime(right)) = &arguments[1] {
            let between = left
                .timestamp_millis()
                .checked_sub(right.timestamp_millis());
            return match between {
                Some(ms) => Ok(Some(RawBson::Int64(ms))),
                None => wrong("leaves the range of int64"),
            };
        }
        return later(*left, &arguments[1], -1);
    }
    let (left, right) = two(arguments)?;
    Ok(Some(match (left.whole(), right.whole()) {
        (Some(a), Some(b)) => integer(i128::from(a) - i128::from(b), &[left, right]),
        _ => RawBson::Double(left.double() - right.double()),
    }))
}

fn multiply(arguments: &[Value]) -> Answer {
    let numbers: Vec<Number> = arguments.iter().map(Number::of).collect::<Result<_, _>>()?;
    let whole = numbers.iter().try_fold(1_i128, |product, number| {
        product
            .checked_mul(i128::from(number.whole()?))
            .filter(|product| i64::try_from(*product).is_ok())
    });
    Ok(Some(match whole {
        Some(product) => integer(product, &numbers),
        None => RawBson::Double(numbers.iter().map(|n| n.double()).product()),
    }))
}

/// The quotient is a double, of integers too.
fn divide(arguments: &[Value]) -> Answer {
    let (left, right) = two(arguments)?;
    if right.double() == 0.0 {
        return wrong("does not divide by zero");
    }
    Ok(Some(RawBson::Double(left.double() / right.double())))
}

/// The remainder has the sign of the dividend.
fn modulo(arguments: &[Value]) -> Answer {
    let (left, right) = two(arguments)?;
    if right.double() == 0.0 {
        return wrong("does not divide by zero");
    }
    Ok(Some(match (left.whole(), right.whole()) {
        (Some(a), Some(b)) => integer(i128::from(a) % i128::from(b), &[left, right]),
        _ => RawBson::Double(left.double() % right.double()),
    }))
}

fn absolute(arguments: &[Value]) -> Answer {
    let number = Number::of(&arguments[0])?;
    match number.whole() {
        None => Ok(Some(RawBson::Double(number.double().abs()))),
        Some(i64::MIN) => wrong("cannot take the smallest int64"),
        Some(n) => Ok(Some(integer(i128::from(n).abs(), &[number]))),
    }
}

/// Integers stay what they are.
fn rounded(arguments: &[Value], round: fn(f64) -> f64) -> Answer {
    Ok(match Number::of(&arguments[0])? {
        Number::Double(n) => Some(RawBson::Double(round(n))),
        _ => arguments[0].clone(),
    })
}

fn square_root(arguments: &[Value]) -> Answer {
    let number = Number::of(&arguments[0])?.double();
    if number < 0.0 {
        return wrong("takes no negative number");
    }
    Ok(Some(RawBson::Double(number.sqrt())))
}

/// One argument that is an array stands for its elements.
fn spread(arguments: &[Value]) -> Result<Vec<RawBson>, Wrong> {
    match arguments {
        [Some(RawBson::Array(array))] => Ok(elements(array)?),
        values => Ok(values.iter().flatten().cloned().collect()),
    }
}

/// What is no number counts for nothing.
fn sum(arguments: &[Value], operator: &str) -> Result<Sum, Wrong> {
    let mut sum = Sum::default();
    for value in spread(arguments)? {
        accumulate(&mut sum, &value, operator)?;
    }
    Ok(sum)
}

fn accumulate(sum: &mut Sum, value: &RawBson, operator: &str) -> Result<(), Wrong> {
    sum.add(value.as_raw_bson_ref(), operator, "")
        .map_err(|fault: Fault| Wrong::Fault(fault))
}

/// Null and missing count for nothing; of nothing the result is null.
fn extreme(arguments: &[Value], better: fn(&[u8], &[u8]) -> bool) -> Answer {
    let mut best: Option<(Vec<u8>, RawBson)> = None;
    for value in spread(arguments)?
        .into_iter()
        .map(Some)
        .filter(|v| !is_null(v))
        .flatten()
    {
        let key = key_of(value.as_raw_bson_ref())?;
        if best.as_ref().is_none_or(|(old, _)| better(&key, old)) {
            best = Some((key, value));
        }
    }
    Ok(Some(best.map_or(RawBson::Null, |(_, value)| value)))
}
