//! Who is an operator: from the primary, because it must be exact.

use twinbase::{core::RowError, prelude::*};

use crate::domain::{EmailAddress, Error, Operator, Username};

/// A user, as far as giving a role needs to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The id.
    pub id: AggregateId,
    /// The name.
    pub username: String,
    /// The address.
    pub email: String,
}

/// The user with this name or e-mail address, in any letter case. No name has an `@` and every
/// address has one, so nobody can pass for another by such a name.
pub async fn find_person(twin: &Twinbase, who: &str) -> Result<Person, Error> {
    let missing = Error::NotFound { what: "user" };
    let (sql, folded) = if who.contains('@') {
        let address = EmailAddress::parse(who).map(|address| address.folded());
        let sql = "select id, username, email from users where lower(email) = $1";
        (sql, address)
    } else {
        let name = Username::parse(who).map(|name| name.folded());
        let sql = "select id, username, email from users where lower(username) = $1";
        (sql, name)
    };
    let Ok(folded) = folded else {
        return Err(missing);
    };
    let rows = twin.query(sql, &[folded.into()]).await?;
    let row = rows.first().ok_or(missing)?;
    let read = || {
        Ok::<_, RowError>(Person {
            id: row.get("id")?,
            username: row.get("username")?,
            email: row.get("email")?,
        })
    };
    read().map_err(|error| {
        Error::Primary(PrimaryError::InvalidStatement {
            operation: "read a user",
            reason: error.to_string(),
        })
    })
}

/// All operators, by name.
pub async fn operators(twin: &Twinbase) -> Result<Vec<Operator>, Error> {
    let sql = "select users.id, users.username, users.email, operators.added_at \
               from operators join users on users.id = operators.user_id \
               order by lower(users.username), users.id";
    let rows = twin.query(sql, &[]).await?;
    rows.iter().map(Operator::read).collect()
}

/// Whether this user is an operator.
pub async fn is_operator(twin: &Twinbase, user: &AggregateId) -> Result<bool, Error> {
    let sql = "select user_id from operators where user_id = $1";
    let rows = twin.query(sql, &[user.as_str().into()]).await?;
    Ok(!rows.is_empty())
}
