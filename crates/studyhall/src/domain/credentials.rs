//! Signing in: a name and a password against the primary.

use twinbase::{core::RowError, prelude::*};

use super::{Error, Password, PasswordHash, Passwords};

/// The id of the user with this name and password, or `None`.
///
/// A name that nobody has takes as long as a wrong password.
pub async fn authenticate(
    twin: &Twinbase,
    passwords: &Passwords,
    username: &str,
    password: &Password,
) -> Result<Option<AggregateId>, Error> {
    let unreadable = |error: RowError| PrimaryError::InvalidStatement {
        operation: "read a password hash",
        reason: error.to_string(),
    };
    // A text with NUL is no one's name, and PostgreSQL refuses to look for it.
    let rows = if username.contains('\0') {
        Vec::new()
    } else {
        let sql = "select id, password_hash from users where lower(username) = lower($1)";
        twin.query(sql, &[username.into()]).await?
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
