//! A user's own settings.

use twinbase::prelude::*;

use crate::domain::{
    Calendar, Error, Rule, User, UserChange, day::change_of_day, name_keys::take_name,
};

/// Changes a user. What is already so is not written again and makes no event.
///
/// A new zone or beginning of the day counts from now on: the date does not go back, and dates that it skips are excused. So do
/// a new aim and new days off, from today on.
pub async fn change_user(
    tx: &Tx,
    id: &AggregateId,
    change: &UserChange,
    expected: &Expected,
) -> Result<Versioned<User>, Error> {
    let current = locked_user(tx, id).await?;
    expected.check(&User::key(id.clone()), current.version)?;
    let now = tx.now();
    let change = &with_days_off(change, &current, now)?;
    let mut set = change.assignments(&current, now);
    if set.is_empty() {
        return Ok(current);
    }
    let name = change.username.as_ref();
    if let Some(name) = name.filter(|name| **name != current.username) {
        take_name(tx, id, name).await?;
        tx.rename_operator(&current.username, name).await?;
    }
    set.extend(change_of_day(&current, change, now));
    tx.update(id, set).await?.ok_or(NO_USER)
}

/// The change with the days off that stay.
fn with_days_off(change: &UserChange, user: &User, now: Timestamp) -> Result<UserChange, Rule> {
    let mut change = change.clone();
    if let Some(to) = &change.holidays {
        let days = user.holidays.changed(to, Calendar::of(user).date(now));
        change.holidays = Some(days.ok_or(Rule::DayOffOver)?);
    }
    Ok(change)
}

/// The user, locked until the transaction ends: what is written meanwhile about the user's days comes one after the other.
pub(super) async fn locked_user(tx: &Tx, id: &AggregateId) -> Result<Versioned<User>, Error> {
    tx.get_for_update(id).await?.ok_or(NO_USER)
}

const NO_USER: Error = Error::NotFound { what: "user" };
