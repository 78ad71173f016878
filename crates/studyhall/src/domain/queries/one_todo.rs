//! One todo of a user, with its version.

use twinbase::prelude::*;

use super::Freshness;
use crate::domain::{Error, Todo};

/// The user's own todo; owners never change, so a document says rightly whose it is.
pub async fn one_todo(
    twin: &Twinbase,
    owner: &AggregateId,
    id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Versioned<Todo>>, Error> {
    let own = |todo: &Todo| todo.user_id == *owner;
    let todo = freshness.get(twin, id, own).await?;
    todo.ok_or(Error::NotFound { what: "todo" })
}
