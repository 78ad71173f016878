//! Writing todos down, one or many.

use jiff::Timestamp;
use twinbase::prelude::*;

use super::points::award;
use crate::domain::{Description, Error, NewTodo, Title, Todo, User};

/// A todo as its author gives it.
#[derive(Debug, Clone)]
pub struct TodoDraft {
    /// What is to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done already; it earns its point then.
    pub completed: bool,
    /// When it should be done.
    pub due_at: Option<Timestamp>,
}

/// What was added.
#[derive(Debug, Clone)]
pub struct Added {
    /// The todos, in the order of the drafts.
    pub todos: Vec<Versioned<Todo>>,
    /// Their owner, when points were earned.
    pub owner: Option<Versioned<User>>,
}

impl TodoDraft {
    /// The row of this draft.
    pub fn into_row(self, id: AggregateId, user_id: AggregateId, now: Timestamp) -> NewTodo {
        NewTodo {
            id,
            user_id,
            title: self.title,
            description: self.description,
            completed: self.completed,
            due_at: self.due_at,
            now,
        }
    }
}

/// Inserts todos of one user, all or none, with one statement.
pub async fn add_todos(tx: &Tx, owner: &AggregateId, new: &[NewTodo]) -> Result<Added, Error> {
    let mut todos = tx.insert_many(new).await?;
    todos.sort_by_key(|todo| new.iter().position(|new| new.id == todo.id));
    let completed = new.iter().filter(|todo| todo.completed).count();
    let owner = match (new.first(), i32::try_from(completed)) {
        (Some(first), Ok(points @ 1..)) => Some(award(tx, owner, points, first.now).await?),
        _ => None,
    };
    Ok(Added { todos, owner })
}
