//! Deleting a todo. The point for a completed one stays: what was done was done.

use twinbase::prelude::*;

use super::own::own_todo;
use crate::domain::{Error, Expected, Todo};

/// Deletes a user's own todo and answers what it was.
pub async fn delete_todo(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<Versioned<Todo>, Error> {
    let current = own_todo(tx, owner, id).await?;
    expected.check(current.version)?;
    let deleted = match expected.pinned(current.version) {
        Some(version) => tx.delete_if::<Todo>(id, version).await?,
        None => tx.delete::<Todo>(id).await?,
    };
    deleted.ok_or(Error::NotFound { what: "todo" })
}
