//! A new password, and leaving: everything that is somebody's goes with them, in one transaction.

use twinbase::prelude::*;

use super::{
    delete_friendships_of, delete_messages_of, delete_reports_of, delete_responses_of,
    delete_sessions_of,
    forms::{delete_with_responses, lock_forms_of},
};
use crate::domain::{
    Error, Password, Passwords, SessionToken, Todo, User, close_other_sessions,
    name_keys::retire_name, request,
};

/// Gives a user another password and ends all sessions but their own, or neither; answers the token of the change.
pub async fn change_password(
    twin: &Twinbase,
    passwords: &Passwords,
    (user, own): (&AggregateId, &SessionToken),
    password: &Password,
) -> Result<Token, Error> {
    let hash = &passwords.hash(password).await?;
    let run = |tx: Tx| async move {
        let set = [
            User::PASSWORD_HASH.set(Some(hash.clone())),
            User::UPDATED_AT.set(tx.now()),
        ];
        let changed = tx.update::<User>(user, set).await?;
        close_other_sessions(&tx, user, own).await?;
        changed.ok_or(Error::NotFound { what: "user" })
    };
    let (changed, mut token) = twin.write(run).await?;
    token.merge(changed.token());
    Ok(token)
}

/// Deletes a user and all that is theirs, each aggregate with its event, and blanks every earlier event, operation and stored
/// answer that names them: nothing of them stays readable.
pub async fn delete_account(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    // Locked first: who writes something new of this user waits, and then finds nobody.
    let found = tx.get_for_update::<User>(user).await?;
    let found = found.ok_or(Error::NotFound { what: "user" })?;
    tx.delete_where([Todo::USER_ID.eq(user.clone())]).await?;
    delete_responses_of(tx, user).await?;
    let forms = lock_forms_of(tx, user).await?;
    let answers = events_of_answers_to(tx, user).await?;
    delete_with_responses(tx, forms).await?;
    delete_sessions_of(tx, user).await?;
    delete_reports_of(tx, user).await?;
    delete_messages_of(tx, user).await?;
    delete_friendships_of(tx, user).await?;
    request::forget_name(tx, &found.username.typed()).await?;
    retire_name(tx, user).await?;
    tx.delete::<User>(user).await?;
    twinbase_web::idempotency::forget(tx, user).await?;
    tx.forget_operator(&found.username, user).await?;
    tx.forget_events(&answers).await?;
    tx.forget_events(&events_that_name(tx, user).await?).await?;
    Ok(())
}

/// The events of what others answered to a user's forms, which goes with the forms and names nobody.
async fn events_of_answers_to(tx: &Tx, user: &AggregateId) -> Result<Vec<String>, Error> {
    let sql = "select id from \"Outbox\" where aggregate_type = 'response' and aggregate_id in ( \
               select responses.id from responses join forms on forms.id = responses.form_id \
               where forms.user_id = $1)";
    ids(tx, sql, user).await
}

/// The events of everything that an event says has to do with a user.
async fn events_that_name(tx: &Tx, user: &AggregateId) -> Result<Vec<String>, Error> {
    let sql = "select id from \"Outbox\" where (aggregate_type, aggregate_id) in ( \
               select aggregate_type, aggregate_id from \"Outbox\" \
               where aggregate_id = $1 or cast(payload as text) like '%\"' || $1 || '\"%')";
    ids(tx, sql, user).await
}

async fn ids(tx: &Tx, sql: &str, user: &AggregateId) -> Result<Vec<String>, Error> {
    let rows = tx.query(sql, &[user.into()]).await?;
    rows.iter().map(|row| Ok(row.get("id")?)).collect()
}
