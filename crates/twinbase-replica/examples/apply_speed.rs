//! How much of a MongoDB server's own speed is left when changes go through `Mongo::apply`.
//!
//! `cargo run --release -p twinbase-replica --example apply_speed -- mongodb://localhost:27017/apply_speed`
//!
//! Each line is guarded upserts a second: the same statements, sent as commands that were encoded before the clock
//! started ("raw"), and from changes by `apply`. The rounds of both alternate, and the best of each counts.

use std::{
    sync::{Arc, LazyLock},
    time::Instant,
};

use anyhow::{Context as _, ensure};
use bson::{DateTime, Document, RawDocumentBuf, doc};
use tokio::task::JoinSet;
use twinbase_core::{
    AggregateId, Body, Change, Field, Kind, Outcome, Schema, SharedSchema, Table, Version,
    replica::Apply as _,
};
use twinbase_replica::mongo::{Mongo, Options};

static TODOS: SharedSchema = LazyLock::new(|| {
    Schema::new(
        "todo",
        Table::new(
            "todos",
            &[
                Field::key("id"),
                Field::new("title", "title", Kind::Text),
                Field::new("completed", "completed", Kind::Bool),
            ],
        ),
        "todos",
    )
    .into()
});

const BATCHES: usize = 40;
const PER_BATCH: usize = 1_000;
const ROUNDS: i64 = 5;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let url = std::env::args().nth(1).context("name a MongoDB URL")?;
    let database = mongodb::Client::with_uri_str(&url)
        .await?
        .default_database()
        .context("name a database in the URL")?;
    let mongo = Arc::new(Mongo::connect(&url, Options::default()).await?);
    database.drop().await?;
    mongo.prepare(&TODOS).await?;

    for parallel in [1, 4] {
        let (mut raw, mut raw_lt, mut applied) = (0.0_f64, 0.0_f64, 0.0_f64);
        for round in 0..ROUNDS {
            let first = (i64::from(parallel) * ROUNDS + round) * 10;
            raw = raw.max(run_raw(&database, parallel, first + 1, "$not").await?);
            raw_lt = raw_lt.max(run_raw(&database, parallel, first + 2, "$lt").await?);
            applied = applied.max(run_apply(&mongo, parallel, first + 3, &Outcome::Applied).await?);
        }
        let replayed = run_apply(&mongo, parallel, 1, &Outcome::Superseded).await?;
        println!(
            "{parallel} in parallel: raw {raw:.0}/s (guard with $lt: {raw_lt:.0}/s), apply {applied:.0}/s = {:.2} of raw; \
             all superseded: {replayed:.0}/s",
            applied / raw
        );
    }
    database.drop().await?;
    Ok(())
}

fn id(batch: usize, n: usize) -> String {
    format!("0190b8f0-{batch:04x}-7000-8000-{n:012x}")
}

fn fields(n: usize) -> Document {
    doc! {
        "userId": "0190b8f0-0000-7000-8000-000000000001",
        "title": format!("Read chapter {n} and write a summary of it"),
        "completed": n.is_multiple_of(2),
        "points": 1,
        "createdAt": DateTime::from_millis(1_700_000_000_000),
        "updatedAt": DateTime::from_millis(1_700_000_000_000),
    }
}

async fn run_raw(
    database: &mongodb::Database,
    parallel: u16,
    version: i64,
    guard: &str,
) -> anyhow::Result<f64> {
    let mut lanes: Vec<Vec<RawDocumentBuf>> = vec![Vec::new(); parallel.into()];
    for batch in 0..BATCHES {
        let updates: Vec<Document> = (0..PER_BATCH)
            .map(|n| {
                let id = id(batch, n);
                let below = if guard == "$lt" {
                    doc! { "$lt": version }
                } else {
                    doc! { "$not": { "$gte": version } }
                };
                let mut document = doc! { "_id": &id };
                document.extend(fields(n));
                document.insert("_sync", doc! { "v": version });
                doc! { "q": { "_id": &id, "_sync.v": below }, "u": document, "upsert": true }
            })
            .collect();
        let command = doc! { "update": "todos", "updates": updates, "ordered": false, "writeConcern": { "w": "majority" } };
        lanes[batch % usize::from(parallel)].push(RawDocumentBuf::try_from(&command)?);
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for lane in lanes {
        let database = database.clone();
        tasks.spawn(async move {
            for command in lane {
                let answer = database.run_raw_command(command).await?;
                ensure!(!answer.contains_key("writeErrors"), "{answer}");
            }
            Ok(())
        });
    }
    finish(tasks, started).await
}

async fn run_apply(
    mongo: &Arc<Mongo>,
    parallel: u16,
    version: i64,
    expected: &Outcome,
) -> anyhow::Result<f64> {
    let mut lanes: Vec<Vec<Vec<Change>>> = vec![Vec::new(); parallel.into()];
    for batch in 0..BATCHES {
        let changes = (0..PER_BATCH)
            .map(|n| {
                Ok(Change {
                    id: AggregateId::new(id(batch, n))?,
                    version: Version::new(version),
                    body: Body::Document(fields(n)),
                })
            })
            .collect::<anyhow::Result<_>>()?;
        lanes[batch % usize::from(parallel)].push(changes);
    }
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for lane in lanes {
        let (mongo, expected) = (Arc::clone(mongo), expected.clone());
        tasks.spawn(async move {
            for changes in lane {
                let outcomes = mongo.apply(&TODOS, &changes).await?;
                ensure!(outcomes.iter().all(|outcome| *outcome == expected));
            }
            Ok(())
        });
    }
    finish(tasks, started).await
}

/// Upserts a second.
async fn finish(mut tasks: JoinSet<anyhow::Result<()>>, started: Instant) -> anyhow::Result<f64> {
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    let upserts = u32::try_from(BATCHES * PER_BATCH)?;
    Ok(f64::from(upserts) / started.elapsed().as_secs_f64())
}
