//! A user's own settings.

use twinbase::prelude::*;

use crate::domain::{Error, User, UserChange, day::change_of_day, name_keys::take_name};

/// Changes a user. What is already so is not written again and makes no event.
///
/// A new zone or beginning of the day counts from now on: the date does not go back, and dates that it skips are excused.
pub async fn change_user(
    tx: &Tx,
    id: &AggregateId,
    change: &UserChange,
    expected: &Expected,
) -> Result<Versioned<User>, Error> {
    let current = locked_user(tx, id).await?;
    expected.check(&User::key(id.clone()), current.version)?;
    let now = tx.now();
    let mut set = change.assignments(&current, now);
    if set.is_empty() {
        return Ok(current);
    }
    let name = change.username.as_ref();
    if let Some(name) = name.filter(|name| **name != current.username) {
        take_name(tx, id, name).await?;
    }
    set.extend(change_of_day(&current, change, now));
    tx.update(id, set).await?.ok_or(NO_USER)
}

/// The user, locked until the transaction ends: what is written meanwhile about the user's days comes one after the other.
pub(super) async fn locked_user(tx: &Tx, id: &AggregateId) -> Result<Versioned<User>, Error> {
    tx.get_for_update(id).await?.ok_or(NO_USER)
}

const NO_USER: Error = Error::NotFound { what: "user" };
