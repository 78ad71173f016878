//! Raising heads without a change of rows, each with an event that says nothing: what a worker makes of it comes from the row.
//!
//! Only heads are locked, in the order of ids. Whether there is a row is read without a lock and decides the event's type alone,
//! because a worker reads row and head in one snapshot whatever the type is.

use serde_json::json;
use twinbase_core::{
    AggregateId, NO_MAPPING, Operation, Schema, Value, Version, primary::PrimaryKind,
};

use super::{
    payload,
    sql::{Param, Sql},
};

/// The statements of one transaction. The first returns `id` and `version`. Indexes: the primary keys.
pub(crate) fn touch(
    kind: PrimaryKind,
    schema: &Schema,
    above: &[(AggregateId, Version)],
) -> Vec<Sql> {
    match kind {
        PrimaryKind::Postgres | PrimaryKind::Cockroach => vec![on_servers(kind, schema, above)],
        PrimaryKind::Sqlite => on_sqlite(schema, above),
    }
}

fn on_servers(kind: PrimaryKind, schema: &Schema, above: &[(AggregateId, Version)]) -> Sql {
    let mut sql = Sql::new(kind);
    sql.push("with head as (");
    raise(&mut sql, schema);
    let ids = above.iter().map(|(id, _)| id.into()).collect();
    let versions = above.iter().map(|(_, above)| (*above).into()).collect();
    // Without a floor there is no version, as on SQLite; `greatest` alone would leave it out.
    sql.push("of.id, case when f.floor is not null then greatest(of.above, f.floor) + 1 end from (select ")
        .floor()
        .push(" as floor) as f cross join unnest(")
        .param(Param::Array(ids))
        .push("::text[], ")
        .param(Param::Array(versions))
        .push("::int8[]) as of(id, above) order by of.id");
    on_conflict(&mut sql, "greatest");
    sql.push(" returning aggregate_id as id, version), present as (");
    present(&mut sql, schema, above);
    sql.push("), event as (");
    events(&mut sql, schema);
    sql.push("head.id, '{}'::jsonb, head.version, ")
        .push(&NO_MAPPING.to_string())
        .push(" from head) select id, version from head");
    sql
}

fn on_sqlite(schema: &Schema, above: &[(AggregateId, Version)]) -> Vec<Sql> {
    let pairs: Vec<_> = above
        .iter()
        .map(|(id, above)| json!([id.as_str(), above.get()]))
        .collect();
    let mut heads = Sql::new(PrimaryKind::Sqlite);
    raise(&mut heads, schema);
    heads
        .push("of.value ->> 0, max(of.value ->> 1, ")
        .floor()
        .push(") + 1 from json_each(")
        .value(json!(pairs).to_string().into())
        // SQLite needs a `where` to tell `on conflict` from a join.
        .push(") as of where true");
    on_conflict(&mut heads, "max");
    heads.push(" returning aggregate_id as id, version");
    let mut sql = Sql::new(PrimaryKind::Sqlite);
    sql.push("with present as (");
    present(&mut sql, schema, above);
    sql.push(") ");
    events(&mut sql, schema);
    sql.push("head.aggregate_id, '{}', head.version, ")
        .push(&NO_MAPPING.to_string())
        .push(" from (select aggregate_id as id, * from aggregate_version) as head where head.aggregate_type = ")
        .literal(&schema.aggregate_type)
        .push(" and head.aggregate_id")
        .any(above.iter().map(|(id, _)| id.into()));
    vec![heads, sql]
}

fn raise(sql: &mut Sql, schema: &Schema) {
    sql.push("insert into aggregate_version (aggregate_type, aggregate_id, version) select ")
        .literal(&schema.aggregate_type)
        .push(", ");
}

fn on_conflict(sql: &mut Sql, greatest: &str) {
    sql.push(" on conflict (aggregate_type, aggregate_id) do update set version = ")
        .push(greatest)
        .push("(aggregate_version.version + 1, excluded.version)");
}

/// The ids that have a row.
fn present(sql: &mut Sql, schema: &Schema, above: &[(AggregateId, Version)]) {
    let table = &schema.table.name;
    payload::key_text(sql.push("select "), schema)
        .push(" as id from ")
        .name(table)
        .push(" where ")
        .column(table, &schema.key().column)
        .any(above.iter().map(|(id, _)| Value::from(id)));
}

fn events(sql: &mut Sql, schema: &Schema) {
    sql.push(
        "insert into \"Outbox\" (event_type, aggregate_type, aggregate_id, payload, version, mapping) \
         select case when exists (select 1 from present where present.id = head.id) then ",
    )
    .literal(&schema.event_type(Operation::Updated))
    .push(" else ")
    .literal(&schema.event_type(Operation::Deleted))
    .push(" end, ")
    .literal(&schema.aggregate_type)
    .push(", ");
}
