//! Powers, roots and logarithms. Of decimals only the root is exact here; the others are refused by name.

use bson::raw::RawBson;

use super::Value;
use super::function::{Answer, Function, Null, Shape, Wrong, wrong};
use super::number::Number;

const fn strict(name: &'static str, count: usize, run: fn(&[Value]) -> Answer) -> Function {
    Function::new(name, Shape::Listed(count, count), Null::Spreads, run)
}

pub(super) const FUNCTIONS: &[Function] = &[
    strict("$sqrt", 1, square_root),
    strict("$pow", 2, power),
    strict("$exp", 1, |a| double(in_doubles(&a[0])?.exp())),
    strict("$ln", 1, |a| double(positive(&a[0])?.ln())),
    strict("$log10", 1, |a| double(positive(&a[0])?.log10())),
    strict("$log", 2, |a| {
        let (number, base) = (positive(&a[0])?.ln(), positive(&a[1])?.ln());
        if base == 0.0 {
            return wrong("takes a base other than 1");
        }
        double(number / base)
    }),
];

#[expect(
    clippy::unnecessary_wraps,
    reason = "the last step of operators, which have this result"
)]
fn double(value: f64) -> Answer {
    Ok(Some(RawBson::Double(value)))
}

fn in_doubles(value: &Value) -> Result<f64, Wrong> {
    match Number::of(value)? {
        Number::Decimal(_) => Err(Wrong::Unsupported("a decimal")),
        number => Ok(number.double()),
    }
}

/// Not a number passes.
fn positive(value: &Value) -> Result<f64, Wrong> {
    let number = in_doubles(value)?;
    if number <= 0.0 {
        return wrong("takes positive numbers");
    }
    Ok(number)
}

fn square_root(arguments: &[Value]) -> Answer {
    let negative = || wrong("takes no negative number");
    match Number::of(&arguments[0])? {
        Number::Decimal(n) if n.is_negative() => negative(),
        Number::Decimal(n) => Ok(Some(Number::Decimal(n.square_root()).value())),
        number if number.double() < 0.0 => negative(),
        number => double(number.double().sqrt()),
    }
}

/// Of integers an integer where one can say it; int32 only of two int32.
fn power(arguments: &[Value]) -> Answer {
    let (base, exponent) = (Number::of(&arguments[0])?, Number::of(&arguments[1])?);
    if base.is_decimal() || exponent.is_decimal() {
        return Err(Wrong::Unsupported("a decimal"));
    }
    if base.double() == 0.0 && exponent.double() < 0.0 {
        return wrong("takes no negative power of zero");
    }
    let in_doubles = || double(base.double().powf(exponent.double()));
    let (Some(whole), Some(times)) = (base.whole(), exponent.whole()) else {
        return in_doubles();
    };
    let result = match (whole, times) {
        (0 | 1, _) => whole.checked_pow(u32::from(times != 0)),
        (-1, _) => Some(if times % 2 == 0 { 1 } else { -1 }),
        _ => u32::try_from(times)
            .ok()
            .and_then(|times| whole.checked_pow(times)),
    };
    match result {
        None => in_doubles(),
        Some(n) if base.is_small() && exponent.is_small() => Ok(Some(Number::narrowest(n).value())),
        Some(n) => Ok(Some(RawBson::Int64(n))),
    }
}
