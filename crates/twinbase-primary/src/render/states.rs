//! Rows and heads together, for whoever compares both sides.

use twinbase_core::{AggregateId, Schema, Value, primary::PrimaryKind};

use super::{select, sql::Sql};

/// The rows after a key with their heads, in the order of keys that the table
/// itself has: its key may be of another collation than `aggregate_version`, and
/// only one index can lead the walk.
pub(crate) fn states_after(
    kind: PrimaryKind,
    schema: &Schema,
    after: Option<&str>,
    limit: u32,
) -> Sql {
    let (table, key) = (schema.table.name, schema.key().column);
    let mut sql = Sql::new(kind);
    select::states(&mut sql, schema);
    if let Some(after) = after {
        sql.push(" where ")
            .column(table, key)
            .push(" > ")
            .value(after.into());
    }
    sql.push(" order by ").column(table, key);
    sql.push(" limit ").value(Value::Int(limit.into()));
    sql
}

pub(crate) fn states_of(kind: PrimaryKind, schema: &Schema, ids: &[AggregateId]) -> Sql {
    let (table, key) = (schema.table.name, schema.key().column);
    let ids = || ids.iter().map(Value::from);
    let mut sql = Sql::new(kind);
    sql.push("with present as (");
    select::states(&mut sql, schema);
    sql.push(" where ").column(table, key).any(ids());
    sql.push(") select id, version, payload from present union all select head.aggregate_id, head.version, null from aggregate_version as head where head.aggregate_type = ")
        .literal(schema.aggregate_type)
        .push(" and head.aggregate_id").any(ids())
        .push(" and not exists (select 1 from present where present.id = head.aggregate_id)");
    sql
}
