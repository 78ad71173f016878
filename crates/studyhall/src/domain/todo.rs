//! The `todo` aggregate.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Description, Title, moment};

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "todo",
    table = "todos",
    index(newest_of_user = [user_id, created_at desc, id desc]),
    text(words = [title 3, description])
)]
pub struct Todo {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// Whose it is; never changes.
    #[fixed]
    pub user_id: AggregateId,
    /// What is to be done, in a line.
    pub title: Title,
    /// More about it.
    pub description: Option<Description>,
    /// Whether it is done.
    pub completed: bool,
    /// When it was done.
    #[serde(default, deserialize_with = "moment::optional")]
    pub completed_at: Option<Timestamp>,
    /// The user's day on which it was done; none where another program completed it.
    #[fixed]
    #[serde(default)]
    pub local_date: Option<Date>,
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

impl Todo {
    /// Something new to do.
    pub fn new(
        id: AggregateId,
        user_id: AggregateId,
        title: Title,
        description: Option<Description>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            user_id,
            title,
            description,
            completed: false,
            completed_at: None,
            local_date: None,
            due_at: None,
            created_at: now,
            updated_at: now,
        }
    }
}
