//! Many rows as one JSON parameter.
//!
//! The database gives each value the type of its column, whatever that is, and
//! the statement has the same text for any number of rows.

use serde_json::{Map, Value as Json};
use twinbase_core::{Bytes, Name, Value, to_millis};

/// An array of objects, one a row.
pub(super) fn recordset(columns: &[Name], rows: &[Vec<Value>]) -> Value {
    let object = |row: &Vec<Value>| -> Json {
        let fields: Map<String, Json> = columns
            .iter()
            .zip(row)
            .map(|(column, value)| (column.to_string(), json(value)))
            .collect();
        fields.into()
    };
    Value::Json(rows.iter().map(object).collect())
}

/// A value as JSON has it; a time as text with milliseconds, which sorts.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(v) => (*v).into(),
        Value::Int(v) => (*v).into(),
        Value::Double(v) => (*v).into(),
        Value::Text(v) => v.clone().into(),
        Value::Timestamp(v) => format!("{:.3}", to_millis(*v)).into(),
        Value::Json(v) => v.clone(),
        Value::Bytes(v) => format!("\\x{}", Bytes::hex(v)).into(),
        Value::Many(v) => v.iter().map(json).collect(),
    }
}
