//! Guarded upserts against plain SQLite doing the same upserts, without secondary indexes and with two.
//!
//! Both sides begin with documents that are in memory and encode them; SQLite keeps the encoded document as well, and
//! with indexes the two indexed values in columns beside it.

use std::time::Instant;

use bson::Document;
use rusqlite::{Connection, params};
use twinbase_docstore::{Direction, Options, Put, Store};

use super::sides::{self, BATCH, COLLECTION, Player, batches};
use crate::{
    report::{Bound, Measurement},
    statistics::{median, rate},
};

const DOCUMENTS: u64 = 50_000;
const ROUNDS: usize = 3;

pub(super) fn measure() -> anyhow::Result<Vec<Measurement>> {
    Ok(vec![
        compare(false, "embedded store against plain SQLite", 0.45)?,
        compare(true, "the same with two secondary indexes", 0.25)?,
    ])
}

fn compare(indexed: bool, name: &str, bound: f64) -> anyhow::Result<Measurement> {
    let (mut ratios, mut ours, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(store(indexed)?);
        plain.push(sqlite(indexed)?);
        ratios.push(ours[ours.len() - 1] / plain[plain.len() - 1]);
    }
    Ok(Measurement::one(
        name,
        "ratio",
        median(&mut ratios),
        Some(Bound::AtLeast(bound)),
        format!(
            "{:.0}/s against {:.0}/s guarded upserts, {BATCH} a transaction, both with synchronous = full, median of {ROUNDS}",
            median(&mut ours),
            median(&mut plain)
        ),
    ))
}

fn store(indexed: bool) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let store = Store::open(folder.path().join("docs.db"), Options::default())?;
    let specs = [
        sides::index(&[("points", Direction::Descending)]),
        sides::index(&[("team", Direction::Ascending)]),
    ];
    store.ensure_collection(COLLECTION, if indexed { &specs } else { &[] })?;
    let batches: Vec<Vec<Put>> = batches(DOCUMENTS)
        .map(|batch| batch.map(|n| Player::new(n).put(1)).collect())
        .collect();
    let began = Instant::now();
    for batch in &batches {
        sides::apply(&store, batch)?;
    }
    Ok(rate(DOCUMENTS, began.elapsed()))
}

fn sqlite(indexed: bool) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let db = if indexed {
        sides::sqlite(
            folder.path(),
            "create table players (_id text primary key, v integer not null, doc blob not null, points integer, team text);
            create index players_points on players (points desc);
            create index players_team on players (team);",
        )
    } else {
        sides::sqlite(
            folder.path(),
            "create table players (_id text primary key, v integer not null, doc blob not null)",
        )
    };
    let documents: Vec<(String, Document)> = (0..DOCUMENTS)
        .map(Player::new)
        .map(|player| (player.id.clone(), player.document()))
        .collect();
    upsert(db?, &documents, indexed)
}

fn upsert(
    mut db: Connection,
    documents: &[(String, Document)],
    indexed: bool,
) -> anyhow::Result<f64> {
    let began = Instant::now();
    for batch in documents.chunks(usize::try_from(BATCH)?) {
        let transaction = db.transaction()?;
        let mut upsert = transaction.prepare_cached(if indexed {
            "insert into players (_id, v, doc, points, team) values (?1, ?2, ?3, ?4, ?5) on conflict (_id) do update
            set v = excluded.v, doc = excluded.doc, points = excluded.points, team = excluded.team where v < excluded.v"
        } else {
            "insert into players (_id, v, doc) values (?1, ?2, ?3) on conflict (_id) do update
            set v = excluded.v, doc = excluded.doc where v < excluded.v"
        })?;
        for (id, document) in batch {
            let bytes = document.to_vec()?;
            if indexed {
                let (points, team) = (document.get_i32("points")?, document.get_str("team")?);
                upsert.execute(params![id, 1, bytes, points, team])?;
            } else {
                upsert.execute(params![id, 1, bytes])?;
            }
        }
        drop(upsert);
        transaction.commit()?;
    }
    Ok(rate(u64::try_from(documents.len())?, began.elapsed()))
}
