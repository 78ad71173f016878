//! The values of each kind that are the first to get lost on the way between two databases.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use serde_json::json;
use twinbase::core::{Field, Kind, Timestamp, Value, write::Assignment};

/// Extreme values of a field. A table or a type that refuses one of them is right to.
pub(super) fn of(field: &Field) -> Vec<Value> {
    let values = if field.values.is_empty() {
        of_kind(field.kind)
    } else {
        field
            .values
            .iter()
            .map(|value| Value::from(value.as_ref()))
            .collect()
    };
    if field.many {
        vec![Value::Many(Vec::new()), Value::Many(values)]
    } else {
        values
    }
}

fn of_kind(kind: Kind) -> Vec<Value> {
    match kind {
        Kind::Text => texts([
            "",
            " ",
            "null",
            "0",
            "\"'\\ \n\t",
            "ä € \u{1f600} \u{2028}",
            &"long ".repeat(20_000),
        ]),
        Kind::Bool => vec![Value::Bool(false), Value::Bool(true)],
        Kind::Int32 => integers([0, i32::MIN.into(), i32::MAX.into()]),
        // The second last is no double.
        Kind::Int64 => integers([0, i64::MIN, (1 << 53) + 1, i64::MAX]),
        Kind::Double => [
            0.0,
            0.1,
            2.0,
            -1.5e-300,
            1e21,
            f64::MIN,
            f64::MAX,
            f64::MIN_POSITIVE,
        ]
        .map(Value::Double)
        .to_vec(),
        Kind::Timestamp => [
            "0001-01-01T00:00:00Z",
            "1969-12-31T23:59:59.999Z",
            "2026-03-29T01:30:00.001Z",
            "9999-12-30T21:59:59.999Z",
        ]
        .iter()
        .filter_map(|text| text.parse::<Timestamp>().ok())
        .map(Value::Timestamp)
        .collect(),
        Kind::Json => vec![
            Value::Json(json!({})),
            Value::Json(json!([])),
            Value::Json(json!("text")),
            Value::Json(json!({ "a": [1, 2.5, i64::MAX, null, { "b": true, "": "empty" }] })),
        ],
        Kind::Uuid => texts([
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
        ]),
        Kind::Decimal => texts(["0", "0.10", "-9999999999999999999999999999999999", "1e-30"]),
        Kind::Bytes => vec![Value::Bytes(Vec::new()), Value::Bytes((0..=255).collect())],
        Kind::Date => texts(["0001-01-01", "2024-02-29", "9999-12-31"]),
    }
}

/// A value for a private column that is found again wherever it leaks to; `None` where a kind has none that cannot be
/// there by chance.
pub(super) fn marker(given: &Assignment, kind: Kind) -> Option<(Value, String)> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let text = match (kind, &given.value) {
        (Kind::Text, Value::Text(_)) => {
            // Other tests of the process have the same log.
            format!("leaked-private-column-{}.", MADE.fetch_add(1, Relaxed))
        }
        (Kind::Int32, Value::Int(_)) => 1_918_273_645.to_string(),
        (Kind::Int64, Value::Int(_)) => 918_273_645_546_372_819_i64.to_string(),
        (Kind::Uuid, Value::Text(_)) => "9a8b7c6d-1122-4334-8556-6778899aabbc".to_owned(),
        _ => return None,
    };
    let value = match &given.value {
        Value::Int(_) => Value::Int(text.parse().ok()?),
        _ => Value::Text(text.clone()),
    };
    Some((value, text))
}

fn texts<const N: usize>(texts: [&str; N]) -> Vec<Value> {
    texts.map(Value::from).to_vec()
}

fn integers<const N: usize>(numbers: [i64; N]) -> Vec<Value> {
    numbers.map(Value::Int).to_vec()
}
