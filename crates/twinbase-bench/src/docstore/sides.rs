//! The two files that are compared, and what is in them: players of a leaderboard.

use std::path::Path;

use anyhow::ensure;
use bson::{DateTime, Document, doc};
use rusqlite::{Connection, params};
use twinbase_docstore::{Direction, IndexSpec, Options, Outcome, Put, Store};

pub(super) use crate::app::id;

pub(super) const COLLECTION: &str = "players";
/// How many teams the players are spread over.
pub(super) const TEAMS: u64 = 2_000;
/// Puts of one transaction.
pub(super) const BATCH: u64 = 1_000;

/// One row of the benchmark, the same for both sides.
pub(super) struct Player {
    pub(super) id: String,
    pub(super) team: String,
    title: String,
    points: i32,
    score: i32,
    created_ms: i64,
}

/// What every player says of itself: as much text as a todo of the study application has.
const ABOUT: &str = "Two pages at least, with the definitions and one example for each of them.";

impl Player {
    /// Points and scores are spread by a multiplier without a common factor, so that neither comes in the order of ids.
    pub(super) fn new(n: u64) -> Self {
        let spread =
            |factor: u64| i32::try_from(n.wrapping_mul(factor) % 50_021).unwrap_or_default();
        Self {
            id: id(n),
            team: format!("team-{:05}", n.wrapping_mul(7_919) % TEAMS),
            title: format!("Read chapter {n} and write a summary"),
            points: spread(2_654_435_761),
            score: spread(40_503),
            created_ms: 1_795_348_800_000 + i64::try_from(n).unwrap_or_default(),
        }
    }

    pub(super) fn document(&self) -> Document {
        doc! {
            "_id": &self.id, "team": &self.team, "title": &self.title, "about": ABOUT,
            "points": self.points, "score": self.score, "createdAt": DateTime::from_millis(self.created_ms),
        }
    }

    pub(super) fn put(&self, version: i64) -> Put {
        Put {
            id: self.id.clone(),
            version,
            document: Some(self.document()),
            at: DateTime::from_millis(version),
        }
    }
}

/// An index of the store; its name is made of its paths.
pub(super) fn index(keys: &[(&str, Direction)]) -> IndexSpec {
    let name = keys.iter().map(|(path, _)| *path).collect::<Vec<_>>();
    IndexSpec {
        name: name.join("_"),
        keys: keys
            .iter()
            .map(|(path, direction)| ((*path).to_owned(), *direction))
            .collect(),
        ..IndexSpec::default()
    }
}

/// A store with these players in it.
pub(super) fn store(folder: &Path, players: u64, indexes: &[IndexSpec]) -> anyhow::Result<Store> {
    let store = Store::open(folder.join("docs.db"), Options::default())?;
    store.ensure_collection(COLLECTION, indexes)?;
    for batch in batches(players) {
        let puts: Vec<Put> = batch.map(|n| Player::new(n).put(1)).collect();
        apply(&store, &puts)?;
    }
    Ok(store)
}

/// Applies puts of which every one must count.
pub(super) fn apply(store: &Store, puts: &[Put]) -> anyhow::Result<()> {
    let outcomes = store.apply(COLLECTION, puts)?;
    let all = outcomes.iter().all(|outcome| *outcome == Outcome::Applied);
    ensure!(all, "the store did not take a whole batch");
    Ok(())
}

/// SQLite as the store sets it up: the same journal, durability and cache.
pub(super) fn sqlite(folder: &Path, schema: &str) -> anyhow::Result<Connection> {
    let db = Connection::open(folder.join("plain.db"))?;
    db.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "cache_size", -8 * 1024)?;
    db.execute_batch(schema)?;
    Ok(db)
}

/// The players as a person would lay them out in SQL.
const PLAIN: &str = "create table players (id text primary key, team text not null, title text not null, about text not null,
points integer not null, score integer not null, created_at integer not null);
create index players_points on players (points desc, id);";

/// SQLite with these players in plain columns.
pub(super) fn plain(folder: &Path, players: u64) -> anyhow::Result<Connection> {
    let mut db = sqlite(folder, PLAIN)?;
    for batch in batches(players) {
        let transaction = db.transaction()?;
        let mut insert = transaction
            .prepare_cached("insert into players values (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
        for p in batch.map(Player::new) {
            insert.execute(params![
                p.id,
                p.team,
                p.title,
                ABOUT,
                p.points,
                p.score,
                p.created_ms
            ])?;
        }
        drop(insert);
        transaction.commit()?;
    }
    Ok(db)
}

/// The numbers below `count`, a batch at a time.
pub(super) fn batches(count: u64) -> impl Iterator<Item = std::ops::Range<u64>> {
    (0..count.div_ceil(BATCH)).map(move |batch| batch * BATCH..((batch + 1) * BATCH).min(count))
}
