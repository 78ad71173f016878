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
    pub username: Username,
    /// The address, for the user alone; unique without regard to case.
    pub email: EmailAddress,
    /// The hash of the password; a member that another program made may have none.
    #[fixed]
    #[serde(skip)]
    pub password_hash: Private<Option<PasswordHash>>,
    /// One for every completed todo.
    #[fixed]
    pub total_points: i32,
    /// Whether the leaderboard shows this user.
    pub show_profile: bool,
    /// A picture's address, or none.
    pub avatar: Option<Avatar>,
    /// When the user signed up.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
    /// When the user, or the points, last changed.
    #[updated]
    #[serde(deserialize_with = "moment::required")]
    pub updated_at: Timestamp,
}
