//! Giving the operator's role, and taking it back.

use jiff::Timestamp;
use twinbase::prelude::*;

use crate::domain::{
    Error,
    operator::{ADDED_AT, TABLE, USER_ID},
    queries::{Person, find_person},
};

/// Makes the user with this name or address an operator. Answers who that is, and whether it is new.
pub async fn add_operator(
    twin: &Twinbase,
    who: &str,
    now: Timestamp,
) -> Result<(Person, bool), Error> {
    let person = find_person(twin, who).await?;
    let row = vec![USER_ID.set(person.id.clone()), ADDED_AT.set(now)];
    let added = twin.insert_plain(&TABLE, row, OnConflict::Ignore).await?;
    Ok((person, added > 0))
}

/// Takes the role from the user with this name or address, at once: it is looked up for each
/// request. Answers who that is, and whether it was an operator.
pub async fn remove_operator(twin: &Twinbase, who: &str) -> Result<(Person, bool), Error> {
    let person = find_person(twin, who).await?;
    let removed = twin
        .delete_plain(&TABLE, vec![USER_ID.eq(person.id.clone())])
        .await?;
    Ok((person, removed > 0))
}
