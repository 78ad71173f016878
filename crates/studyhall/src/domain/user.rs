//! The `user` aggregate. Its password hash is a column and never a field.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{Avatar, EmailAddress, PasswordHash, Username, moment};

/// A member of the community.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// The id.
    pub id: AggregateId,
    /// The name to sign in with and to be shown by; unique without regard to case.
    pub username: String,
    /// The address, for the user alone; unique without regard to case.
    pub email: String,
    /// One for every completed todo.
    pub total_points: i32,
    /// Whether the leaderboard shows this user.
    pub show_profile: bool,
    /// A picture's address, or none.
    pub avatar: Option<String>,
    /// When the user signed up.
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
    /// When the user, or the points, last changed.
    #[serde(deserialize_with = "moment::required")]
    pub updated_at: Timestamp,
}

static SCHEMA: Schema = Schema::new(
    "user",
    Table::new(
        "users",
        &[
            Field::key("id"),
            Field::new("username", "username", Kind::Text),
            Field::new("email", "email", Kind::Text),
            Field::private("password_hash", Kind::Text).nullable(),
            Field::new("total_points", "totalPoints", Kind::Int32),
            Field::new("show_profile", "showProfile", Kind::Bool),
            Field::new("avatar", "avatar", Kind::Text).nullable(),
            Field::new("created_at", "createdAt", Kind::Timestamp),
            Field::new("updated_at", "updatedAt", Kind::Timestamp),
        ],
    ),
    "users",
)
.with_indexes(&[Index {
    name: "leaderboard",
    keys: &[("showProfile", 1), ("totalPoints", -1), ("_id", 1)],
}]);

impl Aggregate for User {
    const SCHEMA: &'static Schema = &SCHEMA;
}

impl User {
    /// The key column.
    pub const ID: Column<Self, AggregateId> = Column::new("id");
    /// The name.
    pub const USERNAME: Column<Self, String> = Column::new("username");
    /// The address.
    pub const EMAIL: Column<Self, String> = Column::new("email");
    /// The points.
    pub const TOTAL_POINTS: Column<Self, i32> = Column::new("total_points");
    /// Whether the leaderboard shows the user.
    pub const SHOW_PROFILE: Column<Self, bool> = Column::new("show_profile");
    /// The picture.
    pub const AVATAR: Column<Self, Option<String>> = Column::new("avatar");
    /// When the user signed up.
    pub const CREATED_AT: Column<Self, Timestamp> = Column::new("created_at");
    /// When the user last changed.
    pub const UPDATED_AT: Column<Self, Timestamp> = Column::new("updated_at");
    const PASSWORD_HASH: Column<Self, String> = Column::new("password_hash");
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

    fn row(&self) -> Vec<Assignment> {
        vec![
            User::ID.set(self.id.clone()),
            User::USERNAME.set(&self.username),
            User::EMAIL.set(&self.email),
            User::PASSWORD_HASH.set(self.password_hash.expose()),
            User::TOTAL_POINTS.set(0),
            User::SHOW_PROFILE.set(self.show_profile),
            User::AVATAR.set(self.avatar.as_ref().map(String::from)),
            User::CREATED_AT.set(self.now),
            User::UPDATED_AT.set(self.now),
        ]
    }
}
