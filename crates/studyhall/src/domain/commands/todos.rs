//! Todos, and the points of whoever completes them: one for every completion, in the transaction that completes.

use jiff::civil::Date;
use twinbase::prelude::*;

use super::{points::post, users::locked_user};
use crate::domain::{Calendar, Error, Todo, TodoChange, Topic, User, name_keys::take_name, note};

/// Inserts a user and, perhaps, a first todo, or neither.
pub async fn sign_up(
    tx: &Tx,
    user: &User,
    todo: Option<&Todo>,
) -> Result<(Versioned<User>, Option<Versioned<Todo>>), Error> {
    let mut inserted = tx.insert(user).await?;
    take_name(tx, &user.id, &user.username).await?;
    let Some(todo) = todo else {
        return Ok((inserted, None));
    };
    let today = Calendar::of(user).date(tx.now());
    let todo = Todo {
        local_date: todo.completed.then_some(today),
        ..todo.clone()
    };
    let written = tx.insert(&todo).await?;
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
    let today = if new.iter().any(|todo| todo.completed) {
        Some(today_of(tx, owner).await?)
    } else {
        None
    };
    let dated = new.iter().map(|todo| Todo {
        local_date: today.filter(|_| todo.completed),
        ..todo.clone()
    });
    let mut todos = tx.insert_many(&dated.collect::<Vec<_>>()).await?;
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
    let mut set = change.assignments(&current, tx.now());
    if set.is_empty() {
        return Ok((current, 0));
    }
    if let Some(done) = flip {
        let today = today_of(tx, owner).await?;
        set.push(Todo::LOCAL_DATE.set(done.then_some(today)));
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

/// The user's today. The user stays locked: whoever changes the zone meanwhile waits.
async fn today_of(tx: &Tx, user: &AggregateId) -> Result<Date, Error> {
    let user = locked_user(tx, user).await?;
    Ok(Calendar::of(&user).date(tx.now()))
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
