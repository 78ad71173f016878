//! `where` and `order by`, in the order that documents have.

use twinbase_core::{
    Field, Kind, PrimaryError, Table, Value,
    primary::PrimaryKind,
    write::{Comparison, Condition, Order},
};

use crate::fail;

use super::{check, sql::Sql, time::SQLITE_TIME_IN_ORDER};

/// Appends ` where ..` for conditions that all hold; nothing when there are none.
pub(super) fn filter(
    sql: &mut Sql,
    operation: &'static str,
    table: &Table,
    filter: &[Condition],
) -> Result<(), PrimaryError> {
    for (at, condition) in filter.iter().enumerate() {
        sql.push(if at == 0 { " where " } else { " and " });
        one(sql, operation, table, condition)?;
    }
    Ok(())
}

fn one(
    sql: &mut Sql,
    operation: &'static str,
    table: &Table,
    condition: &Condition,
) -> Result<(), PrimaryError> {
    let field = check::field(operation, table, &condition.column)?;
    for value in &condition.values {
        check::fits(operation, field, value)?;
    }
    if !field.has_order() && condition.values != [Value::Null] {
        return Err(no_order(operation, field));
    }
    let (comparison, value) = match (condition.comparison, condition.values.as_slice()) {
        (Comparison::In, values) => {
            among(sql, table, field, values);
            return Ok(());
        }
        (comparison, [value]) => (comparison, value),
        _ => {
            let reason = "a comparison takes one value";
            return Err(fail::invalid_statement(operation, reason));
        }
    };
    match comparison {
        Comparison::Less | Comparison::Greater => comparable(sql, table, field),
        _ => equatable(sql, table, field),
    };
    match (comparison, value) {
        // Not `is not distinct from`: PostgreSQL uses no index for that.
        (Comparison::Equal, Value::Null) => sql.push(" is null"),
        (Comparison::NotEqual, Value::Null) => sql.push(" is not null"),
        (Comparison::Equal | Comparison::In, value) => sql.push(" = ").value(value.clone()),
        (Comparison::NotEqual, value) => sql.push(" is distinct from ").value(value.clone()),
        (Comparison::Less, value) => sql.push(" < ").value(value.clone()),
        (Comparison::Greater, value) => sql.push(" > ").value(value.clone()),
    };
    Ok(())
}

fn among(sql: &mut Sql, table: &Table, field: &Field, values: &[Value]) {
    let has_null = values.contains(&Value::Null);
    let values = values.iter().filter(|value| **value != Value::Null);
    sql.push(if has_null { "(" } else { "" });
    equatable(sql, table, field).any(values.cloned());
    if has_null {
        sql.push(" or ")
            .column(&table.name, &field.column)
            .push(" is null)");
    }
}

/// Appends a column as it is compared and ordered: as its value in a document is.
fn comparable<'a>(sql: &'a mut Sql, table: &Table, field: &Field) -> &'a mut Sql {
    match (sql.kind, field.kind) {
        // A key is a text in documents, whatever its kind here; a uuid has the same order as either.
        (_, Kind::Int32 | Kind::Int64) if field.key => {
            sql.push("cast(")
                .column(&table.name, &field.column)
                .push(" as text)");
            sql.push(if sql.kind == PrimaryKind::Postgres {
                " collate \"C\""
            } else {
                ""
            })
        }
        // Texts of CockroachDB and SQLite compare byte by byte. Nothing is cast where the column is `text` and of
        // this collation, so its index serves.
        (PrimaryKind::Postgres, Kind::Text) => sql
            .push("cast(")
            .column(&table.name, &field.column)
            .push(" as text) collate \"C\""),
        _ => equatable(sql, table, field),
    }
}

/// Appends a column as it is told equal: times by the milliseconds that documents keep.
fn equatable<'a>(sql: &'a mut Sql, table: &Table, field: &Field) -> &'a mut Sql {
    match (sql.kind, field.kind) {
        (PrimaryKind::Postgres | PrimaryKind::Cockroach, Kind::Timestamp) => sql
            .push("cast(")
            .column(&table.name, &field.column)
            .push(" as timestamptz(3))"),
        (PrimaryKind::Sqlite, Kind::Timestamp) => sql.template(SQLITE_TIME_IN_ORDER, |sql| {
            sql.column(&table.name, &field.column);
        }),
        _ => sql.column(&table.name, &field.column),
    }
}

