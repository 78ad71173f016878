//! Changing one's own profile. Points are not among what can be changed.

use jiff::Timestamp;
use twinbase::prelude::*;

use crate::domain::{Avatar, Edit, EmailAddress, Error, Expected, User, Username};

/// What is to change: `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// A new name.
    pub username: Option<Username>,
    /// A new address.
    pub email: Option<EmailAddress>,
    /// Whether the leaderboard shows the user.
    pub show_profile: Option<bool>,
    /// A new picture, or none any more.
    pub avatar: Edit<Avatar>,
}

/// Changes a user. What is already so is not written again and makes no event.
pub async fn change_user(
    tx: &Tx,
    id: &AggregateId,
    change: &UserChange,
    expected: &Expected,
    now: Timestamp,
) -> Result<Versioned<User>, Error> {
    let gone = Error::NotFound { what: "user" };
    let Some(current) = tx.get::<User>(id).await? else {
        return Err(gone);
    };
    expected.check(current.version)?;
    let mut set = change.differences(&current);
    if set.is_empty() {
        return Ok(current);
    }
    set.push(User::UPDATED_AT.set(now));
    let changed = match expected.pinned(current.version) {
        Some(version) => tx.update_if::<User>(id, version, set).await?,
        None => tx.update::<User>(id, set).await?,
    };
    changed.ok_or(gone)
}

impl UserChange {
    fn differences(&self, user: &User) -> Vec<Assignment<User>> {
        let username = self.username.as_ref().map(Username::as_str);
        let email = self.email.as_ref().map(EmailAddress::as_str);
        let avatar = self
            .avatar
            .applied(user.avatar.as_ref(), ToString::to_string);
        let mut set = Vec::new();
        if let Some(username) = username.filter(|name| *name != user.username) {
            set.push(User::USERNAME.set(username));
        }
        if let Some(email) = email.filter(|email| *email != user.email) {
            set.push(User::EMAIL.set(email));
        }
        if let Some(show) = self.show_profile.filter(|show| *show != user.show_profile) {
            set.push(User::SHOW_PROFILE.set(show));
        }
        if avatar != user.avatar {
            set.push(User::AVATAR.set(avatar));
        }
        set
    }
}
