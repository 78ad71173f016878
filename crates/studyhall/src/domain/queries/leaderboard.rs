//! The leaderboard: those who want to be seen, by points.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::Freshness;
use crate::domain::{Avatar, Error, User, Username};

/// How many users it shows.
pub const LEADERBOARD_LENGTH: u32 = 10;

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
) -> Result<Answer<Vec<LeaderboardEntry>>, Error> {
    freshness
        .read(from_replica(twin, freshness), from_primary(twin))
        .await
}

async fn from_replica(
    twin: &Twinbase,
    freshness: &Freshness,
) -> Result<Answer<Vec<LeaderboardEntry>>, ReadError> {
    freshness
        .collection::<User>(twin)
        .find(doc! { "showProfile": true })
        .sort(doc! { "totalPoints": -1, "_id": 1 })
        .limit(LEADERBOARD_LENGTH.into())
        .projection(doc! { "username": 1, "totalPoints": 1, "avatar": 1 })
        .fetch_as()
        .await
}

async fn from_primary(twin: &Twinbase) -> Result<Vec<LeaderboardEntry>, Error> {
    let users = twin.select::<User>(Select {
        filter: Condition::all([User::SHOW_PROFILE.eq(true)]),
        order: Order::all([User::TOTAL_POINTS.descending(), User::ID.ascending()]),
        ..Select::new(User::schema(), LEADERBOARD_LENGTH)
    });
    let entry = |user: Versioned<User>| LeaderboardEntry {
        id: user.id,
        username: user.value.username,
        total_points: user.value.total_points,
        avatar: user.value.avatar,
    };
    Ok(users.await?.into_iter().map(entry).collect())
}
