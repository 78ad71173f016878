//! How values are written as text.

use bson::raw::RawBson;

use super::Value;
use super::date;
use super::function::{Wrong, is_null, wrong};

/// The significant digits that MongoDB writes of a double.
const DIGITS: i32 = 16;

/// A double as C's `%.16g` writes it, which MongoDB uses.
pub(super) fn double(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let scientific = format!("{value:.15e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..DIGITS).contains(&exponent) {
        let places = usize::try_from(DIGITS - 1 - exponent).unwrap_or(0);
        return shorten(&format!("{value:.places$}")).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", shorten(mantissa), exponent.abs())
}

fn shorten(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

/// The text of a number, a date or a string; null and missing are the empty string.
pub(super) fn of(value: &Value) -> Result<String, Wrong> {
    match value {
        value if is_null(value) => Ok(String::new()),
        Some(RawBson::String(text)) => Ok(text.clone()),
        Some(RawBson::Int32(n)) => Ok(n.to_string()),
        Some(RawBson::Int64(n)) => Ok(n.to_string()),
        Some(RawBson::Double(n)) => Ok(double(*n)),
        Some(RawBson::Decimal128(n)) => Ok(n.to_string()),
        Some(RawBson::DateTime(date)) => date::iso(date.timestamp_millis()),
        Some(RawBson::Timestamp(_)) => Err(Wrong::Unsupported("a timestamp")),
        _ => wrong("takes strings, numbers and dates"),
    }
}
