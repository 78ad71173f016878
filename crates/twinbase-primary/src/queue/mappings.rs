//! What programs register of their schemas: the fields that events may have, and the hash of each mapping.

use std::sync::Arc;
use twinbase_core::{Name, PrimaryError, Schema};

use super::{Run, change, record};
use crate::render::Sql;

/// Index: the primary keys. Lock: the rows that are new, change or go.
pub(crate) async fn register(
    database: &impl Run,
    schemas: &[Arc<Schema>],
) -> Result<(), PrimaryError> {
    const OPERATION: &str = "register schemas";
    if schemas.is_empty() {
        return Ok(());
    }
    let mut schemas = schemas.to_vec();
    // One order of locks for all programs.
    schemas.sort_unstable_by(|one, other| one.aggregate_type.cmp(&other.aggregate_type));
    let field = |sql: &mut Sql, (of, name): (&str, &str)| {
        sql.push("(").literal(of).push(", ").literal(name).push(")");
    };
    let fields = || {
        schemas.iter().flat_map(|schema| {
            let of = schema.aggregate_type.as_ref();
            schema.mapped().map(move |(_, name)| (of, name))
        })
    };
    let mut insert = Sql::new(database.dialect());
    insert
        .push("insert into aggregate_field (aggregate_type, field) values ")
        .list(", ", fields(), field)
        .push(" on conflict do nothing");
    let mut delete = Sql::new(database.dialect());
    delete
        .push("delete from aggregate_field where aggregate_type in (")
        .list(", ", &schemas, |sql, schema| {
            sql.literal(&schema.aggregate_type);
        })
        .push(") and (aggregate_type, field) not in (values ")
        .list(", ", fields(), field)
        .push(")");
    // Documents that are there were made by the mapping that was registered before.
    let mut collections = Sql::new(database.dialect());
    collections
        .push("insert into twinbase_collection (collection, revision, physical, generation, last_generation, mapping, state) ")
        .list(" union all ", &schemas, |sql, schema| {
            let of = schema.collection.as_ref();
            sql.push("select ").literal(of).push(", 1, ").literal(of);
            sql.push(", 1, 1, coalesce((select hash from twinbase_mapping where aggregate_type = ");
            sql.literal(&schema.aggregate_type);
            sql.push(&format!("), {}), 'serving' where not exists (select 1 from twinbase_collection where collection = ", schema.mapping_hash()));
            sql.literal(of).push(")");
        })
        .push(" on conflict do nothing");
    let mut upsert = Sql::new(database.dialect());
    upsert
        .push("insert into twinbase_mapping (aggregate_type, hash) values ")
        .list(", ", &schemas, |sql, schema| {
            sql.push("(").literal(&schema.aggregate_type);
            sql.push(&format!(", {})", schema.mapping_hash()));
        })
        .push(
            " on conflict (aggregate_type) do update set hash = excluded.hash \
             where twinbase_mapping.hash <> excluded.hash",
        );
    let mut described = Sql::new(database.dialect());
    described
        .push("insert into twinbase_schema (aggregate_type, description) values ")
        .list(", ", &schemas, |sql, schema| {
            sql.push("(").literal(&schema.aggregate_type);
            sql.push(", ").literal(&schema.to_text()).push(")");
        })
        .push(
            " on conflict (aggregate_type) do update set description = excluded.description \
             where twinbase_schema.description <> excluded.description",
        );
    // First what is new: a writer must not find a type with a field missing.
    for sql in [insert, delete, collections, upsert, described] {
        change(database, OPERATION, sql).await?;
    }
    Ok(())
}

/// The types among these that are registered with another hash. Index: none, it is a short table. Lock: none.
pub(crate) async fn outdated(
    database: &impl Run,
    mappings: &[(Name, i64)],
) -> Result<Vec<String>, PrimaryError> {
    let mut sql = Sql::new(database.dialect());
    sql.push("select aggregate_type, hash from twinbase_mapping order by aggregate_type");
    let rows = database
        .read("compare the mappings of aggregates", sql)
        .await?;
    let registered = rows
        .iter()
        .map(|row| (record::text(row, "aggregate_type"), row.get::<i64>("hash")));
    let is_outdated = |(of, hash): &(String, Result<i64, _>)| {
        let ours = mappings.iter().find(|(ours, _)| ours == of);
        ours.is_some_and(|(_, ours)| hash.as_ref().is_ok_and(|hash| hash != ours))
    };
    Ok(registered.filter(is_outdated).map(|(of, _)| of).collect())
}
