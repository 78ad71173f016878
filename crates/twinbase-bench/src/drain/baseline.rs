//! Workers as one writes them without Twinbase, in a process of their own, with the same
//! drivers, prepared statements and the same write concern.
//!
//! *naive*: as the seed's guide has it, an upsert and a mark for each event, without its sleep after
//! a full batch. *afternoon*: what a good engineer writes in one: looks every 50 ms, takes 1,000 at a
//! time, one bulk write (in order, because a batch may have several events of a key), one mark.
//!
//! Both keep the one index that they need on `"Outbox"` instead of ours.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use bson::{Bson, Document, doc};
use clap::ValueEnum;
use mongodb::{
    Collection,
    options::{ClientOptions, WriteConcern},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::{Client, Row};

use crate::{
    backlog::Backlog,
    servers::{Pair, Servers, connect},
    statistics::rate,
    usage,
};

/// Looks of the afternoon's worker, and of the naive one, while nothing is there.
const POLL: Duration = Duration::from_millis(50);

/// Which worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Naive,
    Afternoon,
}

/// What the process tells.
#[derive(Debug, Serialize, Deserialize)]
struct Took {
    seconds: f64,
    cpu_seconds: f64,
}

/// Events a second of a worker that drains a backlog.
pub(crate) async fn measure(
    servers: &Servers,
    kind: Kind,
    backlog: Backlog,
) -> anyhow::Result<f64> {
    let pair = self::pair(servers).await?;
    backlog.fill(&pair).await?;
    let took = work(kind, &pair, backlog.events()).await?;
    ensure!(!pair.is_pending().await?, "events are still pending");
    let documents = pair.documents.count_documents(doc! {}).await?;
    ensure!(documents == backlog.keys, "{documents} documents");
    Ok(rate(backlog.events(), took))
}

/// Databases with the one index that the baselines need instead of ours.
pub(crate) async fn pair(servers: &Servers) -> anyhow::Result<Pair> {
    let pair = servers.pair("baseline").await?;
    own_index(&pair).await?;
    Ok(pair)
}

/// A worker's process that ends when it has marked so many events; how long that took.
pub(crate) async fn work(kind: Kind, pair: &Pair, events: u64) -> anyhow::Result<Duration> {
    let name = kind.to_possible_value().context("a name")?;
    let output = tokio::process::Command::new(std::env::current_exe()?)
        .args(["baseline", name.get_name(), &pair.primary.url])
        .args([&pair.replica.url, &events.to_string()])
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await?;
    ensure!(output.status.success(), "the baseline's process failed");
    let took: Took = serde_json::from_slice(&output.stdout)?;
    eprintln!(
        "  {}: {:.2} s, {:.2} s of a processor, for {events} events",
        name.get_name(),
        took.seconds,
        took.cpu_seconds,
    );
    Ok(Duration::from_secs_f64(took.seconds))
}

async fn own_index(pair: &Pair) -> anyhow::Result<()> {
    let sql = r#"do $$
        declare ours text;
        begin
          for ours in select indexrelid::regclass::text from pg_index
            where indrelid = '"Outbox"'::regclass and not indisprimary
          loop
            execute 'drop index ' || ours;
          end loop;
        end $$;
        create index "Outbox_unprocessed" on "Outbox" (created_at, seq) where processed = false"#;
    Ok(pair.sql.batch_execute(sql).await?)
}

/// The process: drains until `events` are marked.
pub(crate) async fn run(
    kind: Kind,
    primary: &str,
    replica: &str,
    events: u64,
) -> anyhow::Result<()> {
    let sql = connect(primary).await?;
    let mut options = ClientOptions::parse(replica).await?;
    options.write_concern = Some(WriteConcern::majority());
    let database = mongodb::Client::with_options(options)?
        .default_database()
        .context("the replica's URL names a database")?;
    let todos = database.collection("todos");
    let statements = Statements::prepare(&sql).await?;
    let (began, mut done) = (Instant::now(), 0);
    while done < events {
        let batch = match kind {
            Kind::Naive => sql.query(&statements.read, &[&100_i64]).await?,
            Kind::Afternoon => sql.query(&statements.read, &[&1_000_i64]).await?,
        };
        if batch.is_empty() {
            tokio::time::sleep(POLL).await;
            continue;
        }
        done += match kind {
            Kind::Naive => one_by_one(&sql, &statements, &todos, batch).await?,
            Kind::Afternoon => at_once(&sql, &statements, &database, batch).await?,
        };
    }
    let took = Took {
        seconds: began.elapsed().as_secs_f64(),
        cpu_seconds: usage::own_cpu()?.as_secs_f64(),
    };
    println!("{}", serde_json::to_string(&took)?);
    Ok(())
}

struct Statements {
    read: tokio_postgres::Statement,
    mark_one: tokio_postgres::Statement,
    mark_many: tokio_postgres::Statement,
}

impl Statements {
    async fn prepare(sql: &Client) -> anyhow::Result<Self> {
        let read = r#"select id, event_type, aggregate_id, payload from "Outbox"
            where processed = false order by created_at, seq limit $1"#;
        Ok(Self {
            read: sql.prepare(read).await?,
            mark_one: sql
                .prepare(r#"update "Outbox" set processed = true where id = $1"#)
                .await?,
            mark_many: sql
                .prepare(r#"update "Outbox" set processed = true where id = any($1)"#)
                .await?,
        })
    }
}

/// The id of the document and what it becomes.
fn document(row: &Row) -> anyhow::Result<(String, Document)> {
    let id: String = row.try_get("aggregate_id")?;
    let payload: Value = row.try_get("payload")?;
    match Bson::try_from(payload)? {
        Bson::Document(mut document) => {
            document.remove("id");
            Ok((id, document))
        }
        other => anyhow::bail!("a payload is {other}"),
    }
}

async fn one_by_one(
    sql: &Client,
    statements: &Statements,
    todos: &Collection<Document>,
    batch: Vec<Row>,
) -> anyhow::Result<u64> {
    let mut done = 0;
    for row in batch {
        let (id, document) = document(&row)?;
        todos
            .replace_one(doc! {"_id": id}, document)
            .upsert(true)
            .await?;
        let event: &str = row.try_get("id")?;
        done += sql.execute(&statements.mark_one, &[&event]).await?;
    }
    Ok(done)
}

async fn at_once(
    sql: &Client,
    statements: &Statements,
    database: &mongodb::Database,
    batch: Vec<Row>,
) -> anyhow::Result<u64> {
    let mut updates = Vec::with_capacity(batch.len());
    let mut events: Vec<&str> = Vec::with_capacity(batch.len());
    for row in &batch {
        let (id, document) = document(row)?;
        updates.push(doc! {"q": {"_id": id}, "u": document, "upsert": true});
        events.push(row.try_get("id")?);
    }
    let command = doc! {
        "update": "todos", "updates": updates, "ordered": true, "writeConcern": {"w": "majority"},
    };
    let answer = database.run_command(command).await?;
    ensure!(answer.get("writeErrors").is_none(), "{answer}");
    Ok(sql.execute(&statements.mark_many, &[&events]).await?)
}
