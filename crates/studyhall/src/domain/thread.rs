//! Threads: what two people have with each other, as a plain table. Its row is the lock for everything that is done
//! between them, so that what is checked under it still holds when it is written.

use std::sync::LazyLock;

use twinbase::prelude::*;

use super::{Error, Friendship, Pair, Side, Standing, queries::friendship_of};

/// A thread, locked until the transaction ends.
pub(super) struct Thread {
    /// The two.
    pub pair: Pair,
    /// The position of the last message, deleted or not; 0 when there was none.
    pub position: i32,
    /// What is kept about the two.
    pub friendship: Option<Versioned<Friendship>>,
    /// What that says.
    pub standing: Standing,
}

static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "threads",
        &[
            Field::private("id", Kind::Text),
            Field::private("low_id", Kind::Text),
            Field::private("high_id", Kind::Text),
            Field::private("position", Kind::Int32),
            Field::private("latest_at", Kind::Timestamp),
        ],
    )
    .into()
});
const ID: Column<Thread, AggregateId> = Column::new("id");
const LOW_ID: Column<Thread, AggregateId> = Column::new("low_id");
const HIGH_ID: Column<Thread, AggregateId> = Column::new("high_id");
const POSITION: Column<Thread, i32> = Column::new("position");
const LATEST_AT: Column<Thread, Timestamp> = Column::new("latest_at");

static READS: SharedTable = LazyLock::new(|| {
    Table::new(
        "thread_reads",
        &[
            Field::private("user_id", Kind::Text),
            Field::private("thread_id", Kind::Text),
            Field::private("position", Kind::Int32),
        ],
    )
    .into()
});
const READER_ID: Column<Mark, AggregateId> = Column::new("user_id");
const READ_ID: Column<Mark, AggregateId> = Column::new("thread_id");
const READ_TO: Column<Mark, i32> = Column::new("position");

/// Up to where somebody has read a thread.
struct Mark;

/// Adds threads that are not there yet, each with the position and the time of its last message.
pub(super) async fn add_threads(
    tx: &Tx,
    threads: &[(Pair, (i32, Timestamp))],
) -> Result<u64, PrimaryError> {
    let rows = threads.iter().map(|(pair, (position, latest_at))| {
        [
            ID.set(pair.id()),
            LOW_ID.set(pair.person(Side::Low).clone()),
            HIGH_ID.set(pair.person(Side::High).clone()),
            POSITION.set(*position),
            LATEST_AT.set(*latest_at),
        ]
    });
    tx.insert_many_plain(&TABLE, rows).await
}

impl Thread {
    /// Locks the thread of two people, and reads how they stand. Whoever else does something between them waits.
    pub(super) async fn lock(tx: &Tx, pair: Pair) -> Result<Self, Error> {
        let id = pair.id();
        let row = [
            ID.set(id.clone()),
            LOW_ID.set(pair.person(Side::Low).clone()),
            HIGH_ID.set(pair.person(Side::High).clone()),
        ];
        tx.insert_plain(&TABLE, row, OnConflict::Ignore).await?;
        // The one lock that every database has: a change, of nothing.
        tx.update_plain(&TABLE, [ID.eq(id.clone())], [POSITION.increase(0)])
            .await?;
        let position = last_position(tx, &id).await?;
        let friendship = friendship_of(tx, &pair, true).await?;
        Ok(Self {
            standing: Standing::of(&pair, friendship.as_deref()),
            position,
            friendship,
            pair,
        })
    }

    /// The position of the next message, which is given to no other.
    pub(super) async fn next_position(&mut self, tx: &Tx) -> Result<i32, Error> {
        self.position = self.position.saturating_add(1);
        let set = [POSITION.set(self.position), LATEST_AT.set(tx.now())];
        tx.update_plain(&TABLE, [ID.eq(self.pair.id())], set)
            .await?;
        Ok(self.position)
    }
}

/// A thread is as late as the last of its messages that remains, once one is deleted.
pub(super) async fn latest_remains(tx: &Tx, thread: &AggregateId) -> Result<(), Error> {
    // Locked, so that a message that is sent meanwhile stays the latest.
    tx.update_plain(&TABLE, [ID.eq(thread.clone())], [POSITION.increase(0)])
        .await?;
    let sql = "select created_at from messages where thread_id = $1 order by position desc limit 1";
    if let Some(last) = tx.query(sql, &[thread.into()]).await?.first() {
        let set = [LATEST_AT.set(last.get::<Timestamp>("created_at")?)];
        tx.update_plain(&TABLE, [ID.eq(thread.clone())], set)
            .await?;
    }
    Ok(())
}

/// The position of the last message of a thread, deleted or not; 0 when there was none.
pub(super) async fn last_position(db: &impl Writes, thread: &AggregateId) -> Result<i32, Error> {
    let sql = "select position from threads where id = $1";
    let rows = db.query(sql, &[thread.into()]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.get("position"))?)
}

/// Up to which position somebody has read a thread; 0 for nothing.
pub(super) async fn read_position(
    db: &impl Writes,
    reader: &AggregateId,
    thread: &AggregateId,
) -> Result<i32, Error> {
    let sql = "select position from thread_reads where user_id = $1 and thread_id = $2";
    let rows = db.query(sql, &[reader.into(), thread.into()]).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.get("position"))?)
}

/// Adds marks of who has read which thread up to where, none of which is there yet.
pub(super) async fn add_marks(
    tx: &Tx,
    marks: &[(AggregateId, AggregateId, i32)],
) -> Result<u64, PrimaryError> {
    let rows = marks.iter();
    let rows = rows.map(|(reader, thread, position)| mark(reader, thread, *position));
    tx.insert_many_plain(&READS, rows).await
}

fn mark(reader: &AggregateId, thread: &AggregateId, position: i32) -> [Assignment<Mark>; 3] {
    [
        READER_ID.set(reader.clone()),
        READ_ID.set(thread.clone()),
        READ_TO.set(position),
    ]
}

/// Notes that somebody has read a thread up to a position. A lower one than before changes nothing.
pub(super) async fn mark_read(
    tx: &Tx,
    reader: &AggregateId,
    thread: &AggregateId,
    position: i32,
) -> Result<(), Error> {
    let row = mark(reader, thread, position);
    let added = tx.insert_plain(&READS, row, OnConflict::Ignore).await?;
    if added == 0 {
        let lower = [
            READER_ID.eq(reader.clone()),
            READ_ID.eq(thread.clone()),
            READ_TO.lt(position),
        ];
        tx.update_plain(&READS, lower, [READ_TO.set(position)])
            .await?;
    }
    Ok(())
}
