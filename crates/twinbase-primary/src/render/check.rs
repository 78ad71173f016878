//! What is refused before any database sees it, the same for every dialect.
//!
//! SQLite would store a text in an integer column and PostgreSQL would not, so
//! that values fit their columns is decided here.

use crate::fail;
use twinbase_core::{AggregateId, Decimal, Field, Kind, PrimaryError, Table, Value};

pub(super) fn field<'a>(
    operation: &'static str,
    table: &'a Table,
    column: &str,
) -> Result<&'a Field, PrimaryError> {
    table.field(column).ok_or_else(|| {
        fail::invalid_statement(
            operation,
            format!("`{}` has no column `{column}`", table.name),
        )
    })
}

/// Refuses a value that a column of this kind cannot hold. Whether it may be
/// null is for the database to say: it names the constraint.
pub(super) fn fits(
    operation: &'static str,
    field: &Field,
    value: &Value,
) -> Result<(), PrimaryError> {
    if let Value::Many(values) = value {
        let one = Field {
            many: false,
            ..field.clone()
        };
        if !field.many || values.contains(&Value::Null) {
            return Err(unfit(operation, field));
        }
        return values
            .iter()
            .try_for_each(|value| fits(operation, &one, value));
    }
    let fits = match (field.kind, value) {
        _ if *value == Value::Null => true,
        _ if field.many => false,
        // Whatever a key's kind, programs have it as a text.
        (_, Value::Text(_)) if field.key => true,
        (Kind::Text, Value::Text(text)) if !field.allows(text) => {
            let allowed = field.values.join(", ");
            let reason = format!("`{}` takes one of {allowed}", field.column);
            return Err(fail::invalid_value(operation, reason));
        }
        (Kind::Decimal, Value::Text(text)) => text.parse::<Decimal>().is_ok(),
        (Kind::Int32, Value::Int(number)) if i32::try_from(*number).is_err() => {
            let reason = format!("the number for `{}` is out of range", field.column);
            return Err(fail::invalid_value(operation, reason));
        }
        (Kind::Text | Kind::Uuid | Kind::Date, Value::Text(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Int32 | Kind::Int64 | Kind::Double | Kind::Decimal, Value::Int(_))
        | (Kind::Bytes, Value::Bytes(_))
        | (Kind::Double, Value::Double(_))
        | (Kind::Timestamp, Value::Timestamp(_))
        | (Kind::Json, Value::Json(_)) => true,
        _ => false,
    };
    if !fits {
        return Err(unfit(operation, field));
    }
    acceptable(operation, value)
}

fn unfit(operation: &'static str, field: &Field) -> PrimaryError {
    let what = if field.many {
        "a list of values, none of them null,"
    } else {
        "a value"
    };
    let reason = format!("`{}` takes {what} of type {:?}", field.column, field.kind);
    fail::invalid_value(operation, reason)
}

/// Refuses a new key that is not an aggregate's id.
pub(super) fn new_key(operation: &'static str, value: &Value) -> Result<(), PrimaryError> {
    match value {
        Value::Text(id) => AggregateId::new(id)
            .map(|_| ())
            .map_err(|error| fail::invalid_value(operation, error.to_string())),
        _ => Ok(()),
    }
}

/// Refuses what no primary can store, wherever it is used.
pub(super) fn values(operation: &'static str, values: &[Value]) -> Result<(), PrimaryError> {
    values
        .iter()
        .try_for_each(|value| acceptable(operation, value))
}

fn acceptable(operation: &'static str, value: &Value) -> Result<(), PrimaryError> {
    let nul = match value {
        Value::Text(text) => text.contains('\0'),
        Value::Json(json) => has_nul(json),
        Value::Double(number) if !number.is_finite() => {
            return Err(fail::invalid_value(operation, "a number is not finite"));
        }
        Value::Many(items) => return values(operation, items),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Double(_)
        | Value::Timestamp(_)
        | Value::Bytes(_) => false,
    };
    if nul {
        let reason = "a text contains the character NUL";
        return Err(fail::invalid_value(operation, reason));
    }
    Ok(())
}

fn has_nul(json: &serde_json::Value) -> bool {
    match json {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(items) => items.iter().any(has_nul),
        serde_json::Value::Object(fields) => fields
            .iter()
            .any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}
