//! Reads of an aggregate's rows with their heads.

use twinbase_core::{
    AggregateId, PrimaryError, Schema, Value, primary::PrimaryKind, schema::DocumentSource,
    write::Select,
};

use super::{condition, payload, sql::Sql};

pub(crate) const SELECT: &str = "read rows";

/// Renders a [`Select`]: columns `id`, `version` (0 without a head) and `payload` (JSON text). It locks nothing. It may be sent on a
/// connection of an application.
pub(crate) fn select(kind: PrimaryKind, select: &Select) -> Result<Sql, PrimaryError> {
    let mut sql = Sql::new(kind);
    states(&mut sql, &select.schema);
    which(&mut sql, select)?;
    Ok(sql)
}

/// Renders the lock of the rows of a [`Select`]: column `id`.
///
/// By a statement of its own: one that had to wait reads again what it locks and nothing else, so that with the new
/// content of a row it would return the head of before.
pub(crate) fn lock(kind: PrimaryKind, select: &Select) -> Result<Sql, PrimaryError> {
    let mut sql = Sql::new(kind);
    payload::key_text(sql.push("select "), &select.schema)
        .push(" as id from ")
        .name(&select.schema.table.name);
    which(&mut sql, select)?;
    sql.push(" for update");
    Ok(sql)
}

/// Appends which rows, in which order, and how many.
fn which(sql: &mut Sql, select: &Select) -> Result<(), PrimaryError> {
    let table = &select.schema.table;
    condition::filter(sql, SELECT, table, &select.filter)?;
    if let Some(after) = &select.after {
        sql.push(if select.filter.is_empty() {
            " where "
        } else {
            " and "
        });
        condition::after(sql, SELECT, table, &select.order, after)?;
    }
    condition::order_by(sql, SELECT, table, &select.order)?;
    sql.push(" limit ").value(Value::Int(select.limit.into()));
    Ok(())
}

/// The rows after a key and up to another with their heads, in the order of keys that the table
/// itself has: its key may be of another collation than `aggregate_version`, and
/// only one index can lead the walk. On SQLite the version is 0, as the heads are read beside it, and values come
/// instead of the payload: [`states_of`].
pub(crate) fn states_after(
    kind: PrimaryKind,
    schema: &Schema,
    after: Option<&str>,
    until: Option<&str>,
    limit: u32,
) -> Sql {
    let (table, key) = (&schema.table.name, &schema.key().column);
    let mut sql = Sql::new(kind);
    if kind == PrimaryKind::Sqlite {
        payload::key_text(sql.push("select "), schema).push(" as id, 0 as version, true as is_row");
        payload::values(&mut sql, schema).push(" from ").name(table);
    } else {
        states(&mut sql, schema);
    }
    let bounds = [(" > ", after), (" <= ", until)];
    let bounds = bounds.into_iter().filter_map(|(is, key)| Some((is, key?)));
    for (n, (is, bound)) in bounds.enumerate() {
        sql.push(if n == 0 { " where " } else { " and " })
            .column(table, key)
            .push(is)
            .value(bound.into());
    }
    sql.push(" order by ").column(table, key);
    sql.push(" limit ").value(Value::Int(limit.into()));
    sql
}

/// The rows with these ids and their heads, and the heads of those that have no row. On SQLite `is_row` and the values come instead of
/// the payload.
pub(crate) fn states_of(kind: PrimaryKind, schema: &Schema, ids: &[AggregateId]) -> Sql {
    let (table, key) = (&schema.table.name, &schema.key().column);
    let ids = || ids.iter().map(Value::from);
    let mut sql = Sql::new(kind);
    sql.push("with present as (");
    let (of_row, of_none) = if kind == PrimaryKind::Sqlite {
        id_and_version(&mut sql, schema).push(", true as is_row");
        payload::values(&mut sql, schema);
        from(&mut sql, schema);
        (
            "*",
            format!("false{}", ", null".repeat(schema.mapped().count())),
        )
    } else {
        states(&mut sql, schema);
        ("id, version, payload", "null".to_owned())
    };
    sql.push(" where ").column(table, key).any(ids());
    sql.push(") select ")
        .push(of_row)
        .push(" from present union all select head.aggregate_id, head.version, ")
        .push(&of_none)
        .push(" from aggregate_version as head where head.aggregate_type = ")
        .literal(&schema.aggregate_type)
        .push(" and head.aggregate_id")
        .any(ids())
        .push(" and not exists (select 1 from present where present.id = head.aggregate_id)");
    sql
}

/// Appends `select .. as id, .. as version, .. as payload from ..`.
fn states(sql: &mut Sql, schema: &Schema) {
    id_and_version(sql, schema).push(", ");
    payload::text(sql, schema).push(" as payload");
    from(sql, schema);
}

fn id_and_version<'a>(sql: &'a mut Sql, schema: &Schema) -> &'a mut Sql {
    payload::key_text(sql.push("select "), schema).push(" as id, ");
    version(sql, schema)
}

/// Appends `.. as version`, the head of a row, 0 without one. Each is looked for by its key: of a join, databases choose now and then to
/// read all heads for a page of rows.
pub(super) fn version<'a>(sql: &'a mut Sql, schema: &Schema) -> &'a mut Sql {
    sql.push(
        "coalesce((select aggregate_version.version from aggregate_version where aggregate_type = ",
    )
    .literal(&schema.aggregate_type)
    .push(" and aggregate_id = ");
    payload::as_id(sql, |sql| {
        payload::key_text(sql, schema);
    })
    .push("), 0) as version")
}

/// Appends the table that documents are made of.
pub(super) fn from(sql: &mut Sql, schema: &Schema) {
    let DocumentSource::Row(table) = schema.source();
    sql.push(" from ").name(&table.name);
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use twinbase_core::{
        Field, Kind, Table,
        write::{Comparison, Condition, Order},
    };

    use super::*;
    use crate::migrate::template;

    /// A page that goes on far inside of a list does not read what is before it.
    #[test]
    fn an_index_leads_to_the_place_of_a_page_on_sqlite() {
        let table = Table::new(
            "todos",
            [
                Field::key("id"),
                Field::new("user_id", "userId", Kind::Text),
                Field::new("created_at", "createdAt", Kind::Timestamp),
            ],
        );
        let order = |column: &'static str| Order {
            column: column.into(),
            descending: true,
        };
        let place = jiff::Timestamp::UNIX_EPOCH;
        let of = Select {
            filter: vec![Condition::compare("user_id", Comparison::Equal, "a".into())],
            order: vec![order("created_at"), order("id")],
            after: Some(vec![place.into(), "b".into()]),
            ..Select::new(&Arc::new(Schema::new("todo", table, "todos")), 5)
        };
        let sql = select(PrimaryKind::Sqlite, &of).unwrap();
        let db = rusqlite::Connection::open_in_memory().unwrap();
        let tables = "create table aggregate_version (aggregate_type text, aggregate_id text, version integer);
            create table todos (id text primary key, user_id text, created_at text);
            create index newest on todos (user_id, {ordered created_at} desc, id desc);";
        db.execute_batch(&template::render(tables, PrimaryKind::Sqlite))
            .unwrap();
        let mut explained = db
            .prepare(&format!("explain query plan {}", sql.text))
            .unwrap();
        let rows = explained
            .query_map(["", "", "", "", "5"], |row| row.get::<_, String>(3))
            .unwrap();
        let plan = rows.collect::<Result<Vec<_>, _>>().unwrap().join("; ");
        assert!(plan.contains("newest (user_id=? AND <expr><?)"), "{plan}");
        assert!(!plan.contains("B-TREE"), "{plan}");
    }
}