/// Appends the condition that continues a page: rows after the one with these values.
pub(super) fn after(
    sql: &mut Sql,
    operation: &'static str,
    table: &Table,
    order: &[Order],
    after: &[Value],
) -> Result<(), PrimaryError> {
    if order.is_empty() || order.len() != after.len() {
        let reason = "`after` needs one value for each column of the order";
        return Err(fail::invalid_statement(operation, reason));
    }
    let mut places = Vec::new();
    for (order, value) in order.iter().zip(after) {
        let field = ordered(operation, table, order)?;
        check::fits(operation, field, value)?;
        places.push((field, order.descending, value));
    }
    let (field, descending, value) = places[0];
    // What all that comes after has in common, so that an index leads to the place: SQLite does not see it in a
    // comparison of rows with an expression, and nobody in alternatives.
    if !field.nullable && *value != Value::Null {
        comparable(sql, table, field)
            .push(if descending { " <= " } else { " >= " })
            .value(value.clone())
            .push(" and ");
    }
    let is_plain = |(field, of, value): &(&Field, bool, &Value)| {
        *of == descending && !field.nullable && **value != Value::Null
    };
    if !places.iter().all(is_plain) {
        beyond(sql, table, &places);
        return Ok(());
    }
    sql.push("(")
        .list(", ", &places, |sql, (field, _, _)| {
            comparable(sql, table, field);
        })
        .push(if descending { ") < (" } else { ") > (" })
        .list(", ", after, |sql, value| {
            sql.value(value.clone());
        })
        .push(")");
    Ok(())
}

/// Appends what comes after a row in an order that is no comparison of rows: of mixed directions, or with nulls.
fn beyond(sql: &mut Sql, table: &Table, places: &[(&Field, bool, &Value)]) {
    let Some(((field, descending, value), rest)) = places.split_first() else {
        sql.push("false");
        return;
    };
    let is_null = |sql: &mut Sql, text: &str| {
        sql.column(&table.name, &field.column).push(text);
    };
    sql.push("(");
    match (descending, value) {
        (false, Value::Null) => is_null(sql, " is not null"),
        (true, Value::Null) => {
            sql.push("false");
        }
        (false, value) => {
            comparable(sql, table, field)
                .push(" > ")
                .value((*value).clone());
        }
        (true, value) => {
            comparable(sql, table, field)
                .push(" < ")
                .value((*value).clone());
            if field.nullable {
                is_null(sql.push(" or "), " is null");
            }
        }
    }
    if !rest.is_empty() {
        sql.push(" or ");
        if **value == Value::Null {
            is_null(sql, " is null and ");
        } else {
            comparable(sql, table, field)
                .push(" = ")
                .value((*value).clone())
                .push(" and ");
        }
        beyond(sql, table, rest);
    }
    sql.push(")");
}

fn ordered<'a>(
    operation: &'static str,
    table: &'a Table,
    order: &Order,
) -> Result<&'a Field, PrimaryError> {
    let field = check::field(operation, table, &order.column)?;
    if !field.has_order() {
        return Err(no_order(operation, field));
    }
    Ok(field)
}

fn no_order(operation: &'static str, field: &Field) -> PrimaryError {
    let column = &field.column;
    let reason = format!("`{column}` holds values without an order that both sides share");
    fail::invalid_statement(operation, reason)
}

/// Appends ` order by ..`; nothing when there is no order.
pub(super) fn order_by(
    sql: &mut Sql,
    operation: &'static str,
    table: &Table,
    order: &[Order],
) -> Result<(), PrimaryError> {
    for (at, order) in order.iter().enumerate() {
        let field = ordered(operation, table, order)?;
        sql.push(if at == 0 { " order by " } else { ", " });
        comparable(sql, table, field);
        if order.descending {
            sql.push(" desc");
        }
        // The others put nulls first ascending by themselves; on a column
        // without nulls the words would only keep PostgreSQL from its index.
        if field.nullable && sql.kind == PrimaryKind::Postgres {
            sql.push(if order.descending {
                " nulls last"
            } else {
                " nulls first"
            });
        }
    }
    Ok(())
}
