//! One todo of a user, with its version.

use twinbase::prelude::*;

use super::Freshness;
use crate::domain::{Error, Todo};

/// The user's own todo.
///
/// That a todo exists not, or is someone else's, is said by the primary alone: a todo that was just written
/// may not have reached the replica. Owners never change, so a document says rightly whose it is.
pub async fn one_todo(
    twin: &Twinbase,
    owner: &AggregateId,
    id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Versioned<Todo>>, Error> {
    let own = |todo: Versioned<Todo>| Some(todo).filter(|todo| todo.user_id == *owner);
    let replica = freshness.collection::<Todo>(twin).get(id);
    let primary = async { Ok(twin.get::<Todo>(id).await?) };
    let answer = freshness.read(replica, primary).await?;
    let answer = match (answer.value.and_then(own), answer.source) {
        (Some(todo), source) => Answer {
            value: Some(todo),
            source,
            staleness: answer.staleness,
        },
        (None, Source::Primary) => Answer::from_primary(None),
        (None, Source::Replica) => Answer::from_primary(twin.get::<Todo>(id).await?.and_then(own)),
    };
    match answer.value {
        Some(todo) => Ok(Answer {
            value: todo,
            source: answer.source,
            staleness: answer.staleness,
        }),
        None => Err(Error::NotFound { what: "todo" }),
    }
}
