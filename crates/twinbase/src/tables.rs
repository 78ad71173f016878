//! Whether the tables of the primary are what the schemas say, before anything is synced.

use twinbase_core::{
    Field, Kind, Primary, PrimaryError, Registry, RowError, Schema, primary::PrimaryKind,
};

/// Tables that are not as their schemas say, all of them with everything that differs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schemas and tables differ: {}", .0.join("; "))]
pub struct TableMismatch(Vec<String>);

impl TableMismatch {
    pub(crate) const REMEDY: &'static str = "Grant `select` on what may not be read. For the rest apply the migration that changes the tables, or change the schemas to what the tables are.";
}

/// A column as the database describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Column {
    name: String,
    /// The type's name in lower case, without length or precision.
    of: String,
    nullable: bool,
    /// Whether the user of the primary's URL may read it.
    readable: bool,
}

/// Compares the tables of all aggregates with their schemas.
pub(crate) async fn check(
    primary: &dyn Primary,
    registry: &Registry,
) -> Result<Result<(), TableMismatch>, PrimaryError> {
    let mut found = Vec::new();
    for schema in registry.iter() {
        let columns = columns(primary, &schema.table.name).await?;
        found.extend(differences(schema, primary.kind(), &columns));
    }
    Ok(if found.is_empty() {
        Ok(())
    } else {
        Err(TableMismatch(found))
    })
}

/// Whether there is a table of this name.
pub(crate) async fn exists(primary: &dyn Primary, table: &str) -> Result<bool, PrimaryError> {
    Ok(!columns(primary, table).await?.is_empty())
}

// Not `information_schema`, which hides what the user may not read: it would be taken for a table that is not there.
const SERVERS: &str = "select a.attname::text as name, coalesce(b.typname, t.typname)::text as of, \
    not (a.attnotnull or (t.typtype = 'd' and t.typnotnull)) as nullable, \
    has_column_privilege(a.attrelid, a.attnum, 'select') as readable \
    from pg_catalog.pg_attribute as a join pg_catalog.pg_type as t on t.oid = a.atttypid \
    left join pg_catalog.pg_type as b on t.typtype = 'd' and b.oid = t.typbasetype \
    where a.attrelid = to_regclass(quote_ident($1)) and a.attnum > 0 and not a.attisdropped \
    order by a.attnum";

// Generated columns are in `table_xinfo` alone.
const SQLITE: &str = "select name, type as of, \"notnull\" = 0 as nullable, 1 as readable from pragma_table_xinfo($1)";

async fn columns(primary: &dyn Primary, table: &str) -> Result<Vec<Column>, PrimaryError> {
    let sql = match primary.kind() {
        PrimaryKind::Postgres | PrimaryKind::Cockroach => SERVERS,
        PrimaryKind::Sqlite => SQLITE,
    };
    let unreadable = |error: RowError| PrimaryError::InvalidStatement {
        operation: "compare tables with schemas",
        reason: error.to_string(),
    };
    let rows = primary.query(sql, &[table.into()]).await?;
    let column = |row: &twinbase_core::Row| {
        let of: String = row.get("of")?;
        let of = of.split('(').next().unwrap_or_default();
        Ok(Column {
            name: row.get("name")?,
            of: of.trim().to_ascii_lowercase(),
            nullable: row.get("nullable")?,
            readable: row.get("readable")?,
        })
    };
    rows.iter()
        .map(|row| column(row).map_err(unreadable))
        .collect()
}

/// Everything in which a table differs from its schema, in one sentence each.
fn differences(schema: &Schema, kind: PrimaryKind, columns: &[Column]) -> Vec<String> {
    let (table, of) = (&schema.table.name, &schema.aggregate_type);
    if columns.is_empty() {
        return vec![format!("aggregate `{of}` has no table `{table}`")];
    }
    if !columns.iter().any(|column| column.readable) {
        let collection = &schema.collection;
        return vec![format!(
            "table `{table}` of aggregate `{of}` (collection `{collection}`) is there, and the user of the primary's URL may not read it"
        )];
    }
    let of_field = |field: &Field| {
        let name = &field.column;
        let Some(column) = columns.iter().find(|column| column.name == *name) else {
            return Some(format!("table `{table}` has no column `{name}`"));
        };
        if !column.readable {
            return Some(format!(
                "column `{table}.{name}` is there, and the user of the primary's URL may not read it"
            ));
        }
        if !holds_field(kind, field, &column.of) {
            let (of, wanted) = (&column.of, field.kind.name());
            let many = if field.many { "a list of " } else { "" };
            return Some(format!(
                "column `{table}.{name}` is `{of}` and the schema says {many}{wanted}"
            ));
        }
        // SQLite says of every primary key that it may be null.
        (column.nullable && !field.nullable && !field.key).then(|| {
            format!("column `{table}.{name}` may be null and the schema says that it may not")
        })
    };
    schema.table.fields.iter().filter_map(of_field).collect()
}

/// Whether every value of a column of this type is one of the field.
fn holds_field(database: PrimaryKind, field: &Field, of: &str) -> bool {
    match (database, field.many) {
        (_, false) => holds(database, field.kind, of),
        (PrimaryKind::Sqlite, true) => holds(database, Kind::Json, of),
        // A type's array is named by it, after an underscore.
        (PrimaryKind::Postgres | PrimaryKind::Cockroach, true) => of
            .strip_prefix('_')
            .is_some_and(|of| holds(database, field.kind, of)),
    }
}

