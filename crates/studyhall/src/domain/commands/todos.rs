//! Todos, and the points of whoever completes them: one for every completion, in the transaction that completes.

use twinbase::prelude::*;

use super::points::post;
use crate::domain::{Error, Todo, TodoChange, Topic, User, note};

/// Inserts a user and, perhaps, a first todo, or neither.
pub async fn sign_up(
    tx: &Tx,
    user: &User,
    todo: Option<&Todo>,
) -> Result<(Versioned<User>, Option<Versioned<Todo>>), Error> {
    let mut inserted = tx.insert(user).await?;
    let Some(todo) = todo else {
        return Ok((inserted, None));
    };
    let written = tx.insert(todo).await?;
    if todo.completed {
        inserted = post(tx, &user.id, &[&todo.id], 1).await?;
    }
    Ok((inserted, Some(written)))
}

/// Inserts todos of one user, all or none, with one statement; answers them in the order that they were given in.
pub async fn add_todos(
    tx: &Tx,
    owner: &AggregateId,
    new: &[Todo],
) -> Result<Vec<Versioned<Todo>>, Error> {
    let mut todos = tx.insert_many(new).await?;
    todos.sort_by_key(|todo| new.iter().position(|new| new.id == todo.id));
    let completed: Vec<_> = new
        .iter()
        .filter(|todo| todo.completed)
        .map(|todo| &todo.id)
        .collect();
    if !completed.is_empty() {
        post(tx, owner, &completed, 1).await?;
    }
    Ok(todos)
}

/// Changes a user's own todo. Completing it gives its owner a point, undoing that takes it back, each exactly once: the
/// row is locked while it is read. What is already so is not written again and makes no event.
///
/// Answers the todo as it is then, and how many points its owner was given: 1, 0 or -1.
pub async fn change_todo(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    change: &TodoChange,
    expected: &Expected,
) -> Result<(Versioned<Todo>, i32), Error> {
    let current = own_todo(tx, owner, id, expected).await?;
    let flip = change.completed.filter(|done| *done != current.completed);
    let change = TodoChange {
        completed_at: flip.map(|done| done.then(|| tx.now())),
        ..change.clone()
    };
    let set = change.assignments(&current, tx.now());
    if set.is_empty() {
        return Ok((current, 0));
    }
    let todo = tx.update(id, set).await?.ok_or(NO_TODO)?;
    let points = flip.map_or(0, |done| if done { 1 } else { -1 });
    if points != 0 {
        post(tx, owner, &[id], points).await?;
    }
    Ok((todo, points))
}

/// Deletes a user's own todo and answers what it was. The point for a completed one is taken back, as if it had been undone.
pub async fn delete_todo(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<Versioned<Todo>, Error> {
    let todo = own_todo(tx, owner, id, expected).await?;
    let deleted = tx.delete(id).await?.ok_or(NO_TODO)?;
    note(tx, owner, Topic::Todos).await?;
    if todo.completed {
        post(tx, owner, &[id], -1).await?;
    }
    Ok(deleted)
}

/// The todo, locked, when it is there, `owner`'s, and at the expected version. Another user's is answered like one that
/// is not there, so that nobody learns which ids exist.
async fn own_todo(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    expected: &Expected,
) -> Result<Versioned<Todo>, Error> {
    let todo = tx.get_for_update::<Todo>(id).await?;
    let todo = todo.filter(|todo| todo.user_id == *owner).ok_or(NO_TODO)?;
    expected.check(&Todo::key(id.clone()), todo.version)?;
    Ok(todo)
}

const NO_TODO: Error = Error::NotFound { what: "todo" };
