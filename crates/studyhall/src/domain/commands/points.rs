//! Points: one for every completion, given and taken in the transaction that completes.

use twinbase::prelude::*;

use crate::domain::{Error, User};

/// Adds points to a user, or takes them when `points` is negative. Relative, so that
/// concurrent completions of different todos each count.
pub(super) async fn award(
    tx: &Tx,
    user_id: &AggregateId,
    points: i32,
) -> Result<Versioned<User>, Error> {
    let set = [
        User::TOTAL_POINTS.increase(points),
        User::UPDATED_AT.set(tx.now()),
    ];
    let user = tx.update(user_id, set).await?;
    user.ok_or(Error::NotFound { what: "user" })
}
