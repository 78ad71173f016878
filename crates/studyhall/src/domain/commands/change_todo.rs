//! Changing a todo. Completing it gives its owner a point, undoing that takes it back, each exactly once.

use twinbase::prelude::*;

use super::{own::own_todo, points::award};
use crate::domain::{Error, Todo, TodoChange};

/// The todo after the change; as it was when there was nothing to change.
#[derive(Debug, Clone)]
pub struct ChangedTodo {
    /// The todo.
    pub todo: Versioned<Todo>,
    /// How many points its owner was given: 1, 0 or -1.
    pub points: i32,
}

/// Changes a user's own todo. What is already so is not written again and makes no event.
///
/// The row is locked while it is read: of any number of concurrent completions one gets the point.
pub async fn change_todo(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    change: &TodoChange,
    expected: &Expected,
) -> Result<ChangedTodo, Error> {
    let current = own_todo(tx, owner, id).await?;
    expected.check(&Todo::key(id.clone()), current.version)?;
    let flip = change.completed.filter(|done| *done != current.completed);
    let change = TodoChange {
        completed_at: flip.map(|done| done.then(|| tx.now())),
        ..change.clone()
    };
    let set = change.assignments(&current, tx.now());
    if set.is_empty() {
        let todo = current;
        return Ok(ChangedTodo { todo, points: 0 });
    }
    let todo = tx.update(id, set).await?;
    let todo = todo.ok_or(Error::NotFound { what: "todo" })?;
    let points = flip.map_or(0, |done| if done { 1 } else { -1 });
    if points != 0 {
        award(tx, owner, points).await?;
    }
    Ok(ChangedTodo { todo, points })
}
