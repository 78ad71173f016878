//! Guarded upserts into the embedded store against plain SQLite doing the same upsert.

use std::time::Instant;

use bson::doc;
use twinbase::{
    core::{Body, Change, replica::Apply as _},
    prelude::*,
    replica::embedded::{Embedded, Options},
};

use crate::{
    app::{self, Todo},
    report::{Bound, Measurement},
    statistics::{median, rate},
};

const DOCUMENTS: u64 = 50_000;
const BATCH: u64 = 1_000;
const ROUNDS: usize = 3;

pub(crate) async fn measure() -> anyhow::Result<Vec<Measurement>> {
    let (mut ratios, mut ours, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(store().await?);
        plain.push(sqlite()?);
        ratios.push(ours[ours.len() - 1] / plain[plain.len() - 1]);
    }
    Ok(vec![Measurement::one(
        "embedded store against plain SQLite",
        "ratio",
        median(&mut ratios),
        Some(Bound::AtLeast(0.4)),
        format!(
            "{:.0}/s against {:.0}/s guarded upserts, {BATCH} a transaction, both with synchronous = full",
            median(&mut ours),
            median(&mut plain)
        ),
    )])
}

fn document() -> Document {
    doc! {
        "userId": app::USER, "title": app::TITLE, "description": app::DESCRIPTION,
        "completed": false, "priority": 3,
        "createdAt": bson::DateTime::from_millis(1_795_348_800_000),
    }
}

fn id(n: u64) -> String {
    format!("0199f0e2-0000-7000-8000-{n:012}")
}

async fn store() -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let store = Embedded::open(&folder.path().join("docs.db"), Options::default()).await?;
    store.prepare(Todo::schema()).await?;
    let batches: Vec<Vec<_>> = (0..DOCUMENTS / BATCH)
        .map(|batch| {
            (0..BATCH)
                .map(|n| {
                    Ok(Change {
                        id: AggregateId::new(id(batch * BATCH + n))?,
                        version: Version::new(1),
                        body: Body::Document(document()),
                    })
                })
                .collect()
        })
        .collect::<anyhow::Result<_>>()?;
    let began = Instant::now();
    for batch in batches {
        store.apply(Todo::schema(), &batch).await?;
    }
    Ok(rate(DOCUMENTS, began.elapsed()))
}

/// The same documents, by the same kind of statement; both sides begin with documents and encode them.
fn sqlite() -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let mut db = rusqlite::Connection::open(folder.path().join("plain.db"))?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.execute_batch(
        "create table todos (_id text primary key, v integer not null, doc blob not null) without rowid",
    )?;
    let documents: Vec<_> = (0..DOCUMENTS)
        .map(|n| {
            let mut document = document();
            document.insert("_id", id(n));
            (id(n), document)
        })
        .collect();
    let began = Instant::now();
    for batch in documents.chunks(usize::try_from(BATCH)?) {
        let transaction = db.transaction()?;
        let mut upsert = transaction.prepare_cached(
            "insert into todos (_id, v, doc) values (?1, ?2, ?3) on conflict (_id) do update
            set v = excluded.v, doc = excluded.doc where v < excluded.v",
        )?;
        for (id, document) in batch {
            upsert.execute((id, 1, document.to_vec()?))?;
        }
        drop(upsert);
        transaction.commit()?;
    }
    Ok(rate(DOCUMENTS, began.elapsed()))
}
