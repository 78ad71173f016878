//! Draining a backlog into the MongoDB server, against the limit of the parts.
//!
//! With `a` the server's own bulk speed for the same documents and `b` the speed
//! of reading and marking the same events in plain SQL, doing one after the other
//! takes 1/a + 1/b a document.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bson::{Document, doc};
use serde::{Deserialize, Serialize};
use twinbase::prelude::*;

use crate::{
    app::{self, NewTodo},
    memory,
    report::{Bound, Measurement},
    servers::{Servers, connect},
    statistics::{median, rate},
};

const EVENTS: u64 = 100_000;
const BATCH: u64 = 1_000;
const ROUNDS: usize = 3;

/// What the draining process tells.
#[derive(Debug, Serialize, Deserialize)]
struct Drained {
    events: u64,
    seconds: f64,
    peak_bytes: u64,
}

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let template = servers.postgres().fresh_database("drain").await;
    backlog(&template.url).await?;
    let (mut ratios, mut speeds, mut peak) = (Vec::new(), [vec![], vec![], vec![]], 0);
    for _ in 0..ROUNDS {
        let a = bulk(servers).await?;
        let b = read_and_mark(servers, &template.url).await?;
        let drained = drain(servers, &template.url).await?;
        let ours = rate(drained.events, Duration::from_secs_f64(drained.seconds));
        ratios.push(ours * (1.0 / a + 1.0 / b));
        for (speeds, speed) in speeds.iter_mut().zip([ours, a, b]) {
            speeds.push(speed);
        }
        peak = peak.max(drained.peak_bytes);
    }
    let [ours, a, b] = speeds.map(|mut speeds| median(&mut speeds));
    #[expect(clippy::cast_precision_loss, reason = "megabytes to two places")]
    let megabytes = peak as f64 / 1e6;
    Ok(vec![
        Measurement {
            name: "drain against the limit of the parts",
            value: median(&mut ratios),
            unit: "ratio",
            bound: Some(Bound::AtLeast(0.7)),
            detail: format!(
                "{ours:.0}/s; a = {a:.0}/s raw bulk, b = {b:.0}/s read and mark, {EVENTS} distinct keys, median of {ROUNDS}"
            ),
        },
        Measurement {
            name: "peak memory of the draining process",
            value: megabytes,
            unit: "MB",
            bound: Some(Bound::AtMost(150.0)),
            detail: format!("VmHWM, {EVENTS} events"),
        },
    ])
}

/// The process that drains, so that its memory is measured alone.
pub(crate) async fn child(primary: &str, replica: &str) -> anyhow::Result<()> {
    let twin = app::open(primary, replica).await?;
    let began = Instant::now();
    let worker = twin.start_worker(WorkerOptions::default());
    let mut status = worker.watch();
    let done = |s: &WorkerStatus| s.applied + s.superseded >= EVENTS;
    let drained = status.wait_for(done).await?.clone();
    let seconds = began.elapsed().as_secs_f64();
    worker.stop().await;
    let drained = Drained {
        events: drained.applied,
        seconds,
        peak_bytes: memory::peak_bytes()?,
    };
    println!("{}", serde_json::to_string(&drained)?);
    Ok(())
}

/// Fills a database with events that wait, each of its own aggregate.
async fn backlog(url: &str) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let replica = format!("embedded:{}/docs.db", folder.path().display());
    let twin = app::open(url, &replica).await?;
    for batch in 0..EVENTS / BATCH {
        let todos: Vec<_> = (0..BATCH)
            .map(|n| NewTodo {
                id: format!("0199f0e2-0000-7000-8000-{:012}", batch * BATCH + n),
            })
            .collect();
        twin.insert_many(&todos).await?;
    }
    twin.close().await;
    let client = connect(url).await?;
    client.batch_execute("vacuum analyze").await?;
    Ok(())
}

/// A copy of the filled database.
async fn copy(servers: &Servers, template: &str) -> anyhow::Result<Copied> {
    let name = |url: &str| url.rsplit('/').next().unwrap_or_default().to_owned();
    let admin = connect(servers.postgres().url()).await?;
    let copy = format!("{}_copy", name(template));
    admin
        .batch_execute(&format!("drop database if exists {copy} with (force)"))
        .await?;
    admin
        .batch_execute(&format!(
            "create database {copy} template {}",
            name(template)
        ))
        .await?;
    let (base, _) = template.rsplit_once('/').context("a URL with a database")?;
    Ok(Copied {
        url: format!("{base}/{copy}"),
    })
}

struct Copied {
    url: String,
}

/// `a`: the server's own speed for guarded replacements of the same documents.
async fn bulk(servers: &Servers) -> anyhow::Result<f64> {
    let target = servers.mongodb.fresh_database("bulk");
    let client = mongodb::Client::with_uri_str(&target.url).await?;
    let database = client.database(&target.name);
    database.create_collection("todos").await?;
    let commands: Vec<Document> = (0..EVENTS / BATCH)
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
    Ok(rate(EVENTS, began.elapsed()))
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
async fn read_and_mark(servers: &Servers, template: &str) -> anyhow::Result<f64> {
    let database = copy(servers, template).await?;
    let client = connect(&database.url).await?;
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
    ensure!(count == EVENTS, "{count} events were marked");
    Ok(rate(count, began.elapsed()))
}

async fn drain(servers: &Servers, template: &str) -> anyhow::Result<Drained> {
    let database = copy(servers, template).await?;
    let target = servers.mongodb.fresh_database("drain");
    let output = tokio::process::Command::new(std::env::current_exe()?)
        .args(["drain", &database.url, &target.url])
        .stderr(Stdio::inherit())
        .output()
        .await?;
    ensure!(output.status.success(), "the draining process failed");
    let drained: Drained = serde_json::from_slice(&output.stdout)?;
    ensure!(
        drained.events == EVENTS,
        "{} events were applied",
        drained.events
    );
    Ok(drained)
}
