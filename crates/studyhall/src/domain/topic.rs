//! What open pages are told about: names of what changed for a user. Most follow from events; what no event tells is noted here,
//! in the transaction that changes it.

use std::sync::LazyLock;

use twinbase::prelude::*;

use super::Error;

twinbase::core::named! {
    /// Something that a page shows and that can change while it is open.
    pub enum Topic {
        /// The user's todos.
        Todos = "todos",
        /// The user's points.
        Points = "points",
        /// The user's sessions, and the one that runs.
        Session = "session",
        /// Messages that the user wrote or got.
        Message = "message",
        /// What the user has read, and to whom the user may write.
        Thread = "thread",
        /// Somebody's points, or who is on the board.
        Board = "board",
        /// Friends, requests and blocks of the user.
        Friends = "friends",
        /// The user's daily reports.
        Report = "report",
        /// Responses to the user's forms.
        Results = "results",
        /// A week of boards has begun.
        Week = "week",
    }
}

/// A change that was noted.
struct Noted;

static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "live_changes",
        &[
            Field::private("user_id", Kind::Text),
            Field::private("topic", Kind::Text),
            Field::private("changed_at", Kind::Timestamp),
        ],
    )
    .into()
});
const USER_ID: Column<Noted, AggregateId> = Column::new("user_id");
const TOPIC: Column<Noted, String> = Column::new("topic");
const CHANGED_AT: Column<Noted, Timestamp> = Column::new("changed_at");

/// Notes that something changed for two people, in the order of their ids, so that no two transactions wait for each other.
pub(super) async fn note_both(
    tx: &Tx,
    first: &AggregateId,
    second: &AggregateId,
    topic: Topic,
) -> Result<(), Error> {
    note(tx, first.min(second), topic).await?;
    note(tx, first.max(second), topic).await
}

/// Notes that something changed for a user.
pub(super) async fn note(tx: &Tx, user: &AggregateId, topic: Topic) -> Result<(), Error> {
    let name = topic.name().to_owned();
    let now = tx.now();
    let row = [
        USER_ID.set(user.clone()),
        TOPIC.set(name.clone()),
        CHANGED_AT.set(now),
    ];
    let added = tx.insert_plain(&TABLE, row, OnConflict::Ignore).await?;
    if added == 0 {
        let same = [USER_ID.eq(user.clone()), TOPIC.eq(name)];
        tx.update_plain(&TABLE, same, [CHANGED_AT.set(now)]).await?;
    }
    Ok(())
}

/// What was noted since: for whom, what, and when.
pub(crate) async fn noted_since(
    db: &impl Writes,
    since: Timestamp,
) -> Result<Vec<(AggregateId, Topic, Timestamp)>, Error> {
    let sql = "select user_id, topic, changed_at from live_changes where changed_at >= $1";
    let mut noted = Vec::new();
    for row in db.query(sql, &[since.into()]).await? {
        // A newer version of this program may note more.
        if let Some(topic) = Topic::parse(&row.get::<String>("topic")?) {
            noted.push((row.get("user_id")?, topic, row.get("changed_at")?));
        }
    }
    Ok(noted)
}
