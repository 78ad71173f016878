//! One todo of a user, with its version.

use std::time::Duration;

use twinbase::{prelude::*, sync::NotCaughtUp};

use super::Freshness;
use crate::domain::{Error, Todo};

/// The user's own todo.
///
/// That there is no such todo, or that it is someone else's, is said by the primary alone: what was just
/// written may not have reached the replica. Owners never change, so a document says rightly whose it is.
pub async fn one_todo(
    twin: &Twinbase,
    owner: &AggregateId,
    id: &AggregateId,
    freshness: &Freshness,
) -> Result<Answer<Versioned<Todo>>, Error> {
    let replica = freshness.collection::<Todo>(twin).get(id);
    let primary = async { Ok(twin.get::<Todo>(id).await?) };
    let Answer {
        value,
        source,
        staleness,
    } = freshness.read(replica, primary).await?;
    if let Some(value) = value.filter(|todo| todo.user_id == *owner) {
        return Ok(Answer {
            value,
            source,
            staleness,
        });
    }
    let exact = match source {
        Source::Primary => None,
        Source::Replica => twin.get::<Todo>(id).await?,
    };
    match exact.filter(|todo| todo.user_id == *owner) {
        None => Err(Error::NotFound { what: "todo" }),
        Some(_) if freshness.strict => {
            Err(Error::Read(ReadError::NotCaughtUp(NotCaughtUp::Waited {
                waited: Duration::ZERO,
            })))
        }
        Some(todo) => Ok(Answer::from_primary(todo)),
    }
}
