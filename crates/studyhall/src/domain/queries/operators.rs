//! Who is an operator: from the primary, because it must be exact.

use twinbase::prelude::*;

use crate::domain::{EmailAddress, Error, Operator, TypedName, name_keys::row_of};

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
    let columns = "id, username, email";
    let row = if let Ok(address) = EmailAddress::parse(who) {
        let sql = format!("select {columns} from users where lower(email) = $1");
        twin.query(&sql, &[address.folded().into()]).await?.pop()
    } else if let Ok(name) = TypedName::parse(who) {
        row_of(twin, columns, &name).await?
    } else {
        None
    };
    let row = row.ok_or(Error::NotFound { what: "user" })?;
    Ok(Person {
        id: row.get("id")?,
        username: row.get("username")?,
        email: row.get("email")?,
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

/// The name of this user if they are an operator.
pub async fn operator_name(twin: &Twinbase, user: &AggregateId) -> Result<Option<String>, Error> {
    let sql = "select u.username from operators as o join users as u on u.id = o.user_id where o.user_id = $1";
    let rows = twin.query(sql, &[user.as_str().into()]).await?;
    let name = rows.first().map(|row| row.get("username"));
    Ok(name.transpose()?)
}
