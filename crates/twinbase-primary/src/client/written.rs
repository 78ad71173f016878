//! What a change did: its versions for the token, or the violated constraint by the name that the schema declares.

use twinbase_core::{
    Key, Name, PrimaryError, Schema, Token,
    primary::Written,
    write::{Target, Write},
};

/// Takes the versions that a change made into the token of its transaction.
pub(super) fn take(
    token: &mut Token,
    write: &Write,
    written: Result<Written, PrimaryError>,
) -> Result<Written, PrimaryError> {
    let written = written.map_err(|error| named(error, write))?;
    if let Target::Aggregate(schema) = &write.target {
        for state in &written.states {
            let key = Key::new(schema.aggregate_type.as_ref(), state.id.clone());
            token.insert(key, state.version);
        }
    }
    Ok(written)
}

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
