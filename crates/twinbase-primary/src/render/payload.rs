//! The payload of an event, composed by the database from the columns that the schema maps.
//!
//! A private column has no name in the schema, so it cannot be in a payload.

use twinbase_core::{Field, Kind, Schema, primary::PrimaryKind};

use super::sql::Sql;

/// Appends ` returning .. as id, .. as payload` for rows of the table known as `alias`;
/// SQLite's `returning` knows it by its own name only.
pub(crate) fn returning(sql: &mut Sql, schema: &Schema, alias: &str) {
    sql.push(" returning ");
    key_text(sql, schema, alias);
    sql.push(" as id, ");
    object(sql, schema, alias);
    sql.push(" as payload");
}

/// Appends the key column as text: it may be declared as something narrower, such as `uuid`.
pub(super) fn key_text(sql: &mut Sql, schema: &Schema, alias: &str) {
    column(sql, schema.key(), alias);
    if sql.kind != PrimaryKind::Sqlite {
        sql.push("::text");
    }
}

/// Appends the expression of the payload: `jsonb`, on SQLite JSON text.
pub(super) fn object(sql: &mut Sql, schema: &Schema, alias: &str) {
    sql.push(match sql.kind {
        PrimaryKind::Postgres | PrimaryKind::Cockroach => "jsonb_build_object(",
        PrimaryKind::Sqlite => "json_object(",
    })
    .list(", ", schema.mapped(), |sql, (field, name)| {
        sql.literal(name).push(", ");
        value(sql, field, alias);
    })
    .push(")");
}

fn value(sql: &mut Sql, field: &Field, alias: &str) {
    match (sql.kind, field.kind) {
        // SQLite has neither booleans nor a JSON type: JSON has to be told what they are.
        (PrimaryKind::Sqlite, Kind::Bool) => {
            sql.push("json(case ");
            column(sql, field, alias);
            sql.push(" when 1 then 'true' when 0 then 'false' end)");
        }
        (PrimaryKind::Sqlite, Kind::Json) => {
            sql.push("json(");
            column(sql, field, alias);
            sql.push(")");
        }
        _ => column(sql, field, alias),
    }
}

fn column(sql: &mut Sql, field: &Field, alias: &str) {
    sql.name(alias).push(".").name(field.column);
}
