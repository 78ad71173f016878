//! The `friendship` aggregate: one for two people, whichever of them asked first.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::moment;

/// What binds two people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FieldType, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FriendshipState {
    /// One has asked, the other has not answered.
    Pending,
    /// They are friends.
    Accepted,
    /// Nothing: there is a block.
    #[serde(rename = "none")]
    Strangers,
}

/// How two people stand to each other. Where there is nothing to say about two, there is none.
#[derive(Debug, Clone, PartialEq, Eq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "friendship",
    table = "friendships",
    index(of_low = [low_id, state]),
    index(of_high = [high_id, state]),
    unique(friendships_pair_key = [low_id, high_id])
)]
pub struct Friendship {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// The one of the two whose id comes first.
    #[fixed]
    pub low_id: AggregateId,
    /// The other.
    #[fixed]
    pub high_id: AggregateId,
    /// What binds them.
    pub state: FriendshipState,
    /// Who asked first, while that is not answered and as long as it holds.
    #[serde(default)]
    pub asker_id: Option<AggregateId>,
    /// Whether the first has blocked the second.
    pub blocked_by_low: bool,
    /// Whether the second has blocked the first.
    pub blocked_by_high: bool,
    /// When the first of the two turned to the other.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
    /// When it last changed: of friends, since when they are.
    #[updated]
    #[serde(deserialize_with = "moment::required")]
    pub updated_at: Timestamp,
}
