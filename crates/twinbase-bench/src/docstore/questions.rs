//! Questions to 100,000 documents, each also as hand-written SQL over plain columns.

use std::{path::Path, process::Command};

use anyhow::{Context as _, ensure};
use bson::{Bson, Document, doc};
use rusqlite::{Connection, types::Value};
use twinbase_docstore::{Direction, Find, Options, Store};

use super::sides::{self, COLLECTION, TEAMS};
use crate::{
    report::{Bound, Measurement},
    statistics::{median, megabytes},
    usage,
};

const PLAYERS: u64 = 100_000;
const ROUNDS: usize = 9;
/// What hand-written SQL may be faster by where an index serves both sides, and where both read everything.
const INDEXED: f64 = 2.0;
const UNINDEXED: f64 = 10.0;

/// A question in both languages.
struct Question {
    name: &'static str,
    ask: fn(&Store, u64) -> anyhow::Result<Vec<Document>>,
    sql: &'static str,
    /// The fields that are the columns of the SQL, in its order.
    fields: &'static [&'static str],
    /// How often it is asked in one round.
    times: u64,
    limit_ms: f64,
    ratio: f64,
}

/// The SQL takes a number, that of the document that is meant, for as long as it has a parameter.
const QUESTIONS: [Question; 5] = [
    Question {
        name: "point read",
        ask: |store, n| Ok(store.get(COLLECTION, &sides::id(n))?.into_iter().collect()),
        sql: "select id, team, title, about, points, score, created_at from players where id = ?1",
        fields: &["_id", "team", "title", "about", "points", "score", "createdAt"],
        times: 5_000,
        limit_ms: 0.03,
        ratio: INDEXED,
    },
    Question {
        name: "top 10 by an index",
        ask: |store, _| top(store, "points"),
        sql: "select id, team, title, about, points, score, created_at from players order by points desc, id limit 10",
        fields: &["_id", "team", "title", "about", "points", "score", "createdAt"],
        times: 1_000,
        limit_ms: 1.0,
        ratio: INDEXED,
    },
    Question {
        name: "top 10 without an index",
        ask: |store, _| top(store, "score"),
        sql: "select id, team, title, about, points, score, created_at from players order by score desc, id limit 10",
        fields: &["_id", "team", "title", "about", "points", "score", "createdAt"],
        times: 1,
        limit_ms: 80.0,
        ratio: UNINDEXED,
    },
    Question {
        name: "group by 2,000 keys",
        ask: |store, _| Ok(store.aggregate(COLLECTION, &groups())?),
        sql: "select team, count(*), sum(points), max(score) from players group by team order by team",
        fields: &["_id", "players", "points", "best"],
        times: 1,
        limit_ms: 230.0,
        ratio: UNINDEXED,
    },
    Question {
        name: "rank of everybody",
        ask: |store, _| Ok(store.aggregate(COLLECTION, &ranks())?),
        sql: "select id, rank from (select id, rank() over (order by score desc) as rank from players)
        where rank <= 100 order by rank, id",
        fields: &["_id", "rank"],
        times: 1,
        limit_ms: 500.0,
        ratio: UNINDEXED,
    },
];

fn top(store: &Store, path: &str) -> anyhow::Result<Vec<Document>> {
    Ok(store.find(
        COLLECTION,
        &Find {
            sort: doc! { path: -1, "_id": 1 },
            limit: Some(10),
            ..Find::default()
        },
    )?)
}

fn groups() -> [Document; 2] {
    let group = doc! {
        "_id": "$team", "players": { "$sum": 1 }, "points": { "$sum": "$points" }, "best": { "$max": "$score" },
    };
    [doc! { "$group": group }, doc! { "$sort": { "_id": 1 } }]
}

/// All ranks are computed; the first hundred are returned, on both sides.
fn ranks() -> [Document; 4] {
    [
        doc! { "$setWindowFields": { "sortBy": { "score": -1 }, "output": { "rank": { "$rank": {} } } } },
        doc! { "$match": { "rank": { "$lte": 100 } } },
        doc! { "$sort": { "rank": 1, "_id": 1 } },
        doc! { "$project": { "rank": 1 } },
    ]
}

pub(super) fn measure() -> anyhow::Result<Vec<Measurement>> {
    let folder = tempfile::tempdir()?;
    let leaderboard = sides::index(&[
        ("points", Direction::Descending),
        ("_id", Direction::Ascending),
    ]);
    let store = sides::store(folder.path(), PLAYERS, &[leaderboard])?;
    let db = sides::plain(folder.path(), PLAYERS)?;
    let mut measurements = Vec::new();
    for question in &QUESTIONS {
        measurements.extend(compare(question, &store, &db)?);
    }
    measurements.push(memory_of_groups(store.path())?);
    Ok(measurements)
}

