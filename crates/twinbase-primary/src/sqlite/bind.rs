//! Values on their way into SQLite, and times out of it.

use jiff::Timestamp;
use rusqlite::{
    CachedStatement, Connection, Statement,
    types::{Null, ToSql, ToSqlOutput},
};
pub(super) use twinbase_core::parse_time;
use twinbase_core::{PrimaryError, Value, to_millis};

use super::error::During;
use crate::fail;
use crate::render::{self, Param, Sql};

/// A time as SQLite keeps it: RFC 3339 in UTC with milliseconds, so that the
/// order of texts is the order of times.
pub(super) fn time(at: Timestamp) -> String {
    format!("{:.3}", to_millis(at))
}

struct Bound<'a>(&'a Param);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self.0 {
            Param::Array(values) => {
                let items: serde_json::Value = values.iter().map(json).collect();
                Ok(items.to_string().into())
            }
            Param::One(Value::Null) => Ok(Null.into()),
            Param::One(Value::Bool(flag)) => flag.to_sql(),
            Param::One(Value::Int(number)) => number.to_sql(),
            Param::One(Value::Double(number)) => number.to_sql(),
            Param::One(Value::Text(text)) => text.to_sql(),
            Param::One(Value::Timestamp(at)) => Ok(time(*at).into()),
            Param::One(Value::Json(json)) => Ok(json.to_string().into()),
            Param::One(Value::Bytes(bytes)) => bytes.to_sql(),
            Param::One(many @ Value::Many(_)) => Ok(render::json(many).to_string().into()),
        }
    }
}

/// An element of an array parameter, as `json_each` gives it back: JSON as the text that columns hold.
fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Json(json) => json.to_string().into(),
        other => render::json(other),
    }
}

/// A rendered statement with its parameters.
pub(super) fn prepare<'a>(
    operation: &'static str,
    connection: &'a Connection,
    sql: &Sql,
) -> Result<CachedStatement<'a>, PrimaryError> {
    let mut statement = connection.prepare_cached(&sql.text).during(operation)?;
    bind(operation, &mut statement, &sql.params)?;
    Ok(statement)
}

/// Binds parameters to `?1`, `?2` or `$1`, `$2`, ..., which may appear in any
/// order and more than once.
pub(super) fn bind(
    operation: &'static str,
    statement: &mut Statement<'_>,
    params: &[Param],
) -> Result<(), PrimaryError> {
    for at in 1..=statement.parameter_count() {
        let name = statement.parameter_name(at).unwrap_or_default();
        let number = name.get(1..).and_then(|digits| digits.parse().ok());
        let param = number
            .and_then(|number: usize| params.get(number.checked_sub(1)?))
            .filter(|_| name.starts_with(['?', '$']));
        let Some(param) = param else {
            let reason = format!("it has no value for parameter `{name}`");
            return Err(fail::invalid_statement(operation, reason));
        };
        let bound = statement.raw_bind_parameter(at, Bound(param));
        bound.during(operation)?;
    }
    Ok(())
}
