//! The `todo` aggregate.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Description, Title, moment};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Todo {
    /// The id.
    pub id: AggregateId,
    /// Whose it is; never changes.
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
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
    /// When it last changed.
    #[serde(deserialize_with = "moment::required")]
    pub updated_at: Timestamp,
}

static SCHEMA: Schema = Schema::new(
    "todo",
    Table::new(
        "todos",
        &[
            Field::key("id"),
            Field::new("user_id", "userId", Kind::Text),
            Field::new("title", "title", Kind::Text),
            Field::new("description", "description", Kind::Text).nullable(),
            Field::new("completed", "completed", Kind::Bool),
            Field::new("completed_at", "completedAt", Kind::Timestamp).nullable(),
            Field::new("due_at", "dueAt", Kind::Timestamp).nullable(),
            Field::new("created_at", "createdAt", Kind::Timestamp),
            Field::new("updated_at", "updatedAt", Kind::Timestamp),
        ],
    ),
    "todos",
)
.with_indexes(&[Index {
    name: "newest_of_user",
    keys: &[("userId", 1), ("createdAt", -1), ("_id", -1)],
}]);

impl Aggregate for Todo {
    const SCHEMA: &'static Schema = &SCHEMA;
}

impl Todo {
    /// The key column.
    pub const ID: Column<Self, AggregateId> = Column::new("id");
    /// Whose it is.
    pub const USER_ID: Column<Self, AggregateId> = Column::new("user_id");
    /// What is to be done.
    pub const TITLE: Column<Self, String> = Column::new("title");
    /// More about it.
    pub const DESCRIPTION: Column<Self, Option<String>> = Column::new("description");
    /// Whether it is done.
    pub const COMPLETED: Column<Self, bool> = Column::new("completed");
    /// When it was done.
    pub const COMPLETED_AT: Column<Self, Option<Timestamp>> = Column::new("completed_at");
    /// When it should be done.
    pub const DUE_AT: Column<Self, Option<Timestamp>> = Column::new("due_at");
    /// When it was written down.
    pub const CREATED_AT: Column<Self, Timestamp> = Column::new("created_at");
    /// When it last changed.
    pub const UPDATED_AT: Column<Self, Timestamp> = Column::new("updated_at");
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

    fn row(&self) -> Vec<Assignment> {
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
