//! Signing up, with a first todo if one likes: two aggregates, one transaction.

use twinbase::prelude::*;

use super::{Added, add_todos};
use crate::domain::{Error, NewTodo, NewUser, Todo, User};

/// A user to be and, perhaps, a first todo. It has its ids already, so that a repeated
/// transaction writes the same again.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The user.
    pub user: NewUser,
    /// The todo, which belongs to that user.
    pub todo: Option<NewTodo>,
}

/// What signing up made.
#[derive(Debug, Clone)]
pub struct Account {
    /// The user.
    pub user: Versioned<User>,
    /// The first todo.
    pub todo: Option<Versioned<Todo>>,
}

/// Inserts the user and the todo, or neither.
pub async fn sign_up(tx: &Tx, new: &NewAccount) -> Result<Account, Error> {
    let user = tx.insert(&new.user).await?;
    let Some(todo) = &new.todo else {
        return Ok(Account { user, todo: None });
    };
    let Added { mut todos, owner } =
        add_todos(tx, &new.user.id, std::slice::from_ref(todo)).await?;
    Ok(Account {
        user: owner.unwrap_or(user),
        todo: todos.pop(),
    })
}
