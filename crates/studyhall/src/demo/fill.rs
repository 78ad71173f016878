//! Writing a planned community, each person with all todos in one transaction.

use std::collections::HashSet;

use jiff::tz::TimeZone;
use studyhall::domain::{
    Avatar, EmailAddress, Invalid, PasswordHash, Title, Todo, User, Username,
    commands::post_history,
};
use twinbase::prelude::*;

use super::{Plan, plan::PlannedTodo, plan::PlannedUser};

/// Rows of one statement: far below the 32,766 parameters that SQLite takes.
const CHUNK: usize = 500;

/// What was written.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Filled {
    pub(crate) users: u64,
    pub(crate) todos: u64,
    pub(crate) points: u64,
}

/// Why a person could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FillError {
    /// The primary did not take it.
    #[error("the primary did not take {username}")]
    Primary {
        /// Whom.
        username: String,
        /// Why.
        source: PrimaryError,
    },
    /// A planned value breaks a rule of the domain.
    #[error("a planned value is not valid")]
    Invalid(#[from] Invalid),
}

/// The people of the plan who are there already, by name.
pub(crate) async fn known(twin: &Twinbase, plan: &Plan) -> Result<HashSet<String>, PrimaryError> {
    let mut known = HashSet::new();
    for users in plan.users.chunks(CHUNK) {
        let names = users.iter();
        let names = names.filter_map(|user| Username::parse(&user.username).ok());
        let select = Select {
            filter: vec![User::USERNAME.is_in(names).into_inner()],
            ..Select::new(User::schema(), u32::MAX)
        };
        let found = twin.select::<User>(select).await?;
        known.extend(found.iter().map(|user| user.username.to_string()));
    }
    Ok(known)
}

/// Writes the people of the plan who are not `known`. `progress` is told how many rows were written.
pub(crate) async fn fill(
    twin: &Twinbase,
    plan: &Plan,
    known: &HashSet<String>,
    password: &PasswordHash,
    progress: impl Fn(u64),
) -> Result<Filled, FillError> {
    let mut filled = Filled::default();
    for planned in plan.users.iter().filter(|u| !known.contains(&u.username)) {
        let user = new_user(twin, planned, password)?;
        let todos: Vec<_> = planned
            .todos
            .iter()
            .map(|todo| new_todo(&user.id, todo))
            .collect::<Result<_, _>>()?;
        write(twin, &user, &todos)
            .await
            .map_err(|source| FillError::Primary {
                username: planned.username.clone(),
                source,
            })?;
        filled.users += 1;
        filled.todos += todos.len() as u64;
        filled.points += planned.points() as u64;
        progress(filled.users + filled.todos);
    }
    Ok(filled)
}

async fn write(twin: &Twinbase, user: &User, todos: &[Todo]) -> Result<(), PrimaryError> {
    let write = |tx: Tx| async move {
        tx.insert(user).await?;
        for todos in todos.chunks(CHUNK) {
            tx.insert_many(todos).await?;
        }
        post_history(&tx, user, todos).await?;
        Ok::<_, PrimaryError>(())
    };
    twin.write(write).await?;
    Ok(())
}

fn new_user(
    twin: &Twinbase,
    planned: &PlannedUser,
    password: &PasswordHash,
) -> Result<User, Invalid> {
    let name = &planned.username;
    let picture = format!("https://pictures.example.org/{name}.png");
    let (name, email) = (
        Username::parse(name)?,
        EmailAddress::parse(&format!("{name}@example.org"))?,
    );
    Ok(User {
        show_profile: planned.show_profile,
        avatar: planned
            .has_picture
            .then(|| Avatar::parse(&picture))
            .transpose()?,
        ..User::new(twin.new_id(), name, email, password.clone(), planned.joined)
    })
}

/// A todo with a past.
fn new_todo(user_id: &AggregateId, planned: &PlannedTodo) -> Result<Todo, Invalid> {
    let millis = u64::try_from(planned.created.as_millisecond()).unwrap_or(0);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &planned.salt).into_uuid();
    Ok(Todo {
        completed: planned.completed.is_some(),
        completed_at: planned.completed,
        // Everybody in the plan lives by UTC.
        local_date: planned
            .completed
            .map(|at| at.to_zoned(TimeZone::UTC).date()),
        due_at: planned.due,
        updated_at: planned.completed.unwrap_or(planned.created),
        ..Todo::new(
            AggregateId::from_uuid(id),
            user_id.clone(),
            Title::parse(&planned.title)?,
            None,
            planned.created,
        )
    })
}
