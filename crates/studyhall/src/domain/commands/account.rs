//! A new password, and leaving: everything that is somebody's goes with them, in one transaction.

use twinbase::prelude::*;

use super::{
    delete_forms_of, delete_friendships_of, delete_messages_of, delete_reports_of,
    delete_responses_of, delete_sessions_of,
};
use crate::domain::{Error, Password, Passwords, Todo, User, name_keys::retire_name, request};

/// Gives a user another password; answers the token of the change.
pub async fn change_password(
    twin: &Twinbase,
    passwords: &Passwords,
    user: &AggregateId,
    password: &Password,
) -> Result<Token, Error> {
    let hash = passwords.hash(password).await?;
    let set = [
        User::PASSWORD_HASH.set(Some(hash)),
        User::UPDATED_AT.set(twinbase_web::now(twin)),
    ];
    let user = twin.update(user, set).await?;
    Ok(user.ok_or(Error::NotFound { what: "user" })?.token())
}

/// Deletes a user and all that is theirs, each aggregate with its event, and blanks every earlier event, operation and stored
/// answer that names them: nothing of them stays readable.
pub async fn delete_account(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    // Locked first: who writes something new of this user waits, and then finds nobody.
    let found = tx.get_for_update::<User>(user).await?;
    let found = found.ok_or(Error::NotFound { what: "user" })?;
    tx.delete_where([Todo::USER_ID.eq(user.clone())]).await?;
    delete_responses_of(tx, user).await?;
    delete_forms_of(tx, user).await?;
    delete_sessions_of(tx, user).await?;
    delete_reports_of(tx, user).await?;
    delete_messages_of(tx, user).await?;
    delete_friendships_of(tx, user).await?;
    request::forget_name(tx, &found.username.typed()).await?;
    retire_name(tx, user).await?;
    tx.delete::<User>(user).await?;
    twinbase_web::idempotency::forget(tx, user).await?;
    tx.forget_operator(&found.username, user).await?;
    tx.forget_events(&events_that_name(tx, user).await?).await?;
    Ok(())
}

/// The events of everything that an event says has to do with a user.
async fn events_that_name(tx: &Tx, user: &AggregateId) -> Result<Vec<String>, Error> {
    let sql = "select id from \"Outbox\" where (aggregate_type, aggregate_id) in ( \
               select aggregate_type, aggregate_id from \"Outbox\" \
               where aggregate_id = $1 or cast(payload as text) like '%\"' || $1 || '\"%')";
    let rows = tx.query(sql, &[user.into()]).await?;
    rows.iter().map(|row| Ok(row.get("id")?)).collect()
}