/// Whether every value of a column of this type is one of the kind.
fn holds(database: PrimaryKind, kind: Kind, of: &str) -> bool {
    if database == PrimaryKind::Sqlite {
        // Its types are hints: what they promise is an affinity (https://sqlite.org/datatype3.html#determination_of_column_affinity).
        let has = |words: &[&str]| words.iter().any(|word| of.contains(word));
        let is_text = has(&["char", "clob", "text"]);
        return match kind {
            Kind::Text | Kind::Uuid | Kind::Date => !has(&["int", "blob", "real", "floa", "doub"]),
            Kind::Bool | Kind::Int32 | Kind::Int64 => {
                !has(&["blob", "real", "floa", "doub"]) && !is_text
            }
            Kind::Double => !has(&["blob"]) && !is_text,
            // A time is a text, or a number of milliseconds.
            Kind::Timestamp | Kind::Json => !has(&["real", "floa", "doub"]),
            // A number of another type would lose digits.
            Kind::Decimal => is_text,
            Kind::Bytes => of.is_empty() || has(&["blob"]),
        };
    }
    match kind {
        Kind::Text => {
            matches!(
                of,
                "text" | "varchar" | "bpchar" | "char" | "citext" | "name" | "date"
            ) || !(of.starts_with('_') || KNOWN.contains(&of))
        }
        Kind::Bool => of == "bool",
        // CockroachDB's `integer` has 64 bits.
        Kind::Int32 => {
            matches!(of, "int2" | "int4") || (of == "int8" && database == PrimaryKind::Cockroach)
        }
        Kind::Int64 => matches!(of, "int2" | "int4" | "int8"),
        Kind::Double => matches!(of, "float4" | "float8" | "int2" | "int4"),
        Kind::Timestamp => matches!(of, "timestamptz" | "timestamp"),
        Kind::Json => matches!(of, "jsonb" | "json"),
        Kind::Uuid => matches!(of, "uuid" | "text" | "varchar"),
        Kind::Date => matches!(of, "date" | "text" | "varchar"),
        Kind::Decimal => matches!(of, "numeric" | "int2" | "int4" | "int8"),
        Kind::Bytes => of == "bytea",
    }
}

/// Types that are not written as a text. Others, such as an enum of the application's, are.
const KNOWN: [&str; 13] = [
    "bool",
    "int2",
    "int4",
    "int8",
    "float4",
    "float8",
    "numeric",
    "bytea",
    "timestamptz",
    "timestamp",
    "json",
    "jsonb",
    "interval",
];

#[cfg(test)]
mod tests {
    use twinbase_core::Table;

    use super::*;

    fn column(name: &str, of: &str, nullable: bool) -> Column {
        Column {
            name: name.to_owned(),
            of: of.to_owned(),
            nullable,
            readable: true,
        }
    }

    #[test]
    fn every_difference_is_named() {
        let fields = [
            Field::key("id"),
            Field::new("title", "title", Kind::Text),
            Field::new("points", "points", Kind::Int32),
            Field::new("due_at", "dueAt", Kind::Timestamp).nullable(),
            Field::private("secret", Kind::Text),
        ];
        let schema = Schema::new("todo", Table::new("todos", fields), "todos");
        let columns = [
            column("id", "text", true),
            column("title", "text", true),
            column("points", "int8", false),
            column("due_at", "timestamptz", false),
        ];
        assert_eq!(
            differences(&schema, PrimaryKind::Postgres, &columns),
            [
                "column `todos.title` may be null and the schema says that it may not",
                "column `todos.points` is `int8` and the schema says int32",
                "table `todos` has no column `secret`",
            ]
        );
        let none = differences(&schema, PrimaryKind::Sqlite, &[]);
        assert_eq!(none, ["aggregate `todo` has no table `todos`"]);
    }

    #[test]
    fn what_may_not_be_read_is_not_called_missing() {
        let table = Table::new("todos", [Field::key("id")]);
        let schema = Schema::new("todo", table, "todos");
        let mut hidden = column("id", "text", false);
        hidden.readable = false;
        let found = |columns: &[Column]| differences(&schema, PrimaryKind::Postgres, columns);
        let other = column("other", "text", false);
        for (columns, expected) in [
            (&[hidden.clone()][..], "table `todos` of aggregate `todo`"),
            (&[hidden, other], "column `todos.id` is there"),
        ] {
            let [found] = found(columns).try_into().unwrap();
            assert!(found.starts_with(expected), "{found}");
            assert!(found.ends_with("may not read it"), "{found}");
        }
    }

    #[test]
    fn a_type_of_the_applications_own_is_a_text_and_numbers_are_not() {
        let holds = |kind, of| super::holds(PrimaryKind::Postgres, kind, of);
        assert!(holds(Kind::Text, "mood") && holds(Kind::Uuid, "uuid"));
        assert!(!holds(Kind::Text, "int4") && !holds(Kind::Text, "bytea"));
        assert!(!holds(Kind::Double, "numeric") && !holds(Kind::Json, "text"));
    }
}
