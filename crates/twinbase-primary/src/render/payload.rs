//! The payload of an event, composed by the database from the columns that the schema maps.
//!
//! A private column has no name in the schema, so it cannot be in a payload.

use twinbase_core::{Field, Kind, Schema, primary::PrimaryKind};

use super::sql::Sql;

/// Appends ` returning .. as id, .. as payload` ; on SQLite
/// a third column names the field, if any, whose
/// number is beyond its kind: SQLite keeps it where other databases refuse it.
pub(crate) fn returning(sql: &mut Sql, schema: &Schema) {
    sql.push(" returning ");
    key_text(sql, schema);
    sql.push(" as id, ");
    object(sql, schema);
    sql.push(" as payload");
    if sql.kind == PrimaryKind::Sqlite {
        sql.push(", case");
        for (field, name) in schema
            .mapped()
            .filter(|(field, _)| field.kind == Kind::Int32)
        {
            sql.push(" when ");
            column(sql, schema, field);
            sql.push(" not between -2147483648 and 2147483647 then ")
                .literal(name);
        }
        // A `case` has at least one condition.
        sql.push(" when true then null end as beyond");
    }
}

/// Appends the key column as text: it may be declared as something narrower, such as `uuid` or `bigint`.
pub(super) fn key_text(sql: &mut Sql, schema: &Schema) {
    sql.push("cast(");
    column(sql, schema, schema.key());
    sql.push(" as text)");
}

/// Appends the expression of the payload: `jsonb`, on SQLite JSON text.
pub(super) fn object(sql: &mut Sql, schema: &Schema) {
    sql.push(match sql.kind {
        PrimaryKind::Postgres | PrimaryKind::Cockroach => "jsonb_build_object(",
        PrimaryKind::Sqlite => "json_object(",
    })
    .list(", ", schema.mapped(), |sql, (field, name)| {
        sql.literal(name).push(", ");
        value(sql, schema, field);
    })
    .push(")");
}

fn value(sql: &mut Sql, schema: &Schema, field: &Field) {
    match (sql.kind, field.kind) {
        _ if field.key => key_text(sql, schema),
        // SQLite has neither booleans nor a JSON type: JSON has to be told what they are.
        (PrimaryKind::Sqlite, Kind::Bool) => {
            sql.push("json(case ");
            column(sql, schema, field);
            sql.push(" when 1 then 'true' when 0 then 'false' end)");
        }
        (PrimaryKind::Sqlite, Kind::Json) => {
            sql.push("json(");
            column(sql, schema, field);
            sql.push(")");
        }
        // In a column without a zone is UTC, which is the session's zone.
        (PrimaryKind::Postgres | PrimaryKind::Cockroach, Kind::Timestamp) => {
            column(sql, schema, field);
            sql.push("::timestamptz");
        }
        (PrimaryKind::Sqlite, Kind::Timestamp) => sqlite_time(sql, schema, field),
        _ => column(sql, schema, field),
    }
}

/// A time in our form, also where another program wrote it in one of SQLite's own: a whole
/// number is milliseconds since 1970, and one without a zone is UTC. What is no time stays what it
/// is, so that its event fails visibly.
fn sqlite_time(sql: &mut Sql, schema: &Schema, field: &Field) {
    sql.push("case when ");
    column(sql, schema, field);
    sql.push(" glob '????-??-??T*Z' then ");
    column(sql, schema, field);
    sql.push(" when cast(cast(");
    column(sql, schema, field);
    sql.push(" as integer) as text) = cast(");
    column(sql, schema, field);
    sql.push(" as text) then coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ");
    column(sql, schema, field);
    sql.push(" / 1000.0, 'unixepoch'), ");
    column(sql, schema, field);
    sql.push(") else coalesce(strftime('%Y-%m-%dT%H:%M:%fZ', ");
    column(sql, schema, field);
    sql.push("), ");
    column(sql, schema, field);
    sql.push(") end");
}

fn column(sql: &mut Sql, schema: &Schema, field: &Field) {
    sql.name(schema.table.name).push(".").name(field.column);
}
