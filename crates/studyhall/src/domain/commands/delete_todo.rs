//! Deleting a todo. The point for a completed one stays: what was done was done.

use twinbase::prelude::*;

use super::own::own_todo;
use crate::domain::{Error, Todo};

/// Deletes a user's own todo and answers what it was.
pub async fn delete_todo(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<Versioned<Todo>, Error> {
    let current = own_todo(tx, owner, id).await?;
    expected.check(&Todo::key(id.clone()), current.version)?;
    let deleted = tx.delete(id).await?;
    deleted.ok_or(Error::NotFound { what: "todo" })
}
