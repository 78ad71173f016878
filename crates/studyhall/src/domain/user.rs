//! The `user` aggregate. Its password hash is a column and never a field.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Avatar, EmailAddress, PasswordHash, Username, moment};

/// A member of the community.
#[derive(Debug, Clone, PartialEq, Eq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "user",
    table = "users",
    index(leaderboard = [show_profile, total_points desc, id])
)]
pub struct User {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// The name to sign in with and to be shown by; unique without regard to case.
    pub username: String,
    /// The address, for the user alone; unique without regard to case.
    pub email: String,
    /// The hash of the password; a member that another program made may have none.
    #[fixed]
    #[serde(skip)]
    pub password_hash: Private<Option<String>>,
    /// One for every completed todo.
    #[fixed]
    pub total_points: i32,
    /// Whether the leaderboard shows this user.
    pub show_profile: bool,
    /// A picture's address, or none.
    pub avatar: Option<String>,
    /// When the user signed up.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
    /// When the user, or the points, last changed.
    #[updated]
    #[serde(deserialize_with = "moment::required")]
    pub updated_at: Timestamp,
}

/// A user to be inserted.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// The id.
    pub id: AggregateId,
    /// The name.
    pub username: Username,
    /// The address.
    pub email: EmailAddress,
    /// The hash of the password.
    pub password_hash: PasswordHash,
    /// Whether the leaderboard shows the user.
    pub show_profile: bool,
    /// The picture.
    pub avatar: Option<Avatar>,
    /// When the user signs up.
    pub now: Timestamp,
}

impl NewRow for NewUser {
    type Aggregate = User;

    fn row(&self) -> Vec<Assignment<User>> {
        vec![
            User::ID.set(self.id.clone()),
            User::USERNAME.set(&self.username),
            User::EMAIL.set(&self.email),
            User::PASSWORD_HASH.set(Some(self.password_hash.expose().to_owned())),
            User::TOTAL_POINTS.set(0),
            User::SHOW_PROFILE.set(self.show_profile),
            User::AVATAR.set(self.avatar.as_ref().map(String::from)),
            User::CREATED_AT.set(self.now),
            User::UPDATED_AT.set(self.now),
        ]
    }
}
