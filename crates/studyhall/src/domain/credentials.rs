//! Signing in: a name and a password against the primary.

use twinbase::{core::RowError, prelude::*};

use super::{Error, Password, PasswordHash, Passwords, Username};

/// The id of the user with this name and password, or `None`.
///
/// A name that nobody has, or that is none, takes as long as a wrong password.
pub async fn authenticate(
    twin: &Twinbase,
    passwords: &Passwords,
    username: Option<&Username>,
    password: &Password,
) -> Result<Option<AggregateId>, Error> {
    let unreadable = |error: RowError| PrimaryError::InvalidStatement {
        operation: "read a password hash",
        reason: error.to_string(),
    };
    let rows = match username {
        None => Vec::new(),
        Some(username) => {
            let sql = "select id, password_hash from users where lower(username) = $1";
            twin.query(sql, &[username.folded().into()]).await?
        }
    };
    let (id, hash) = match rows.first() {
        None => (None, None),
        Some(row) => {
            let id: AggregateId = row.get("id").map_err(unreadable)?;
            let hash: Option<String> = row.get("password_hash").map_err(unreadable)?;
            (Some(id), hash.map(PasswordHash::new))
        }
    };
    let fits = passwords.matches(password, hash.as_ref()).await?;
    Ok(id.filter(|_| fits))
}
