//! Where the documents of each collection lie. A short table: one row for each collection.

use twinbase_core::{
    PrimaryError, Row, Value,
    primary::{CollectionRecord, FIRST_GENERATION, Rebuild},
};

use super::{Run, change, record};
use crate::render::Sql;

/// Index: none, it is a short table. Lock: none.
pub(super) async fn list(database: &impl Run) -> Result<Vec<CollectionRecord>, PrimaryError> {
    const OPERATION: &str = "read where collections lie";
    let mut sql = Sql::new(database.dialect());
    sql.push(
        "select collection, revision, generation, last_generation, mapping, rebuild \
         from twinbase_collection order by collection",
    );
    let rows = database.outbox(OPERATION, sql).await?;
    let records = rows.iter().map(record_of).collect::<Option<Vec<_>>>();
    // A guess could send changes to the wrong place.
    records.ok_or_else(|| record::unreadable(OPERATION))
}

/// Index: the primary key. Lock: the row.
pub(super) async fn record(
    database: &impl Run,
    new: &CollectionRecord,
) -> Result<bool, PrimaryError> {
    let number = |number: u32| Value::Int(number.into());
    let rebuild = new.rebuild.as_ref();
    let rebuild = rebuild.and_then(|rebuild| serde_json::to_string(rebuild).ok());
    let values = [
        ("collection", new.collection.as_str().into(), "text"),
        ("revision", Value::Int(new.revision + 1), "int8"),
        (
            "physical",
            new.physical(new.generation).as_ref().into(),
            "text",
        ),
        ("generation", number(new.generation), "int4"),
        ("last_generation", number(new.last_generation), "int4"),
        (
            "mapping",
            new.mapping.map_or(Value::Null, Value::Int),
            "int8",
        ),
        ("state", new.state().into(), "text"),
        ("rebuild", rebuild.into(), "text"),
    ];
    let mut sql = Sql::new(database.dialect());
    if new.revision == 0 {
        sql.push("insert into twinbase_collection (")
            .list(", ", &values, |sql, (column, ..)| {
                sql.push(column);
            })
            .push(") values (")
            .list(", ", &values, |sql, (_, value, kind)| {
                cast(sql, value, kind);
            })
            .push(") on conflict (collection) do nothing");
    } else {
        sql.push("update twinbase_collection set ")
            .list(", ", &values[1..], |sql, (column, value, kind)| {
                sql.push(column).push(" = ");
                cast(sql, value, kind);
            })
            .push(" where collection = ")
            .value(new.collection.as_str().into())
            .push(" and revision = ")
            .value(Value::Int(new.revision));
    }
    let changed = change(database, "record where a collection lies", sql).await?;
    Ok(changed > 0)
}

fn cast(sql: &mut Sql, value: &Value, kind: &str) {
    sql.push("cast(").value(value.clone());
    sql.push(" as ").push(kind).push(")");
}

fn record_of(row: &Row) -> Option<CollectionRecord> {
    let generation = |column| u32::try_from(row.get::<i64>(column).ok()?).ok();
    let rebuild = record::optional(row, "rebuild");
    Some(CollectionRecord {
        collection: record::optional(row, "collection")?,
        revision: row.get("revision").ok()?,
        generation: generation("generation").filter(|of| *of >= FIRST_GENERATION)?,
        last_generation: generation("last_generation")?,
        mapping: row.get("mapping").ok(),
        rebuild: match rebuild {
            Some(text) => Some(serde_json::from_str::<Rebuild>(&text).ok()?),
            None => None,
        },
    })
}
