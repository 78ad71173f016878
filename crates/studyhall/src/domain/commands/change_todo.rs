//! Changing a todo. Completing it gives its owner a point, undoing that takes it back, each exactly once.

use jiff::Timestamp;
use twinbase::{core::to_millis, prelude::*};

use super::{own::own_todo, points::award};
use crate::domain::{Description, Edit, Error, Expected, Title, Todo, User};

/// What is to change: `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct TodoChange {
    /// A new title.
    pub title: Option<Title>,
    /// A new description, or none any more.
    pub description: Edit<Description>,
    /// A new due date, or none any more.
    pub due_at: Edit<Timestamp>,
    /// Done, or not done after all.
    pub completed: Option<bool>,
}

/// The todo after the change.
#[derive(Debug, Clone)]
pub struct ChangedTodo {
    /// The todo; as it was when there was nothing to change.
    pub todo: Versioned<Todo>,
    /// The owner, when points were given or taken.
    pub owner: Option<Versioned<User>>,
    /// How many points: 1, 0 or -1.
    pub points: i32,
}

/// Another transaction can complete the todo between our look and our change. Then we look again; it can
/// happen once for each time the todo goes back and forth, so a few times are plenty.
const LOOKS: usize = 4;

/// Changes a user's own todo. What is already so is not written again and makes no event.
pub async fn change_todo(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
    change: &TodoChange,
    expected: &Expected,
    now: Timestamp,
) -> Result<ChangedTodo, Error> {
    for _ in 0..LOOKS {
        let current = own_todo(tx, owner, id).await?;
        expected.check(current.version)?;
        let flip = change.completed.filter(|done| *done != current.completed);
        let mut set = change.differences(&current);
        if set.is_empty() && flip.is_none() {
            return Ok(unchanged(current));
        }
        set.push(Todo::UPDATED_AT.set(now));
        let Some(done) = flip else {
            let changed = update(tx, &current, expected, set).await?;
            return Ok(unchanged(changed.ok_or(Error::NotFound { what: "todo" })?));
        };
        set.push(Todo::COMPLETED.set(done));
        set.push(Todo::COMPLETED_AT.set(done.then_some(now)));
        if let Some(todo) = flip_completed(tx, &current, expected, set).await? {
            let points = if done { 1 } else { -1 };
            return Ok(ChangedTodo {
                owner: Some(award(tx, owner, points, now).await?),
                todo,
                points,
            });
        }
    }
    Err(Error::Busy {
        operation: "change a todo",
    })
}

async fn update(
    tx: &Tx,
    current: &Versioned<Todo>,
    expected: &Expected,
    set: Vec<Assignment<Todo>>,
) -> Result<Option<Versioned<Todo>>, Error> {
    Ok(match expected.pinned(current.version) {
        Some(version) => tx.update_if::<Todo>(&current.id, version, set).await?,
        None => tx.update::<Todo>(&current.id, set).await?,
    })
}

/// Conditional on what `completed` was: of any number of concurrent completions one gets a row, and with it the point.
async fn flip_completed(
    tx: &Tx,
    current: &Versioned<Todo>,
    expected: &Expected,
    set: Vec<Assignment<Todo>>,
) -> Result<Option<Versioned<Todo>>, Error> {
    if expected.pinned(current.version).is_some() {
        return update(tx, current, expected, set).await;
    }
    let as_seen = vec![
        Todo::ID.eq(current.id.clone()),
        Todo::COMPLETED.eq(current.completed),
    ];
    let changed = tx.update_where::<Todo>(as_seen, set).await?;
    Ok(changed.into_iter().next())
}

const fn unchanged(todo: Versioned<Todo>) -> ChangedTodo {
    ChangedTodo {
        todo,
        owner: None,
        points: 0,
    }
}

impl TodoChange {
    /// The change that completes a todo.
    pub fn complete() -> Self {
        Self {
            completed: Some(true),
            ..Self::default()
        }
    }

    /// The assignments that change something, `completed` apart.
    fn differences(&self, todo: &Todo) -> Vec<Assignment<Todo>> {
        let title = self.title.as_ref().map(Title::as_str);
        let description = self
            .description
            .applied(todo.description.as_ref(), ToString::to_string);
        let due_at = self
            .due_at
            .applied(todo.due_at.as_ref(), |at| to_millis(*at));
        let mut set = Vec::new();
        if let Some(title) = title.filter(|title| *title != todo.title) {
            set.push(Todo::TITLE.set(title));
        }
        if description != todo.description {
            set.push(Todo::DESCRIPTION.set(description));
        }
        if due_at != todo.due_at {
            set.push(Todo::DUE_AT.set(due_at));
        }
        set
    }
}
