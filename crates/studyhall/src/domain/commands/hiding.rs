//! Hiding people from one's own boards, which is one-sided and no business of theirs.

use std::sync::LazyLock;

use twinbase::prelude::*;

use crate::domain::{
    Error, Topic, TypedName, note,
    queries::{named, visible},
};

/// Somebody whom a user does not want to see on boards.
struct Hidden;

static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "hidden_people",
        &[
            Field::private("user_id", Kind::Text),
            Field::private("hidden_id", Kind::Text),
            Field::private("hidden_at", Kind::Timestamp),
        ],
    )
    .into()
});
const USER_ID: Column<Hidden, AggregateId> = Column::new("user_id");
const HIDDEN_ID: Column<Hidden, AggregateId> = Column::new("hidden_id");
const HIDDEN_AT: Column<Hidden, Timestamp> = Column::new("hidden_at");

/// Hides somebody from the user's own boards.
pub async fn hide(tx: &Tx, me: &AggregateId, name: &TypedName) -> Result<(), Error> {
    let other = visible(tx, me, name).await?;
    let row = [
        USER_ID.set(me.clone()),
        HIDDEN_ID.set(other.id),
        HIDDEN_AT.set(tx.now()),
    ];
    tx.insert_plain(&TABLE, row, OnConflict::Ignore).await?;
    note_hiding(tx, me).await
}

/// Shows somebody again. It ends alike whether there is such a person or not: one may have become invisible meanwhile.
pub async fn unhide(tx: &Tx, me: &AggregateId, name: &TypedName) -> Result<(), Error> {
    let Some(other) = named(tx, name).await? else {
        return Ok(());
    };
    let row = [USER_ID.eq(me.clone()), HIDDEN_ID.eq(other.id)];
    tx.delete_plain(&TABLE, row).await?;
    note_hiding(tx, me).await
}

/// It changes the user's own boards, and the list of whom the user hides.
async fn note_hiding(tx: &Tx, me: &AggregateId) -> Result<(), Error> {
    note(tx, me, Topic::Board).await?;
    note(tx, me, Topic::Friends).await
}
