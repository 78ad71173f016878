//! The payload of an event, composed by the database from the columns that the schema maps.
//!
//! A private column has no name in the schema, so it cannot be in a payload.

use twinbase_core::{Field, Kind, Schema, primary::PrimaryKind};

use super::sql::Sql;

/// Appends ` returning .. as id, .. as payload`.
pub(crate) fn returning(sql: &mut Sql, schema: &Schema) {
    sql.push(" returning ");
    key_text(sql, schema);
    sql.push(" as id, ");
    object(sql, schema);
    sql.push(" as payload");
}

/// Appends the key column as text: it may be declared as something narrower, such as `uuid`.
pub(super) fn key_text(sql: &mut Sql, schema: &Schema) {
    column(sql, schema, schema.key());
    if sql.kind != PrimaryKind::Sqlite {
        sql.push("::text");
    }
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
        _ => column(sql, schema, field),
    }
}

fn column(sql: &mut Sql, schema: &Schema, field: &Field) {
    sql.name(schema.table.name).push(".").name(field.column);
}
