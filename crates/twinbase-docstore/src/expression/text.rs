//! How values are written as text.

use bson::raw::RawBson;

use super::Value;
use super::date;
use super::function::{Wrong, is_null, wrong};

/// Doubles from this power of ten on are written with an exponent.
const LARGE: i32 = 16;

/// And those below this one.
const SMALL: i32 = -4;

/// A double as `$toString` of MongoDB 8 writes it: as few digits as tell it from every other one.
pub(super) fn double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (SMALL..LARGE).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Outside of `$toString` MongoDB writes six digits of a double, so only those that have no more are taken.
fn short_double(value: f64) -> Result<String, Wrong> {
    let six_digits = format!("{value:.5e}").parse() == Ok(value);
    if six_digits && (value == 0.0 || (1e-4..1e6).contains(&value.abs())) {
        Ok(double(value))
    } else {
        Err(Wrong::Unsupported("a double of more than six digits"))
    }
}

/// The text of a number, a date or a string; null and missing are the empty string.
pub(super) fn of(value: &Value) -> Result<String, Wrong> {
    match value {
        value if is_null(value) => Ok(String::new()),
        Some(RawBson::String(text)) => Ok(text.clone()),
        Some(RawBson::Int32(n)) => Ok(n.to_string()),
        Some(RawBson::Int64(n)) => Ok(n.to_string()),
        Some(RawBson::Double(n)) => short_double(*n),
        Some(RawBson::Decimal128(n)) => Ok(n.to_string()),
        Some(RawBson::DateTime(date)) => date::iso(date.timestamp_millis()),
        Some(RawBson::Timestamp(_)) => Err(Wrong::Unsupported("a timestamp")),
        _ => wrong("takes strings, numbers and dates"),
    }
}
