//! A user's own todo, read exactly.

use twinbase::prelude::*;

use crate::domain::{Error, Todo};

/// The todo, locked, when it is there and `owner`'s. Another user's is answered like one that is not there,
/// so that nobody learns which ids exist.
pub(super) async fn own_todo(
    tx: &Tx,
    owner: &AggregateId,
    id: &AggregateId,
) -> Result<Versioned<Todo>, Error> {
    let todo = tx.get_for_update::<Todo>(id).await?;
    todo.filter(|todo| todo.user_id == *owner)
        .ok_or(Error::NotFound { what: "todo" })
}
