//! The `todo` aggregate.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Description, Title, moment};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "todo",
    table = "todos",
    index(newest_of_user = [user_id, created_at desc, id desc])
)]
pub struct Todo {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// Whose it is; never changes.
    #[fixed]
    pub user_id: AggregateId,
    /// What is to be done, in a line.
    pub title: String,
    /// More about it.
    pub description: Option<String>,
    /// Whether it is done.
    pub completed: bool,
    /// When it was done.
    #[serde(default, deserialize_with = "moment::optional")]
    pub completed_at: Option<Timestamp>,
    /// When it should be done.
    #[serde(default, deserialize_with = "moment::optional")]
    pub due_at: Option<Timestamp>,
    /// When it was written down.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[updated]
    #[serde(deserialize_with = "moment::required")]
    pub updated_at: Timestamp,
}

/// A todo to be inserted.
#[derive(Debug, Clone)]
pub struct NewTodo {
    /// The id.
    pub id: AggregateId,
    /// Whose it is.
    pub user_id: AggregateId,
    /// What is to be done.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done already.
    pub completed: bool,
    /// When it should be done.
    pub due_at: Option<Timestamp>,
    /// When it is written down.
    pub now: Timestamp,
}

impl NewRow for NewTodo {
    type Aggregate = Todo;

    fn row(&self) -> Vec<Assignment<Todo>> {
        vec![
            Todo::ID.set(self.id.clone()),
            Todo::USER_ID.set(self.user_id.clone()),
            Todo::TITLE.set(&self.title),
            Todo::DESCRIPTION.set(self.description.as_ref().map(String::from)),
            Todo::COMPLETED.set(self.completed),
            Todo::COMPLETED_AT.set(self.completed.then_some(self.now)),
            Todo::DUE_AT.set(self.due_at),
            Todo::CREATED_AT.set(self.now),
            Todo::UPDATED_AT.set(self.now),
        ]
    }
}
