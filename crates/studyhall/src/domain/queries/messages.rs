//! A user's threads, what of them is unread, and the messages of one.

use serde::{Deserialize, Serialize};
use twinbase::prelude::*;
use twinbase_web::{Page, cursor};

use super::{Freshness, NO_USER, Other, are_friends, visible};
use crate::domain::{Error, Message, Pair, TypedName, thread::read_position};

/// A thread in the list of its user's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ThreadEntry {
    /// With whom.
    pub with: Other,
    /// The last message that is there.
    pub last: LastMessage,
    /// How many messages the user has not read.
    pub unread: i64,
    #[serde(skip)]
    place: ThreadPlace,
}

/// The last message of a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LastMessage {
    /// Who wrote it.
    pub sender_id: AggregateId,
    /// What.
    pub text: String,
    /// Its place in the thread.
    pub position: i32,
    /// When.
    pub created_at: Timestamp,
}

/// A place in the list of threads: when something was last written, and which thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadPlace(Timestamp, AggregateId);

const UNREAD: &str = "select count(*) from messages n where n.recipient_id = $1 and n.thread_id = t.id and n.position > \
     coalesce((select r.position from thread_reads r where r.user_id = $1 and r.thread_id = t.id), 0)";

/// The threads of a user, the latest first. From the primary: what is unread is known there alone, and whoever is blocked
/// is gone at once.
pub async fn threads(
    twin: &Twinbase,
    me: &AggregateId,
    after: Option<ThreadPlace>,
    limit: u32,
) -> Result<Page<ThreadEntry>, Error> {
    let mut params = vec![Value::from(me)];
    let beyond = after.map_or("", |ThreadPlace(at, id)| {
        params.extend([Value::from(at), Value::from(id)]);
        "and (t.latest_at < $2 or (t.latest_at = $2 and t.id < $3))"
    });
    let sql = format!(
        "select u.id, u.username, u.avatar, u.show_profile, t.id as thread_id, t.latest_at, \
                m.sender_id, m.text, m.position, m.created_at, ({UNREAD}) as unread \
         from threads t \
         join users u on u.id = case when t.low_id = $1 then t.high_id else t.low_id end \
         join messages m on m.thread_id = t.id \
              and m.position = (select max(l.position) from messages l where l.thread_id = t.id) \
         left join friendships f on f.low_id = t.low_id and f.high_id = t.high_id \
         where (t.low_id = $1 or t.high_id = $1) and t.latest_at is not null \
           and not coalesce(f.blocked_by_low or f.blocked_by_high, 1 = 0) {beyond} \
         order by t.latest_at desc, t.id desc limit {rows}",
        rows = u64::from(limit) + 1,
    );
    let rows = twin.query(&sql, &params).await?;
    let entries: Result<Vec<_>, Error> = rows.iter().map(entry).collect();
    Ok(Page::of(entries?, limit, |last| cursor::write(&last.place)))
}

fn entry(row: &Row) -> Result<ThreadEntry, Error> {
    Ok(ThreadEntry {
        with: Other::read(row)?,
        last: LastMessage {
            sender_id: row.get("sender_id")?,
            text: row.get("text")?,
            position: row.get("position")?,
            created_at: row.get("created_at")?,
        },
        unread: row.get("unread")?,
        place: ThreadPlace(row.get("latest_at")?, row.get("thread_id")?),
    })
}

/// How many messages a user has not read, in all threads.
pub async fn unread(db: &impl Writes, me: &AggregateId) -> Result<i64, Error> {
    let sql = format!(
        "select cast(coalesce(sum(({UNREAD})), 0) as bigint) as unread from threads t where t.low_id = $1 or t.high_id = $1"
    );
    let rows = db.query(&sql, &[me.into()]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.get("unread"))?)
}

/// Which part of a thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The last messages.
    Newest,
    /// The last of those before a position.
    Before(i32),
    /// The first of those after a position.
    After(i32),
}

/// Some messages of a thread, the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct History {
    /// With whom.
    pub with: Other,
    /// Whether the user may write.
    pub are_friends: bool,
    /// Up to which position the user has read; 0 for nothing.
    pub read_to: i32,
    /// The messages.
    pub items: Vec<Message>,
    /// The `before` of the messages before these; none where there are none.
    pub before: Option<i32>,
    /// The `after` of the messages after these; none where these are the last.
    pub after: Option<i32>,
}

/// A part of the thread with somebody. Whoever is no friend any more keeps what was written; whoever is blocked is not
/// found. Whether the user may see it is asked of the primary, and the messages are the replica's where it has them in
/// time.
pub async fn history(
    twin: &Twinbase,
    me: &AggregateId,
    name: &TypedName,
    part: Part,
    limit: u32,
    freshness: &Freshness,
) -> Result<Answer<History>, Error> {
    let with = visible(twin, me, name).await?;
    let (pair, _) = Pair::of(me, &with.id).ok_or(NO_USER)?;
    let are_friends = are_friends(twin, me, &with.id).await?;
    let read_to = read_position(twin, me, &pair.id()).await?;
    let (bound, order) = match part {
        Part::Newest => (None, Message::POSITION.descending()),
        Part::Before(at) => (
            Some(Message::POSITION.lt(at)),
            Message::POSITION.descending(),
        ),
        Part::After(at) => (
            Some(Message::POSITION.gt(at)),
            Message::POSITION.ascending(),
        ),
    };
    let of_thread = [Message::THREAD_ID.eq(pair.id())].into_iter();
    let messages = freshness
        .collection::<Message>(twin)
        .filter(of_thread.chain(bound))
        .order([order])
        .limit(u64::from(limit) + 1)
        .all()
        .await?;
    Ok(messages.map(|mut items| {
        let most = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > most;
        items.truncate(most);
        if !matches!(part, Part::After(_)) {
            items.reverse();
        }
        let (first, last) = (items.first(), items.last());
        let (first, last) = (first.map(|m| m.position), last.map(|m| m.position));
        let (before, after) = match part {
            Part::Newest => (first.filter(|_| more), None),
            Part::Before(at) => (
                first.filter(|_| more),
                Some(last.unwrap_or(at.saturating_sub(1))),
            ),
            Part::After(at) => (
                Some(first.unwrap_or(at.saturating_add(1))),
                last.filter(|_| more),
            ),
        };
        History {
            with,
            are_friends,
            read_to,
            items,
            before,
            after,
        }
    }))
}
