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

/// `a`: the server's own speed for the same documents, as first versions of them are written: by insert.
pub(crate) async fn bulk(servers: &Servers, documents: u64) -> anyhow::Result<f64> {
    let target = servers.mongodb.fresh_database("bulk");
    let client = mongodb::Client::with_uri_str(&target.url).await?;
    let database = client.database(&target.name);
    database.create_collection("todos").await?;
    let commands: Vec<Document> = (0..documents / BATCH)
        .map(|batch| {
            let documents: Vec<_> = (0..BATCH).map(|n| document(batch * BATCH + n)).collect();
            doc! {"insert": "todos", "documents": documents, "ordered": false, "writeConcern": {"w": "majority"}}
        })
        .collect();
    let began = Instant::now();
    for command in commands {
        let answer = database.run_command(command).await?;
        ensure!(answer.get("writeErrors").is_none(), "{answer}");
    }
    Ok(rate(documents, began.elapsed()))
}

/// A document as a worker writes it.
fn document(n: u64) -> Document {
    let mut document = doc! {"_id": app::id(n)};
    document.extend(app::document());
    document.insert("_sync", doc! {"v": 1_i64});
    document
}

/// `b`: reading the events in the order of their index and marking them in plain SQL, one connection,
/// which waits for no disk, as the worker does not.
pub(crate) async fn read_and_mark(
    servers: &Servers,
    backlog: Backlog,
) -> anyhow::Result<ReadAndMarked> {
    let pair = servers.pair("limit").await?;
    backlog.fill(&pair).await?;
    let client = connect(&pair.primary.url).await?;
    client.batch_execute("set synchronous_commit = off").await?;
    let read = client
        .prepare(
            r#"select "partition", seq, event_type, aggregate_type, aggregate_id, version, payload::text, created_at::text
            from "Outbox" where processed = false and retry_count <= 5 order by "partition", seq limit 1000"#,
        )
        .await?;
    let mark = client
        .prepare(
            r#"update "Outbox" as o set processed = true, processed_at = now()
            from unnest((select $1::int2[]), (select $2::int8[])) as a(p, s)
            where o.processed = false and o.retry_count <= 5 and o."partition" = a.p and o.seq = a.s"#,
        )
        .await?;
    let (began, mut count) = (Instant::now(), 0);
    loop {
        let rows = client.query(&read, &[]).await?;
        if rows.is_empty() {
            break;
        }
        let places = rows.iter().map(|row| (row.get(0), row.get(1)));
        let (partitions, seqs) = places.unzip::<i16, i64, Vec<_>, Vec<_>>();
        count += client.execute(&mark, &[&partitions, &seqs]).await?;
    }
    let took = began.elapsed();
    ensure!(count == backlog.events(), "{count} events were marked");
    Ok(ReadAndMarked {
        took,
        rate: rate(count, took),
    })
}
