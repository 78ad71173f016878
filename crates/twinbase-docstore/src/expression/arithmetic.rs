//! The four operations and the remainder, with MongoDB's result types: of int32 an int32 where it fits, then int64, then
//! double; of doubles a double; a decimal as soon as one is among the arguments.

use bson::raw::RawBson;

use super::Value;
use super::function::{Answer, Function, Null, Shape, Wrong, wrong};
use super::number::Number;
use crate::value::{Decimal, Rounding};

const MANY: Shape = Shape::Listed(0, usize::MAX);

const fn strict(name: &'static str, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(2, 2), Null::Spreads, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("$add", MANY, Null::Spreads, add),
    Function::new("$multiply", MANY, Null::Spreads, multiply),
    strict("$subtract", subtract),
    strict("$divide", divide),
    strict("$mod", modulo),
];

/// A sum on its way: from left to right, each step in the widest type so far.
struct Total {
    number: Number,
    all_small: bool,
}

impl Total {
    fn new(start: i64) -> Self {
        Self {
            number: Number::Large(start),
            all_small: true,
        }
    }

    /// The sum of int32 is one where it fits, whatever the steps were.
    fn finish(self) -> Number {
        match self.number {
            Number::Large(n) if self.all_small => Number::narrowest(n),
            number => number,
        }
    }
}

/// One of the arguments may be a date, to which the others are added as milliseconds: those before it by their rounded sum,
/// those after it rounded one by one.
fn add(arguments: &[Value]) -> Answer {
    let mut date = None;
    let mut total = Total::new(0);
    for argument in arguments {
        if let Some(RawBson::DateTime(start)) = argument {
            if date.is_some() {
                return wrong("adds to one date only");
            }
            let before = milliseconds(&total.number)?;
            date = Some(later(start.timestamp_millis(), before, 1)?);
            continue;
        }
        let number = Number::of(argument)?;
        if let Some(date) = &mut date {
            *date = later(*date, milliseconds(&number)?, 1)?;
            continue;
        }
        total.all_small &= number.is_small();
        total.number = total
            .number
            .with(&number, i64::checked_add, |a, b| a + b, Decimal::add);
    }
    Ok(Some(date.map_or_else(
        || total.finish().value(),
        |ms| RawBson::DateTime(bson::DateTime::from_millis(ms)),
    )))
}

/// A number as milliseconds: a double is rounded away from zero in the middle, a decimal to the even number.
fn milliseconds(number: &Number) -> Result<i64, Wrong> {
    let whole = match number {
        Number::Double(n) => Decimal::of_double(*n).to_integer(Rounding::HalfAway),
        Number::Decimal(n) => n.to_integer(Rounding::HalfEven),
        _ => number.whole(),
    };
    whole.map_or_else(|| wrong("leaves the range of dates"), Ok)
}

fn later(date: i64, by: i64, sign: i64) -> Result<i64, Wrong> {
    let moved = by.checked_mul(sign).and_then(|by| date.checked_add(by));
    moved.map_or_else(|| wrong("leaves the range of dates"), Ok)
}

/// Two dates give milliseconds, a date and a number a date.
fn subtract(arguments: &[Value]) -> Answer {
    if let Some(RawBson::DateTime(left)) = &arguments[0] {
        let left = left.timestamp_millis();
        if let Some(RawBson::DateTime(right)) = &arguments[1] {
            return match left.checked_sub(right.timestamp_millis()) {
                Some(ms) => Ok(Some(RawBson::Int64(ms))),
                None => wrong("leaves the range of int64"),
            };
        }
        let by = milliseconds(&Number::of(&arguments[1])?)?;
        let moved = bson::DateTime::from_millis(later(left, by, -1)?);
        return Ok(Some(RawBson::DateTime(moved)));
    }
    let (left, right) = two(arguments)?;
    let number = left.with(&right, i64::checked_sub, |a, b| a - b, Decimal::subtract);
    let all_small = left.is_small() && right.is_small();
    Ok(Some(Total { number, all_small }.finish().value()))
}

fn two(arguments: &[Value]) -> Result<(Number, Number), Wrong> {
    Ok((Number::of(&arguments[0])?, Number::of(&arguments[1])?))
}

fn multiply(arguments: &[Value]) -> Answer {
    let mut total = Total::new(1);
    // What the product is when the integers overflow: that of the doubles from the start.
    let mut double = 1.0;
    for argument in arguments {
        let number = Number::of(argument)?;
        double *= number.double();
        total.all_small &= number.is_small();
        total.number =
            total
                .number
                .with(&number, i64::checked_mul, |a, b| a * b, Decimal::multiply);
        if let Number::Double(product) = &mut total.number {
            *product = double;
        }
    }
    Ok(Some(total.finish().value()))
}

/// The quotient is a double, of integers too, or a decimal.
fn divide(arguments: &[Value]) -> Answer {
    let (left, right) = two(arguments)?;
    if left.is_decimal() || right.is_decimal() {
        let divisor = right.decimal();
        if divisor.is_zero() {
            return wrong("does not divide by zero");
        }
        return Ok(Some(
            Number::Decimal(left.decimal().divide(&divisor)).value(),
        ));
    }
    if right.double() == 0.0 {
        return wrong("does not divide by zero");
    }
    Ok(Some(RawBson::Double(left.double() / right.double())))
}

/// The remainder has the sign of the dividend.
fn modulo(arguments: &[Value]) -> Answer {
    let (left, right) = two(arguments)?;
    let zero = if right.is_decimal() {
        right.decimal().is_zero()
    } else {
        right.double() == 0.0
    };
    if zero {
        return wrong("does not divide by zero");
    }
    let all_small = left.is_small() && right.is_small();
    // The smallest int64 and -1 overflow; nothing is left of them.
    let number = left.with(
        &right,
        |a, b| Some(a.checked_rem(b).unwrap_or(0)),
        |a, b| a % b,
        Decimal::remainder,
    );
    Ok(Some(Total { number, all_small }.finish().value()))
}
