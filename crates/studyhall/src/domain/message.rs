//! The `message` aggregate: direct messages, which are written and deleted but never changed.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use super::{MessageText, moment};

/// What one friend wrote to another.
#[derive(Debug, Clone, PartialEq, Eq, Aggregate, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[aggregate(
    name = "message",
    table = "messages",
    index(history = [thread_id, position]),
    text(words = [text]),
    unique(messages_position_key = [thread_id, position])
)]
pub struct Message {
    /// The id.
    #[key]
    pub id: AggregateId,
    /// The thread of the two; see [`Pair::id`](super::Pair::id).
    #[fixed]
    pub thread_id: AggregateId,
    /// Who wrote it.
    #[fixed]
    pub sender_id: AggregateId,
    /// To whom.
    #[fixed]
    pub recipient_id: AggregateId,
    /// What.
    #[fixed]
    pub text: MessageText,
    /// Its place in the thread, from 1 on. It is given under the thread's lock and never twice, so history and "read up
    /// to here" have one order.
    #[fixed]
    pub position: i32,
    /// When.
    #[created]
    #[serde(deserialize_with = "moment::required")]
    pub created_at: Timestamp,
}
