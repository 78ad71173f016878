//! Rows and heads together, for whoever compares both sides.

use twinbase_core::{AggregateId, Schema, Value, primary::PrimaryKind};

use super::{
    select,
    sql::{Param, Sql},
};

/// The rows after a key with their heads, in the order of keys that the table
/// itself has: its key may be of another collation than `aggregate_version`, and
/// only one index can lead the walk.
pub(crate) fn states_after(
    kind: PrimaryKind,
    schema: &Schema,
    after: Option<&str>,
    limit: u32,
) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("select ");
    select::state_columns(&mut sql, schema);
    sql.push(" from ").name(schema.table.name);
    select::join_head(&mut sql, schema);
    if let Some(after) = after {
        sql.push(" where ");
        key(&mut sql, schema);
        sql.push(" > ").value(Value::Text(after.to_owned()));
    }
    sql.push(" order by ");
    key(&mut sql, schema);
    sql.push(" limit ").value(Value::Int(limit.into()));
    sql
}

/// Rows and heads of these aggregates; on SQLite the ids are one JSON array.
pub(crate) fn states_of(kind: PrimaryKind, schema: &Schema, ids: &[AggregateId]) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("with present as (select ");
    select::state_columns(&mut sql, schema);
    sql.push(" from ").name(schema.table.name);
    select::join_head(&mut sql, schema);
    sql.push(" where ");
    key(&mut sql, schema);
    one_of(&mut sql, ids);
    sql.push(") select id, version, payload from present union all select head.aggregate_id, head.version, null from aggregate_version as head where head.aggregate_type = ")
        .literal(schema.aggregate_type)
        .push(" and head.aggregate_id");
    one_of(&mut sql, ids);
    sql.push(" and not exists (select 1 from present where present.id = head.aggregate_id)");
    sql
}

fn one_of(sql: &mut Sql, ids: &[AggregateId]) {
    match sql.kind {
        PrimaryKind::Postgres | PrimaryKind::Cockroach => {
            let ids = ids.iter().map(Value::from).collect();
            sql.push(" = any(").param(Param::Array(ids)).push(")");
        }
        PrimaryKind::Sqlite => {
            let ids: serde_json::Value = ids.iter().map(AggregateId::as_str).collect();
            sql.push(" in (select value from json_each(")
                .value(Value::Text(ids.to_string()))
                .push("))");
        }
    }
}

fn key(sql: &mut Sql, schema: &Schema) {
    sql.name(schema.table.name)
        .push(".")
        .name(schema.key().column);
}
