//! Who is a friend of whom, who has asked, and whom a user does not see: exact, from the primary.

use serde::Serialize;
use twinbase::prelude::*;

use super::Other;
use crate::domain::{
    Error, Pair, SentRequest, TypedName,
    request::{is_sent, sent_requests},
    standing::Standing,
};

/// Somebody in one of the lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Friend {
    /// Who it is.
    #[serde(flatten)]
    pub person: Other,
    /// Since when.
    pub since: Timestamp,
}

/// All that a user has to do with others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Friends {
    /// Friends, by name.
    pub friends: Vec<Friend>,
    /// Those who ask to be friends.
    pub received: Vec<Friend>,
    /// Whom the user asked, by the names as they were typed: whether anybody has them is not told.
    pub sent: Vec<SentRequest>,
    /// Those whom the user has blocked.
    pub blocked: Vec<Friend>,
    /// Those whom the user has hidden from boards.
    pub hidden: Vec<Friend>,
}

/// The lists of a user. They come from the primary: a block counts at once, and a token of one's own request would
/// tell whether anybody has the name.
pub async fn friends(twin: &Twinbase, me: &AggregateId) -> Result<Friends, Error> {
    let sql = "select u.id, u.username, u.avatar, u.show_profile, f.state, f.asker_id, f.updated_at as since, \
                      case when f.low_id = $1 then f.blocked_by_low else f.blocked_by_high end as is_blocked_by_me, \
                      case when f.low_id = $1 then f.blocked_by_high else f.blocked_by_low end as is_blocked_by_them \
               from friendships f \
               join users u on u.id = case when f.low_id = $1 then f.high_id else f.low_id end \
               where f.low_id = $1 or f.high_id = $1 order by lower(u.username), u.id";
    let mut all = Friends {
        sent: sent_requests(twin, me).await?,
        hidden: hidden(twin, me).await?,
        ..Friends::default()
    };
    for row in twin.query(sql, &[me.into()]).await? {
        let friend = read(&row)?;
        let state: String = row.get("state")?;
        let asker: Option<AggregateId> = row.get("asker_id")?;
        if row.get("is_blocked_by_me")? {
            all.blocked.push(friend);
        } else if row.get("is_blocked_by_them")? {
            // The user must not learn of it.
        } else if state == "accepted" {
            all.friends.push(friend);
        } else if state == "pending" && asker.is_some_and(|asker| asker == friend.person.id) {
            all.received.push(friend);
        }
    }
    Ok(all)
}

fn read(row: &Row) -> Result<Friend, Error> {
    Ok(Friend {
        person: Other::read(row)?,
        since: row.get("since")?,
    })
}

async fn hidden(twin: &Twinbase, me: &AggregateId) -> Result<Vec<Friend>, Error> {
    let sql = "select u.id, u.username, u.avatar, u.show_profile, h.hidden_at as since \
               from hidden_people h join users u on u.id = h.hidden_id \
               where h.user_id = $1 and not exists ( \
                   select 1 from friendships f where (f.blocked_by_low or f.blocked_by_high) \
                   and ((f.low_id = h.user_id and f.high_id = h.hidden_id) \
                     or (f.high_id = h.user_id and f.low_id = h.hidden_id))) \
               order by lower(u.username), u.id";
    let rows = twin.query(sql, &[me.into()]).await?;
    rows.iter().map(read).collect()
}

/// Whether a user has asked somebody with this name to be friends, as the user sees it.
pub async fn has_asked(
    twin: &Twinbase,
    me: &AggregateId,
    other: &AggregateId,
    name: &TypedName,
) -> Result<bool, Error> {
    is_sent(twin, me, (other, name)).await
}

/// Whether two people are friends now.
pub async fn are_friends(
    db: &impl Writes,
    one: &AggregateId,
    other: &AggregateId,
) -> Result<bool, Error> {
    let Some((pair, _)) = Pair::of(one, other) else {
        return Ok(false);
    };
    let standing: Standing = super::standing(db, &pair).await?;
    Ok(standing.are_friends())
}

/// Whether one of two people has blocked the other: neither sees the other, anywhere.
pub async fn are_blocked(
    db: &impl Writes,
    one: &AggregateId,
    other: &AggregateId,
) -> Result<bool, Error> {
    let Some((pair, _)) = Pair::of(one, other) else {
        return Ok(false);
    };
    Ok(super::standing(db, &pair).await?.is_blocked())
}

/// All friends of a user.
pub async fn friends_of(db: &impl Writes, me: &AggregateId) -> Result<Vec<AggregateId>, Error> {
    let sql = "select case when low_id = $1 then high_id else low_id end as id from friendships \
               where (low_id = $1 or high_id = $1) and state = 'accepted' \
                 and not (blocked_by_low or blocked_by_high)";
    ids(db, sql, me).await
}

/// Everybody whom a user has blocked, or who has blocked the user: neither sees the other, anywhere.
pub async fn unseen_by(db: &impl Writes, viewer: &AggregateId) -> Result<Vec<AggregateId>, Error> {
    let sql = "select case when low_id = $1 then high_id else low_id end as id from friendships \
               where (low_id = $1 or high_id = $1) and (blocked_by_low or blocked_by_high)";
    ids(db, sql, viewer).await
}

/// Everybody whom a user has hidden from boards.
pub async fn hidden_by(db: &impl Writes, viewer: &AggregateId) -> Result<Vec<AggregateId>, Error> {
    let sql = "select hidden_id as id from hidden_people where user_id = $1";
    ids(db, sql, viewer).await
}

async fn ids(db: &impl Writes, sql: &str, me: &AggregateId) -> Result<Vec<AggregateId>, Error> {
    let rows = db.query(sql, &[me.into()]).await?;
    rows.iter().map(|row| Ok(row.get("id")?)).collect()
}
