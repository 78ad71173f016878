//! Changes: one rendered statement, sent in or outside of a transaction.

use twinbase_core::{
    AggregateId, Key, PrimaryError, Value, Version,
    primary::{PrimaryKind, Written},
    write::{Action, Target, Write},
};

use super::{error::translate, read, session::Session};
use crate::render;

/// Does a change on a connection.
pub(super) async fn change(
    session: &mut Session,
    kind: PrimaryKind,
    write: &Write,
) -> Result<Written, PrimaryError> {
    if matches!(&write.action, Action::Insert { rows, .. } if rows.is_empty()) {
        return Ok(Written::default());
    }
    let operation = operation(write);
    let sql = render::write(kind, write)?;
    let Target::Aggregate(_) = write.target else {
        return Ok(Written {
            count: session.changed(operation, &sql).await?,
            states: Vec::new(),
        });
    };
    let answer = session.rendered(operation, &sql).await?;
    if answer.is_empty() {
        conflict(session, kind, write).await?;
    }
    let states = read::states(&answer).map_err(|error| translate(operation, error))?;
    Ok(Written {
        count: answer.len() as u64,
        states,
    })
}

/// After a conditional change that changed nothing: an error when the version was the reason.
async fn conflict(
    session: &mut Session,
    kind: PrimaryKind,
    write: &Write,
) -> Result<(), PrimaryError> {
    let (Some(expected), Target::Aggregate(schema)) = (write.expected, write.target) else {
        return Ok(());
    };
    let key = render::expected_key(schema, &write.action)?.clone();
    let id = match &key {
        Value::Text(text) => AggregateId::new(text).ok(),
        _ => None,
    };
    let sql = render::found_version(kind, schema, key);
    let answer = session.rendered(operation(write), &sql).await?;
    let (Some(row), Some(id)) = (answer.first(), id) else {
        return Ok(());
    };
    let found = row
        .try_get(0)
        .map(Version::new)
        .map_err(|error| translate(operation(write), error))?;
    if found == expected {
        // Another condition was the reason.
        return Ok(());
    }
    Err(PrimaryError::VersionConflict {
        key: Key::new(schema.aggregate_type, id),
        expected,
        found,
    })
}

pub(super) const fn operation(write: &Write) -> &'static str {
    match write.action {
        Action::Insert { .. } => "insert rows",
        Action::Update { .. } => "update rows",
        Action::Delete { .. } => "delete rows",
    }
}
