//! Violated constraints by the names that schemas declare.

use twinbase_core::{
    Name, PrimaryError, Schema,
    write::{Target, Write},
};

/// The same error; where the database named the columns of a unique constraint, with its declared name.
pub(super) fn named(error: PrimaryError, write: &Write) -> PrimaryError {
    match (error, &write.target) {
        (
            PrimaryError::Constraint {
                operation,
                constraint,
                name: Some(name),
            },
            Target::Aggregate(schema),
        ) => PrimaryError::Constraint {
            operation,
            constraint,
            name: Some(declared(schema, &name).map_or(name, ToString::to_string)),
        },
        (error, _) => error,
    }
}

fn declared<'a>(schema: &'a Schema, columns: &str) -> Option<&'a Name> {
    let of_table = |column: &Name| format!("{}.{column}", schema.table.name);
    let unique = schema.uniques.iter().find(|unique| {
        let wanted = unique.columns.iter().map(of_table);
        columns.split(", ").eq(wanted)
    });
    Some(&unique?.name)
}
