//! Whose a name is: a plain table of keys of names, so that two names that fold or look alike are not given twice, and a
//! deleted person's name stays free for a time.
//!
//! A user of before, or one whom another program made, gets keys by [`give_missing_keys`]; those that somebody else has
//! already they do without, and keep the name.

use std::sync::LazyLock;

use jiff::SignedDuration;
use twinbase::prelude::*;
use twinbase_web::sweep_older;

use super::{Error, Rule, TypedName, Username, name::keys};

/// A key of a name.
struct NameKey;

static TABLE: SharedTable = LazyLock::new(|| {
    Table::new(
        "name_keys",
        &[
            Field::private("key", Kind::Text),
            Field::private("user_id", Kind::Text).nullable(),
            Field::private("free_at", Kind::Timestamp).nullable(),
            Field::private("erased_at", Kind::Timestamp).nullable(),
        ],
    )
    .into()
});
const KEY: Column<NameKey, String> = Column::new("key");
const USER_ID: Column<NameKey, Option<AggregateId>> = Column::new("user_id");
const FREE_AT: Column<NameKey, Option<Timestamp>> = Column::new("free_at");
const ERASED_AT: Column<NameKey, Option<Timestamp>> = Column::new("erased_at");
/// The same column, as it is compared.
const FREED_AT: Column<NameKey, Timestamp> = Column::new("free_at");

/// For so long nobody can pass for somebody who has left.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The row of `users` of whoever has a name, if anybody, with these columns. A user without keys has the name as it is.
pub(super) async fn row_of(
    db: &impl Writes,
    columns: &str,
    name: &TypedName,
) -> Result<Option<Row>, Error> {
    let sql = format!(
        "select {columns} from users \
         where id = (select user_id from name_keys where key = $1) or lower(username) = $2 \
         order by case when lower(username) = $2 then 0 else 1 end limit 1"
    );
    let params = [name.key().into(), name.folded().into()];
    Ok(db.query(&sql, &params).await?.pop())
}

/// Gives a user a name, which nobody else may have or lately had; the one of before is free at once.
pub(super) async fn take_name(tx: &Tx, user: &AggregateId, name: &Username) -> Result<(), Error> {
    tx.delete_plain(&TABLE, [USER_ID.eq(Some(user.clone()))])
        .await?;
    for key in keys(name) {
        // One that is free by now, and not swept yet.
        tx.delete_plain(&TABLE, [KEY.eq(key.clone()), FREED_AT.lt(tx.now())])
            .await?;
        if !insert(tx, user, key).await? {
            return Err(Rule::UsernameTaken.into());
        }
    }
    // Somebody of before, or of another program, who has no keys yet.
    let sql = "select id from users where lower(username) = $1 and id <> $2";
    match tx.query(sql, &[name.folded().into(), user.into()]).await? {
        others if others.is_empty() => Ok(()),
        _ => Err(Rule::UsernameTaken.into()),
    }
}

async fn insert(tx: &Tx, user: &AggregateId, key: String) -> Result<bool, Error> {
    let row = [
        KEY.set(key),
        USER_ID.set(Some(user.clone())),
        FREE_AT.set(None),
    ];
    Ok(tx.insert_plain(&TABLE, row, OnConflict::Ignore).await? > 0)
}

/// Keeps the name of somebody who leaves from others for 30 days. What is kept are hashes, and no longer whose they were.
pub(super) async fn retire_name(tx: &Tx, user: &AggregateId) -> Result<(), Error> {
    let free_at = tx.now().checked_add(KEPT).unwrap_or(Timestamp::MAX);
    let set = [USER_ID.set(None), FREE_AT.set(Some(free_at))];
    tx.update_plain(&TABLE, [USER_ID.eq(Some(user.clone()))], set)
        .await?;
    Ok(())
}

/// Deletes a batch of the keys that are free; returns whether there may be more.
pub(crate) async fn sweep_names(twin: &Twinbase, now: Timestamp) -> Result<bool, Error> {
    Ok(sweep_older(twin, &TABLE, FREED_AT, now).await?)
}

/// Takes what people who have left since the last time wrote out of the files of both databases, once all that happened until
/// they left is applied; until then it does nothing.
pub(crate) async fn erase_those_who_left(twin: &Twinbase) -> Result<(), Error> {
    let sql = "select key, free_at from name_keys where user_id is null and erased_at is null";
    let (mut left, mut last) = (Vec::new(), Timestamp::MIN);
    for row in twin.query(sql, &[]).await? {
        left.push(row.get::<String>("key")?);
        last = last.max(row.get("free_at")?);
    }
    if left.is_empty() {
        return Ok(());
    }
    // When the last of them left, and a little more: the primary's clock may be another.
    let until = last - KEPT + SignedDuration::from_mins(1);
    // An event that has failed has no payload of theirs: it was blanked.
    let pending = "select id from \"Outbox\" where not processed and retry_count <= 5 and created_at <= $1 limit 1";
    if !twin.query(pending, &[until.into()]).await?.is_empty() {
        return Ok(());
    }
    if twin.scrub().await? {
        let set = [ERASED_AT.set(Some(twinbase_web::now(twin)))];
        twin.update_plain(&TABLE, [KEY.is_in(left)], set).await?;
    }
    Ok(())
}

/// Few enough that nobody else waits long.
const PEOPLE: usize = 100;

/// Gives a batch of users without any key theirs; returns whether there may be more.
pub(crate) async fn give_missing_keys(twin: &Twinbase) -> Result<bool, Error> {
    let sql = format!(
        "select id, username from users where not exists (select key from name_keys where user_id = users.id) \
         order by id limit {PEOPLE}"
    );
    let mut people: Vec<(AggregateId, String)> = Vec::new();
    for row in twin.query(&sql, &[]).await? {
        people.push((row.get("id")?, row.get("username")?));
    }
    if people.is_empty() {
        return Ok(false);
    }
    let found = people.len();
    let people = &people;
    let give = |tx: Tx| async move {
        let mut given = false;
        for (user, name) in people {
            for key in keys(name) {
                given |= insert(&tx, user, key).await?;
            }
        }
        Ok::<_, Error>(given)
    };
    let (given, _) = twin.write(give).await?;
    Ok(given && found == PEOPLE)
}
