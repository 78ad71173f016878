//! The payload of an event, composed by the database from the columns that the schema maps.
//!
//! A private column has no name in the schema, so it cannot be in a payload.

use twinbase_core::{Field, Kind, Schema, primary::PrimaryKind, schema::DocumentSource};

use super::{sql::Sql, time::SQLITE_TIME};

/// A boolean's JSON.
const SQLITE_BOOL: &str = "case {column} when 1 then 'true' when 0 then 'false' end";

/// The JSON of a column. A text that is none, as another program may have left one, is a string of JSON: it holds up no other row.
/// It is read by our own SQLite alone, which knows JSON5 and JSONB.
const SQLITE_JSON: &str = "case when json_valid({column}, 10) then json({column}) \
     when {column} is not null then json_quote(cast({column} as text)) end";

/// Appends ` returning .. as id, .. as payload`; on SQLite a third column names the field, if any, whose
/// number is beyond its kind: SQLite keeps it where other databases refuse it.
pub(crate) fn returning(sql: &mut Sql, schema: &Schema) {
    key_text(sql.push(" returning "), schema).push(" as id, ");
    object(sql, schema).push(" as payload");
    if sql.kind == PrimaryKind::Sqlite {
        sql.push(", case");
        for (field, name) in schema.mapped() {
            if field.kind == Kind::Int32 {
                column(sql.push(" when "), schema, field)
                    .push(" not between -2147483648 and 2147483647 then ")
                    .literal(name);
            }
        }
        // A `case` has at least one condition.
        sql.push(" when true then null end as beyond");
    }
}

/// Appends the key column as text: it may be declared as something narrower, such as `uuid` or `bigint`.
pub(super) fn key_text<'a>(sql: &'a mut Sql, schema: &Schema) -> &'a mut Sql {
    column(sql.push("cast("), schema, schema.key()).push(" as text)")
}

/// Appends what has the id of an aggregate, a column or an expression of its table, so that a head is found by it: by the bytes, whatever
/// the collation of the table. With the table's collation on PostgreSQL, `aggregate_version` would be read whole.
pub(super) fn as_id(sql: &mut Sql, id: impl FnOnce(&mut Sql)) -> &mut Sql {
    id(sql);
    if sql.kind == PrimaryKind::Postgres {
        sql.push(" collate \"default\"");
    }
    sql
}

/// Appends the expression of the payload: `jsonb`, on SQLite JSON text. Whoever made the connection, the database has it.
pub(super) fn object<'a>(sql: &'a mut Sql, schema: &Schema) -> &'a mut Sql {
    sql.push(sql.either("jsonb_build_object(", "json_object("))
        .list(", ", schema.mapped(), |sql, (field, name)| {
            value(sql.literal(name).push(", "), schema, field);
        })
        .push(")")
}

/// Appends the same as text.
///
/// PostgreSQL writes `json` in four fifths of the time of `jsonb`, and the same but for spaces and the order of names. Where `jsonb` has
/// another form than what it was made of, such as of zeros below zero and of names that are there twice, it is made first.
pub(super) fn text<'a>(sql: &'a mut Sql, schema: &Schema) -> &'a mut Sql {
    match sql.kind {
        PrimaryKind::Sqlite => return object(sql, schema),
        PrimaryKind::Cockroach => return object(sql, schema).push("::text"),
        PrimaryKind::Postgres => {}
    }
    sql.push("json_build_object(")
        .list(", ", schema.mapped(), |sql, (field, name)| {
            sql.literal(name).push(", ");
            let has_form = field.many || matches!(field.kind, Kind::Json | Kind::Double);
            sql.push(if has_form { "to_jsonb(" } else { "(" });
            value(sql, schema, field);
            sql.push(")");
        })
        .push(")::text")
}

/// Appends the values of the payload on SQLite, each in a column of its own (`c0`, `c1`): [`crate::sqlite`] makes one text of them in a
/// third of the time of `json_object`.
pub(super) fn values<'a>(sql: &'a mut Sql, schema: &Schema) -> &'a mut Sql {
    for (n, (field, _)) in schema.mapped().enumerate() {
        sql.push(", ");
        let template = match field.kind {
            _ if is_bool(field) => Some(SQLITE_BOOL),
            _ if field.many => Some(SQLITE_JSON),
            Kind::Json => Some(SQLITE_JSON),
            _ => None,
        };
        match template {
            Some(template) => {
                sql.template(template, |sql| {
                    column(sql, schema, field);
                });
            }
            None => value(sql, schema, field),
        }
        sql.push(&format!(" as c{n}"));
    }
    sql
}

const fn is_bool(field: &Field) -> bool {
    matches!(field.kind, Kind::Bool) && !field.many
}

/// Whether what [`values`] has of a field is JSON already.
pub(crate) const fn is_json(field: &Field) -> bool {
    is_bool(field) || field.many || matches!(field.kind, Kind::Json | Kind::Double)
}

fn value(sql: &mut Sql, schema: &Schema, field: &Field) {
    if field.key {
        key_text(sql, schema);
        return;
    }
    let template = match (sql.kind, field.kind) {
        (PrimaryKind::Sqlite, _) if field.many => "json({column})",
        // As numbers of JSON they would be rounded by readers; bytes are `\x..` there already.
        (_, Kind::Decimal) if field.many => "{column}::text[]",
        _ if field.many => "{column}",
        (PrimaryKind::Postgres | PrimaryKind::Cockroach, Kind::Decimal) => "{column}::text",
        (PrimaryKind::Postgres | PrimaryKind::Cockroach, Kind::Bytes) => "encode({column}, 'hex')",
        (PrimaryKind::Sqlite, Kind::Decimal) => "cast({column} as text)",
        (PrimaryKind::Sqlite, Kind::Bytes) => {
            "case when {column} is not null then lower(hex({column})) end"
        }
        // SQLite has neither booleans nor a JSON type: JSON has to be told what they are.
        (PrimaryKind::Sqlite, Kind::Bool) => {
            "json(case {column} when 1 then 'true' when 0 then 'false' end)"
        }
        (PrimaryKind::Sqlite, Kind::Json) => "json({column})",
        // In a column without a zone is UTC, which is the session's zone.
        (PrimaryKind::Postgres | PrimaryKind::Cockroach, Kind::Timestamp) => {
            "{column}::timestamptz"
        }
        (PrimaryKind::Sqlite, Kind::Timestamp) => SQLITE_TIME,
        _ => "{column}",
    };
    sql.template(template, |sql| {
        column(sql, schema, field);
    });
}

fn column<'a>(sql: &'a mut Sql, schema: &Schema, field: &Field) -> &'a mut Sql {
    let DocumentSource::Row(table) = schema.source();
    sql.column(&table.name, &field.column)
}
