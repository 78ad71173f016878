//! `where` and `order by`.

use twinbase_core::{
    PrimaryError, Table, Value,
    primary::PrimaryKind,
    write::{Comparison, Condition, Order},
};

use crate::fail;

use super::{check, sql::Sql};

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
    sql.column(&table.name, &field.column);
    let (comparison, value) = match (condition.comparison, condition.values.as_slice()) {
        (Comparison::In, values) => {
            sql.any(values.to_vec());
            return Ok(());
        }
        (comparison, [value]) => (comparison, value),
        _ => {
            let reason = "a comparison takes one value";
            return Err(fail::invalid_statement(operation, reason));
        }
    };
    match (comparison, value) {
        // Not `is not distinct from`: PostgreSQL uses no index for that.
        (Comparison::Equal, Value::Null) => sql.push(" is null"),
        (Comparison::NotEqual, Value::Null) => sql.push(" is not null"),
        (Comparison::Equal, value) => sql.push(" = ").value(value.clone()),
        (Comparison::NotEqual, value) => sql.push(" is distinct from ").value(value.clone()),
        (Comparison::Less, value) => sql.push(" < ").value(value.clone()),
        (Comparison::Greater, value) => sql.push(" > ").value(value.clone()),
        (Comparison::In, _) => sql,
    };
    Ok(())
}

/// Appends the condition that continues a page: rows after the one with these values.
pub(super) fn after(
    sql: &mut Sql,
    operation: &'static str,
    table: &Table,
    order: &[Order],
    after: &[Value],
) -> Result<(), PrimaryError> {
    let invalid = |reason: &str| fail::invalid_statement(operation, reason);
    let first = order
        .first()
        .ok_or_else(|| invalid("`after` needs an order"))?;
    if order.len() != after.len() || order.iter().any(|o| o.descending != first.descending) {
        return Err(invalid(
            "`after` needs one value for each column of an order in one direction",
        ));
    }
    for (column, value) in order.iter().zip(after) {
        let field = check::field(operation, table, &column.column)?;
        check::fits(operation, field, value)?;
        if *value == Value::Null {
            return Err(invalid("a page cannot continue after null"));
        }
    }
    sql.push("(")
        .list(", ", order, |sql, o| {
            sql.column(&table.name, &o.column);
        })
        .push(if first.descending { ") < (" } else { ") > (" })
        .list(", ", after, |sql, value| {
            sql.value(value.clone());
        })
        .push(")");
    Ok(())
}

/// Appends ` order by ..`; nothing when there is no order.
pub(super) fn order_by(
    sql: &mut Sql,
    operation: &'static str,
    table: &Table,
    order: &[Order],
) -> Result<(), PrimaryError> {
    for (at, order) in order.iter().enumerate() {
        let field = check::field(operation, table, &order.column)?;
        sql.push(if at == 0 { " order by " } else { ", " })
            .column(&table.name, &field.column);
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
