//! How the rows of a rendered statement are read, on any connection.

use std::sync::Arc;

use rusqlite::{Connection, types::ValueRef};
use twinbase_core::{PrimaryError, Row, State, StateRows, Value, Version};

use super::{bind::prepare, error::During, object::Object};
use crate::fail;
use crate::render::{QUERY, SELECT, Sql, Statement};

/// Runs a statement that returns `id`, `version` and `payload`.
pub(super) fn states(connection: &Connection, sql: &Sql) -> Result<Vec<State>, PrimaryError> {
    let rows = page(connection, sql, StateRows::all(), |row, to| {
        let payload: Option<&str> = row.get_ref(2)?.as_str_or_null()?;
        to.push_str(payload.unwrap_or_default());
        Ok(payload.is_some())
    });
    Ok(rows?.states())
}

/// Runs a statement that returns `id`, `version`, whether there is a row, and its values, until there are enough rows.
pub(super) fn values(
    connection: &Connection,
    sql: &Sql,
    (object, rows): (&Object, StateRows),
) -> Result<StateRows, PrimaryError> {
    page(connection, sql, rows, |row, to| {
        let is_row = row.get(2)?;
        if is_row {
            object.write(to, row, 3)?;
        }
        Ok(is_row)
    })
}

fn page(
    connection: &Connection,
    sql: &Sql,
    mut found: StateRows,
    payload: impl Fn(&rusqlite::Row<'_>, &mut String) -> rusqlite::Result<bool>,
) -> Result<StateRows, PrimaryError> {
    let mut statement = prepare(connection, sql.statement(SELECT))?;
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().during(SELECT)? {
        let version = Version::new(row.get(1).during(SELECT)?);
        let key = row.get_ref(0).during(SELECT)?;
        let key = key.as_str().map_err(rusqlite::Error::from).during(SELECT)?;
        let taken = found.take_with(key, version, |to| payload(row, to));
        if taken.during(SELECT)?.is_break() {
            break;
        }
    }
    Ok(found)
}

/// Runs the query of an application, and returns its rows.
pub(super) fn rows(connection: &Connection, sql: &Sql) -> Result<Vec<Row>, PrimaryError> {
    if !connection
        .prepare_cached(&sql.text)
        .during(QUERY)?
        .readonly()
    {
        return Err(fail::invalid_statement(QUERY, "it changes something"));
    }
    cells(connection, sql.statement(QUERY), value)
}

/// Runs a statement of a rendered change, and returns its rows.
pub(super) fn answer(
    connection: &Connection,
    statement: Statement<'_>,
) -> Result<Vec<Row>, PrimaryError> {
    cells(connection, statement, value)
}

/// Runs a statement of our own. What a foreign writer left and cannot be read, such as a text that is not UTF-8, is null.
pub(super) fn readable(
    operation: &'static str,
    connection: &Connection,
    sql: &Sql,
) -> Result<Vec<Row>, PrimaryError> {
    cells(connection, sql.statement(operation), |cell| {
        Ok(value(cell).unwrap_or(Value::Null))
    })
}

fn cells(
    connection: &Connection,
    of: Statement<'_>,
    value: impl Fn(ValueRef<'_>) -> Result<Value, PrimaryError>,
) -> Result<Vec<Row>, PrimaryError> {
    let operation = of.operation;
    let mut statement = prepare(connection, of)?;
    let names = statement.column_names();
    let columns: Arc<[String]> = names.into_iter().map(str::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut answer = Vec::new();
    while let Some(row) = rows.next().during(operation)? {
        let cell = |at| row.get_ref(at).during(operation).and_then(&value);
        let values = (0..columns.len()).map(cell).collect::<Result<_, _>>()?;
        answer.push(Row::new(Arc::clone(&columns), values));
    }
    Ok(answer)
}

fn value(value: ValueRef<'_>) -> Result<Value, PrimaryError> {
    match value {
        ValueRef::Null => Ok(Value::Null),
        ValueRef::Integer(number) => Ok(Value::Int(number)),
        ValueRef::Real(number) => Ok(Value::Double(number)),
        ValueRef::Text(text) => std::str::from_utf8(text)
            .map(|text| Value::Text(text.to_owned()))
            .map_err(|_| fail::invalid_statement(QUERY, "its result has a text that is not UTF-8")),
        ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes.to_owned())),
    }
}
