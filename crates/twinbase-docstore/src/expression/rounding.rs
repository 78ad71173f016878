//! Absolute values, and numbers without their fraction or with less of it.

use bson::raw::RawBson;

use super::Value;
use super::function::{Answer, Function, Null, Shape, Wrong, wrong};
use super::number::Number;
use crate::value::{Decimal, Rounding};

const fn strict(name: &'static str, most: usize, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(1, most), Null::Spreads, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    strict("$abs", 1, absolute),
    strict("$ceil", 1, |a| whole(a, f64::ceil, Rounding::Up)),
    strict("$floor", 1, |a| whole(a, f64::floor, Rounding::Down)),
    strict("$round", 2, |a| at_place(a, Rounding::HalfEven)),
    strict("$trunc", 2, |a| at_place(a, Rounding::TowardZero)),
];

fn absolute(arguments: &[Value]) -> Answer {
    Ok(Some(match Number::of(&arguments[0])? {
        Number::Small(n) => Number::narrowest(i64::from(n).abs()).value(),
        Number::Large(i64::MIN) => return wrong("cannot take the smallest int64"),
        Number::Large(n) => RawBson::Int64(n.abs()),
        Number::Double(n) => RawBson::Double(n.abs()),
        Number::Decimal(n) => Number::Decimal(n.magnitude()).value(),
    }))
}

/// Integers stay what they are.
fn whole(arguments: &[Value], double: fn(f64) -> f64, decimal: Rounding) -> Answer {
    Ok(Some(match Number::of(&arguments[0])? {
        Number::Double(n) => RawBson::Double(double(n)),
        Number::Decimal(n) => Number::Decimal(n.round(0, decimal)).value(),
        integer => integer.value(),
    }))
}

/// The places after the point that the manual allows; below zero they lie before it.
const PLACES: std::ops::RangeInclusive<i64> = -20..=100;

/// A double is rounded as the decimal of 34 digits that is nearest to it.
fn at_place(arguments: &[Value], rounding: Rounding) -> Answer {
    let number = Number::of(&arguments[0])?;
    let place = match arguments.get(1) {
        None => 0,
        given => place(given.unwrap_or(&None))?,
    };
    Ok(Some(match number {
        Number::Double(n) if !n.is_finite() => RawBson::Double(n),
        Number::Double(n) => {
            RawBson::Double(Decimal::of_double(n).round(-place, rounding).to_double())
        }
        Number::Decimal(n) => Number::Decimal(n.round(-place, rounding)).value(),
        integer if place >= 0 => integer.value(),
        integer => {
            let rounded = integer.decimal().round(-place, rounding);
            match rounded.to_integer(Rounding::TowardZero) {
                None => return wrong("leaves the range of int64"),
                Some(n) if integer.is_small() => Number::narrowest(n).value(),
                Some(n) => RawBson::Int64(n),
            }
        }
    }))
}

fn place(value: &Value) -> Result<i32, Wrong> {
    let place = Number::of(value)?
        .integral()
        .filter(|place| PLACES.contains(place));
    place
        .and_then(|place| i32::try_from(place).ok())
        .map_or_else(|| wrong("takes a whole place from -20 to 100"), Ok)
}
