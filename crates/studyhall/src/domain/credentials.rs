//! Signing in: a name and a password against the primary.

use twinbase::prelude::*;

use super::{Error, Password, PasswordHash, Passwords, TypedName, name_keys::row_of};

/// The id of the user with this name and password, or `None`.
///
/// A name that nobody has, or that is none, takes as long as a wrong password.
pub async fn authenticate(
    twin: &Twinbase,
    passwords: &Passwords,
    username: Option<&TypedName>,
    password: &Password,
) -> Result<Option<AggregateId>, Error> {
    let row = match username {
        None => None,
        Some(username) => row_of(twin, "id, password_hash", username).await?,
    };
    let (id, hash) = match row {
        None => (None, None),
        Some(row) => {
            let hash: Option<String> = row.get("password_hash")?;
            (Some(row.get("id")?), hash.map(PasswordHash::new))
        }
    };
    let fits = passwords.matches(password, hash.as_ref()).await?;
    Ok(id.filter(|_| fits))
}
