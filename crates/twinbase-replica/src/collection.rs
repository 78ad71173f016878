//! Names of collections, checked before any database sees them, and ids, as databases give them back.

use twinbase_core::{AggregateId, ReplicaError, Schema};

/// MongoDB allows 255 bytes for database, dot and collection together.
const MAX_BYTES: usize = 120;

/// The collection of a schema, when a database can have it.
pub(crate) fn name<'a>(
    schema: &'a Schema,
    operation: &'static str,
) -> Result<&'a str, ReplicaError> {
    let name = schema.physical();
    let problem = if name.is_empty() {
        "it is empty"
    } else if name.len() > MAX_BYTES {
        "it is longer than 120 bytes"
    } else if name.contains(['$', '\0']) {
        "it contains `$` or NUL"
    } else if name.starts_with("system.") {
        "names that start with `system.` are the database's own"
    } else {
        return Ok(name);
    };
    Err(ReplicaError::Refused {
        operation,
        reason: format!(
            "{name:?}, the collection of `{}`, is not a collection name: {problem}",
            schema.aggregate_type
        ),
    })
}

pub(crate) fn id(text: &str, operation: &'static str) -> Result<AggregateId, ReplicaError> {
    AggregateId::new(text).map_err(|error| ReplicaError::Unexpected {
        operation,
        reason: format!("a document's `_id` is not of Twinbase: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use twinbase_core::{Schema, Table};

    use super::name;

    #[test]
    fn a_name_that_a_database_could_read_in_another_way_is_refused() {
        let of = |collection: &'static str| Schema::new("a", Table::new("t", []), collection);
        for bad in ["", "system.users", "a$b", "a\0b"] {
            assert!(name(&of(bad), "test").is_err(), "{bad:?}");
        }
        assert_eq!(name(&of("dailyReports"), "test").unwrap(), "dailyReports");
    }
}
