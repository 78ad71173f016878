//! Requests as their sender sees them: a plain table of names as they were typed.
//!
//! What a sender sees must not tell whether anybody has the name, whether that person has blocked the sender, or has
//! declined. So it is kept apart from the friendship that a request makes, if it makes one.

use std::sync::LazyLock;

use twinbase::prelude::*;

use super::{Error, Rule, TypedName};

/// A request that is not answered, as its sender sees it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SentRequest {
    /// The name as it was typed.
    pub username: String,
    /// When.
    pub sent_at: Timestamp,
}

pub(super) static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "sent_requests",
        &[
            Field::private("user_id", Kind::Text),
            Field::private("folded", Kind::Text),
            Field::private("username", Kind::Text),
            Field::private("other_id", Kind::Text).nullable(),
            Field::private("sent_at", Kind::Timestamp),
        ],
    )
    .into()
});
const USER_ID: Column<SentRequest, AggregateId> = Column::new("user_id");
const FOLDED: Column<SentRequest, String> = Column::new("folded");
const USERNAME: Column<SentRequest, TypedName> = Column::new("username");
const OTHER_ID: Column<SentRequest, Option<AggregateId>> = Column::new("other_id");
const SENT_AT: Column<SentRequest, Timestamp> = Column::new("sent_at");

/// How many requests of one user may be without an answer: enough for a class, too few to try all names.
pub const MOST_SENT_REQUESTS: usize = 100;

/// Notes a request to a name, which `other` has, if anybody.
pub(super) async fn note(
    tx: &Tx,
    sender: &AggregateId,
    name: &TypedName,
    other: Option<&AggregateId>,
) -> Result<(), Error> {
    let sent = sent_requests(tx, sender).await?;
    if sent.len() >= MOST_SENT_REQUESTS {
        return Err(Rule::TooManyRequests.into());
    }
    let row = row(sender, name, other, tx.now());
    tx.insert_plain(&TABLE, row, OnConflict::Ignore).await?;
    Ok(())
}

/// The row of a request to a name, which `other` has, if anybody.
pub(super) fn row(
    sender: &AggregateId,
    name: &TypedName,
    other: Option<&AggregateId>,
    at: Timestamp,
) -> [Assignment<SentRequest>; 5] {
    [
        USER_ID.set(sender.clone()),
        FOLDED.set(name.folded()),
        USERNAME.set(name.clone()),
        OTHER_ID.set(other.cloned()),
        SENT_AT.set(at),
    ]
}

/// Whom a request to a name is for; the inner is `None` where nobody had the name.
pub(super) async fn sent_to(
    db: &impl Writes,
    sender: &AggregateId,
    name: &TypedName,
) -> Result<Option<Option<AggregateId>>, Error> {
    let sql = "select other_id from sent_requests where user_id = $1 and folded = $2";
    let rows = db
        .query(sql, &[sender.into(), name.folded().into()])
        .await?;
    Ok(rows.first().map(|row| row.get("other_id")).transpose()?)
}

/// Forgets a request to a name.
pub(super) async fn forget(tx: &Tx, sender: &AggregateId, name: &TypedName) -> Result<(), Error> {
    let filter = [USER_ID.eq(sender.clone()), FOLDED.eq(name.folded())];
    tx.delete_plain(&TABLE, filter).await?;
    Ok(())
}

/// Forgets the requests of a user to somebody, whatever the name was then.
pub(super) async fn forget_to(
    tx: &Tx,
    sender: &AggregateId,
    other: &AggregateId,
) -> Result<(), Error> {
    let filter = [USER_ID.eq(sender.clone()), OTHER_ID.eq(Some(other.clone()))];
    tx.delete_plain(&TABLE, filter).await?;
    Ok(())
}

/// Forgets all requests to a name: whoever had it is gone, and nobody keeps it for them.
pub(super) async fn forget_name(tx: &Tx, name: &TypedName) -> Result<(), Error> {
    tx.delete_plain(&TABLE, [FOLDED.eq(name.folded())]).await?;
    Ok(())
}

/// Whether a user has asked somebody, as the sender sees it: a request that was declined looks as one that waits. One by name alone
/// is for whoever has the name now, unless somebody else had it then.
pub(super) async fn is_sent(
    db: &impl Writes,
    sender: &AggregateId,
    (other, name): (&AggregateId, &TypedName),
) -> Result<bool, Error> {
    let sql = "select 1 as one from sent_requests where user_id = $1 \
               and (other_id = $2 or other_id is null and folded = $3) limit 1";
    let params = [sender.into(), other.into(), name.folded().into()];
    Ok(!db.query(sql, &params).await?.is_empty())
}

/// Whether a request of a user to somebody waits for an answer, as the sender sees it.
pub(super) async fn is_sent_to(
    tx: &Tx,
    sender: &AggregateId,
    other: &AggregateId,
) -> Result<bool, Error> {
    let sql = "select 1 as one from sent_requests where user_id = $1 and other_id = $2 limit 1";
    let rows = tx.query(sql, &[sender.into(), other.into()]).await?;
    Ok(!rows.is_empty())
}

/// The requests of a user that are not answered, newest first.
pub(super) async fn sent_requests(
    db: &impl Writes,
    sender: &AggregateId,
) -> Result<Vec<SentRequest>, Error> {
    let sql = "select username, sent_at from sent_requests where user_id = $1 order by sent_at desc, folded";
    let rows = db.query(sql, &[sender.into()]).await?;
    let read = |row: &Row| {
        Ok(SentRequest {
            username: row.get("username")?,
            sent_at: row.get("sent_at")?,
        })
    };
    rows.iter().map(read).collect()
}
