//! The change itself: `insert`, `update` or `delete` on one table, without events.

use twinbase_core::{
    Field, Kind, Name, PrimaryError, Table, Value,
    primary::PrimaryKind,
    write::{Action, Assignment, OnConflict, Write},
};

use crate::fail;

use super::{check, condition, recordset::recordset, sql::Sql};

/// Renders the change of a [`Write`] without a `returning` clause, every column checked against the table.
///
/// An insert without rows is an error here: callers answer it without asking the database.
pub(crate) fn change(kind: PrimaryKind, write: &Write) -> Result<Sql, PrimaryError> {
    let table = write.target.table();
    let mut sql = Sql::new(kind);
    match &write.action {
        Action::Insert {
            columns,
            rows,
            on_conflict,
        } => insert(&mut sql, table, columns, rows, *on_conflict)?,
        Action::Update { set, filter } => {
            update(&mut sql, table, set)?;
            condition::filter(&mut sql, UPDATE, table, filter)?;
        }
        Action::Delete { filter } => {
            sql.push("delete from ").name(&table.name);
            condition::filter(&mut sql, DELETE, table, filter)?;
        }
    }
    Ok(sql)
}

const INSERT: &str = "insert rows";
pub(super) const UPDATE: &str = "update rows";
const DELETE: &str = "delete rows";

pub(crate) const fn operation(write: &Write) -> &'static str {
    match write.action {
        Action::Insert { .. } => INSERT,
        Action::Update { .. } => UPDATE,
        Action::Delete { .. } => DELETE,
    }
}

pub(crate) fn is_nothing(write: &Write) -> bool {
    matches!(&write.action, Action::Insert { rows, .. } if rows.is_empty())
}

fn insert(
    sql: &mut Sql,
    table: &Table,
    columns: &[Name],
    rows: &[Vec<Value>],
    on_conflict: OnConflict,
) -> Result<(), PrimaryError> {
    let fields = columns
        .iter()
        .map(|column| check::field(INSERT, table, column))
        .collect::<Result<Vec<&Field>, _>>()?;
    if columns.is_empty() || rows.is_empty() || rows.iter().any(|row| row.len() != columns.len()) {
        let reason = "an insert takes rows with one value for each of its columns";
        return Err(fail::invalid_statement(INSERT, reason));
    }
    for row in rows {
        for (field, value) in fields.iter().zip(row) {
            check::fits(INSERT, field, value)?;
            if field.key {
                check::new_key(INSERT, value)?;
            }
        }
    }
    let names = |sql: &mut Sql| {
        sql.list(", ", columns, |sql, column| {
            sql.name(column);
        });
    };
    sql.push("insert into ").name(&table.name).push(" (");
    names(sql);
    sql.push(")");
    if rows.len() == 1 || sql.kind == PrimaryKind::Sqlite {
        // Without a round trip to save, SQLite runs the statement of one row for
        // each: the parameters of all rows follow each other.
        let (first, rest) = rows.split_at(1);
        sql.push(" values ").list(", ", first, |sql, row| {
            sql.push("(")
                .list(", ", row, |sql, value| {
                    sql.value(value.clone());
                })
                .push(")");
        });
        let rest = rest.iter().flatten().cloned();
        sql.params.extend(rest.map(super::Param::One));
    } else {
        sql.push(" select ");
        names(sql);
        sql.push(" from jsonb_populate_recordset(null::")
            .name(&table.name)
            .push(", ")
            .value(recordset(columns, rows))
            .push(")");
    }
    match on_conflict {
        OnConflict::Fail => {}
        OnConflict::Ignore => {
            sql.push(" on conflict do nothing");
        }
    }
    Ok(())
}

fn update(sql: &mut Sql, table: &Table, set: &[Assignment]) -> Result<(), PrimaryError> {
    let invalid = |reason: &str| fail::invalid_statement(UPDATE, reason);
    if set.is_empty() {
        return Err(invalid("an update assigns something"));
    }
    sql.push("update ").name(&table.name).push(" set ");
    for (at, assignment) in set.iter().enumerate() {
        let field = check::field(UPDATE, table, &assignment.column)?;
        check::fits(UPDATE, field, &assignment.value)?;
        if field.key {
            return Err(invalid("the key of a row does not change"));
        }
        if at > 0 {
            sql.push(", ");
        }
        sql.name(&field.column).push(" = ");
        if assignment.add {
            if !matches!(field.kind, Kind::Int32 | Kind::Int64 | Kind::Double) {
                let column = &field.column;
                return Err(invalid(&format!("`{column}` is not a number to add to")));
            }
            sql.column(&table.name, &field.column).push(" + ");
        }
        sql.value(assignment.value.clone());
    }
    Ok(())
}
