//! Signing up, with a first todo if one likes: two aggregates, one transaction.

use twinbase::prelude::*;

use super::points::award;
use crate::domain::{Error, Todo, User};

/// A user to be and, perhaps, a first todo. It has its ids already, so that a repeated
/// transaction writes the same again.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// The user.
    pub user: User,
    /// The todo, which belongs to that user.
    pub todo: Option<Todo>,
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
    let mut user = tx.insert(&new.user).await?;
    let mut todo = None;
    if let Some(new) = &new.todo {
        todo = Some(tx.insert(new).await?);
        if new.completed {
            user = award(tx, &new.user_id, 1).await?;
        }
    }
    Ok(Account { user, todo })
}
