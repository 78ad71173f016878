//! The parts alone: the server's bulk speed, and reading and marking in plain SQL.

use std::time::{Duration, Instant};

use anyhow::ensure;
use bson::{Document, doc};

use crate::{
    app,
    backlog::Backlog,
    servers::{Servers, connect},
    statistics::rate,
};

const BATCH: u64 = 1_000;

/// What reading and marking took.
pub(crate) struct ReadAndMarked {
    pub(crate) took: Duration,
    pub(crate) rate: f64,
}

/// `a`: the server's own speed for guarded replacements of the same documents.
pub(crate) async fn bulk(servers: &Servers, documents: u64) -> anyhow::Result<f64> {
    let target = servers.mongodb.fresh_database("bulk");
    let client = mongodb::Client::with_uri_str(&target.url).await?;
    let database = client.database(&target.name);
    database.create_collection("todos").await?;
    let commands: Vec<Document> = (0..documents / BATCH)
        .map(|batch| {
            let updates: Vec<_> = (0..BATCH).map(|n| update(batch * BATCH + n)).collect();
            doc! {"update": "todos", "updates": updates, "ordered": false, "writeConcern": {"w": "majority"}}
        })
        .collect();
    let began = Instant::now();
    for command in commands {
        let answer = database.run_command(command).await?;
        ensure!(answer.get("writeErrors").is_none(), "{answer}");
    }
    Ok(rate(documents, began.elapsed()))
}

fn update(n: u64) -> Document {
    let id = format!("0199f0e2-0000-7000-8000-{n:012}");
    let created = bson::DateTime::from_millis(1_795_348_800_000);
    doc! {
        "q": {"_id": &id, "_sync.v": {"$lt": 1_i64}},
        "u": {
            "userId": app::USER, "title": app::TITLE, "description": app::DESCRIPTION,
            "completed": false, "priority": 3, "createdAt": created, "_sync": {"v": 1_i64},
        },
        "upsert": true,
    }
}

/// `b`: reading the events in the order of their index and marking them in plain SQL, one connection.
pub(crate) async fn read_and_mark(
    servers: &Servers,
    backlog: Backlog,
) -> anyhow::Result<ReadAndMarked> {
    let pair = servers.pair("limit").await?;
    backlog.fill(&pair).await?;
    let client = connect(&pair.primary.url).await?;
    let read = client
        .prepare(
            r#"select id, seq, event_type, aggregate_type, aggregate_id, version, payload::text, created_at::text
            from "Outbox" where processed = false and retry_count <= 5 order by "partition", seq limit 1000"#,
        )
        .await?;
    let mark = client
        .prepare(r#"update "Outbox" set processed = true, processed_at = now() where id = any($1)"#)
        .await?;
    let (began, mut count) = (Instant::now(), 0);
    loop {
        let rows = client.query(&read, &[]).await?;
        if rows.is_empty() {
            break;
        }
        let ids: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
        count += client.execute(&mark, &[&ids]).await?;
    }
    let took = began.elapsed();
    ensure!(count == backlog.events(), "{count} events were marked");
    Ok(ReadAndMarked {
        took,
        rate: rate(count, took),
    })
}