fn compare(
    question: &Question,
    store: &Store,
    db: &Connection,
) -> anyhow::Result<[Measurement; 2]> {
    let (ours, theirs) = ((question.ask)(store, 7)?, rows(db, question.sql, 7)?);
    let ours: Vec<_> = ours
        .iter()
        .map(|document| texts(document, question.fields))
        .collect();
    let theirs: Vec<_> = theirs
        .iter()
        .map(|row| row.iter().map(cell).collect::<Vec<_>>())
        .collect();
    ensure!(
        !ours.is_empty() && ours == theirs,
        "{}: the two sides differ",
        question.name
    );
    let (mut ratios, mut times, mut plain_times) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let number = |n: u64| (n * 7_919 + u64::try_from(round).unwrap_or_default()) % PLAYERS;
        let ours = time(question.times, |n| {
            (question.ask)(store, number(n)).map(drop)
        })?;
        let plain = time(question.times, |n| {
            rows(db, question.sql, number(n)).map(drop)
        })?;
        ratios.push(ours / plain);
        times.push(ours);
        plain_times.push(plain);
    }
    let (ours, plain) = (median(&mut times), median(&mut plain_times));
    let from = format!(
        "processor time, {PLAYERS} documents, median of {ROUNDS} rounds of {}",
        question.times
    );
    Ok([
        Measurement::one(
            question.name,
            "ms",
            ours,
            Some(Bound::AtMost(question.limit_ms)),
            from,
        ),
        Measurement::one(
            format!("{} against hand-written SQL", question.name),
            "ratio",
            median(&mut ratios),
            Some(Bound::AtMost(question.ratio)),
            format!("{ours:.3} ms against {plain:.3} ms"),
        ),
    ])
}

/// Milliseconds of processor time of one of so many calls. Nothing waits here: the file is in the cache of the system, and
/// what else the machine does is no part of it.
fn time(times: u64, mut call: impl FnMut(u64) -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let began = usage::thread_cpu()?;
    for n in 0..times {
        call(n)?;
    }
    let took = usage::thread_cpu()?.saturating_sub(began);
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    Ok(took.as_secs_f64() * 1e3 / times as f64)
}

fn rows(db: &Connection, sql: &str, n: u64) -> anyhow::Result<Vec<Vec<Value>>> {
    let mut statement = db.prepare_cached(sql)?;
    let columns = statement.column_count();
    let ids = [sides::id(n)];
    let params = &ids[..statement.parameter_count()];
    let rows = statement.query_map(rusqlite::params_from_iter(params), |row| {
        (0..columns).map(|column| row.get(column)).collect()
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn texts(document: &Document, fields: &[&str]) -> Vec<String> {
    let text = |field: &&str| match document.get(field) {
        Some(Bson::String(text)) => text.clone(),
        Some(Bson::Int32(n)) => n.to_string(),
        Some(Bson::Int64(n)) => n.to_string(),
        Some(Bson::DateTime(at)) => at.timestamp_millis().to_string(),
        other => format!("{other:?}"),
    };
    fields.iter().map(text).collect()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Integer(n) => n.to_string(),
        other => format!("{other:?}"),
    }
}

/// The peak of a process that does nothing but open this file and group.
fn memory_of_groups(file: &Path) -> anyhow::Result<Measurement> {
    let output = Command::new(std::env::current_exe()?)
        .arg("group")
        .arg(file)
        .output()
        .context("start a process that groups")?;
    ensure!(
        output.status.success(),
        "the process that groups failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let peak: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(Measurement::one(
        "memory of a group by 2,000 keys",
        "MB",
        megabytes(peak),
        Some(Bound::AtMost(40.0)),
        format!("peak resident set of a process of its own, {PLAYERS} documents"),
    ))
}

/// What runs in that process: prints its peak in bytes.
pub(crate) fn group_alone(file: &Path) -> anyhow::Result<()> {
    let store = Store::open(file, Options::default())?;
    let groups = store.aggregate(COLLECTION, &groups())?;
    ensure!(
        u64::try_from(groups.len())? == TEAMS,
        "{} groups",
        groups.len()
    );
    println!("{}", usage::peak_bytes()?);
    Ok(())
}
