//! Writing todos down, one or many.

use twinbase::prelude::*;

use super::points::award;
use crate::domain::{Description, Error, Title, Todo};

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

impl TodoDraft {
    /// The todo of this draft.
    pub fn into_todo(self, id: AggregateId, user_id: AggregateId, now: Timestamp) -> Todo {
        Todo {
            id,
            user_id,
            title: self.title,
            description: self.description,
            completed: self.completed,
            completed_at: self.completed.then_some(now),
            due_at: self.due_at,
            created_at: now,
            updated_at: now,
        }
    }
}

/// Inserts todos of one user, all or none, with one statement; answers them in the order that they were given in.
pub async fn add_todos(
    tx: &Tx,
    owner: &AggregateId,
    new: &[Todo],
) -> Result<Vec<Versioned<Todo>>, Error> {
    let mut todos = tx.insert_many(new).await?;
    todos.sort_by_key(|todo| new.iter().position(|new| new.id == todo.id));
    let completed = new.iter().filter(|todo| todo.completed).count();
    if let Ok(points @ 1..) = i32::try_from(completed) {
        award(tx, owner, points).await?;
    }
    Ok(todos)
}
