//! The leaderboard: those who want to be seen, by points.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::Freshness;
use crate::domain::{Avatar, User, Username};

/// How many users it shows.
pub const LEADERBOARD_LENGTH: u64 = 10;

/// One user on the leaderboard; nothing that is not for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaderboardEntry {
    /// The user's id.
    pub id: AggregateId,
    /// The name.
    pub username: Username,
    /// The points.
    pub total_points: i32,
    /// The picture.
    pub avatar: Option<Avatar>,
}

/// The users with the most points, ties in the order of ids.
pub async fn leaderboard(
    twin: &Twinbase,
    freshness: &Freshness,
) -> Result<Answer<Vec<LeaderboardEntry>>, ReadError> {
    freshness
        .collection::<User>(twin)
        .filter([User::SHOW_PROFILE.eq(true)])
        .order([User::TOTAL_POINTS.descending(), User::ID.ascending()])
        .limit(LEADERBOARD_LENGTH)
        .projection(doc! { "username": 1, "totalPoints": 1, "avatar": 1 })
        .fetch_as()
        .await
}
