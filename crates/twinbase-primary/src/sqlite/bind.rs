//! Values on their way into SQLite, and times out of it.

use std::borrow::Cow;

use jiff::Timestamp;
use rusqlite::{
    CachedStatement, Connection,
    types::{Null, ToSql, ToSqlOutput},
};
pub(super) use twinbase_core::parse_time;
use twinbase_core::{PrimaryError, Value, to_millis};

use super::error::During;
use crate::fail;
use crate::render::{self, Param, Statement};

/// A time as SQLite keeps it: RFC 3339 in UTC with milliseconds, so that the
/// order of texts is the order of times.
pub(super) fn time(at: Timestamp) -> String {
    format!("{:.3}", to_millis(at))
}

/// A value as SQLite keeps it, for whatever driver binds it.
#[derive(Debug, Clone, PartialEq)]
pub enum Native<'a> {
    /// `null`.
    Null,
    /// A whole number.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// Bytes.
    Bytes(&'a [u8]),
}

impl Param {
    /// As SQLite keeps it.
    pub fn to_sqlite(&self) -> Native<'_> {
        let text = |text| Native::Text(Cow::Owned(text));
        match self {
            Self::Array(values) => {
                let items: serde_json::Value = values.iter().map(json).collect();
                text(items.to_string())
            }
            Self::One(Value::Null) => Native::Null,
            Self::One(Value::Bool(flag)) => Native::Int((*flag).into()),
            Self::One(Value::Int(number)) => Native::Int(*number),
            Self::One(Value::Double(number)) => Native::Double(*number),
            Self::One(Value::Text(text)) => Native::Text(Cow::Borrowed(text)),
            Self::One(Value::Timestamp(at)) => text(time(*at)),
            Self::One(Value::Json(json)) => text(json.to_string()),
            Self::One(Value::Bytes(bytes)) => Native::Bytes(bytes),
            Self::One(many @ Value::Many(_)) => text(render::json(many).to_string()),
        }
    }
}

impl ToSql for Native<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self {
            Self::Null => Ok(Null.into()),
            Self::Int(number) => number.to_sql(),
            Self::Double(number) => number.to_sql(),
            Self::Text(text) => Ok(text.as_ref().into()),
            Self::Bytes(bytes) => bytes.to_sql(),
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
    connection: &'a Connection,
    of: Statement<'_>,
) -> Result<CachedStatement<'a>, PrimaryError> {
    let mut statement = connection.prepare_cached(of.text).during(of.operation)?;
    bind(of, &mut statement)?;
    Ok(statement)
}

/// Binds parameters to `?1`, `?2` or `$1`, `$2`, ..., which may appear in any
/// order and more than once.
fn bind(of: Statement<'_>, statement: &mut CachedStatement<'_>) -> Result<(), PrimaryError> {
    let (operation, params) = (of.operation, of.params);
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
        let bound = statement.raw_bind_parameter(at, param.to_sqlite());
        bound.during(operation)?;
    }
    Ok(())
}
