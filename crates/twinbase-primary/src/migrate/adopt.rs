//! An `"Outbox"` that was there before Twinbase, made by `prisma migrate` from the seed's model, say.
//!
//! It is adopted when its columns are the seed's. Otherwise one sentence says what stands in the way,
//! before anything is changed.

use crate::fail;
use twinbase_core::PrimaryError;

#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// Its type as the database names it, without a length or precision.
    pub(crate) kind: String,
    pub(crate) is_required: bool,
}

/// The seed's columns, with the types that they may have. SQLite keeps anything in any column.
const SEED: [(&str, &[&str]); 8] = [
    ("id", TEXT),
    ("event_type", TEXT),
    ("aggregate_type", TEXT),
    ("aggregate_id", TEXT),
    ("payload", &["jsonb"]),
    ("processed", &["boolean"]),
    ("retry_count", &["integer", "bigint"]),
    (
        "created_at",
        &["timestamp without time zone", "timestamp with time zone"],
    ),
];

const TEXT: &[&str] = &["text", "character varying"];

/// Refuses a table that cannot be adopted. `checks_types` is for databases that keep to the types of columns.
pub(crate) fn judge(columns: &[Column], checks_types: bool) -> Result<(), PrimaryError> {
    for (name, kinds) in SEED {
        let Some(column) = columns.iter().find(|column| column.name == name) else {
            return Err(refused(&format!("has no column `{name}`")));
        };
        if checks_types && !kinds.contains(&column.kind.as_str()) {
            return Err(refused(&format!(
                "has a column `{name}` of type {}, which has to be {}",
                column.kind, kinds[0]
            )));
        }
    }
    let is_seeds = |name: &str| SEED.iter().any(|(seeds, _)| *seeds == name);
    let required = |column: &&Column| column.is_required && !is_seeds(&column.name);
    columns.iter().find(required).map_or(Ok(()), |column| {
        let name = &column.name;
        let what = format!("has a column `{name}` of its own that every insert has to give");
        Err(refused(&what))
    })
}

pub(crate) fn refused(what: &str) -> PrimaryError {
    fail::refused(
        "adopt the table \"Outbox\"",
        format!(
            "the table \"Outbox\" that is there {what}; change it or rename it, and migrate again (nothing was changed)"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeds() -> Vec<Column> {
        SEED.iter()
            .map(|(name, kinds)| Column {
                name: (*name).to_owned(),
                kind: kinds[0].to_owned(),
                is_required: true,
            })
            .collect()
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Vec<Column>), expected: &str) {
        let mut columns = seeds();
        change(&mut columns);
        let error = judge(&columns, true).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn the_seeds_own_table_is_adopted_and_what_stands_in_the_way_is_named() {
        assert!(judge(&seeds(), true).is_ok());
        check(
            |columns| columns[0].kind = "uuid".to_owned(),
            "`id` of type uuid, which has to be text",
        );
        check(|columns| drop(columns.remove(4)), "has no column `payload`");
        check(
            |columns| {
                columns.push(Column {
                    name: "tenant".to_owned(),
                    ..columns[0].clone()
                });
            },
            "`tenant` of its own",
        );
    }
}
