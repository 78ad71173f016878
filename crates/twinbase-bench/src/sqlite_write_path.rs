//! One `todo.created` through the library on SQLite against plain rusqlite doing
//! the same statements: the row, its head, its event.
//!
//! The library gathers writes that wait at the same time into one commit. The
//! plain side has no callers at all: one thread does as many changes a commit as the
//! library has tasks, which is the best that gathering could reach.

use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use rusqlite::{Connection, OpenFlags};
use twinbase::prelude::*;

use crate::{
    app::{self, CREATED, DESCRIPTION, NewTodo, TITLE, USER},
    report::{Bound, Measurement},
    statistics::{median, rate},
};

const TASKS: [usize; 3] = [1, 8, 32];
const ROUND: Duration = Duration::from_secs(3);
const ROUNDS: usize = 3;

const ROW: &str = r#"insert into "todos" ("id", "user_id", "title", "description", "completed", "priority", "created_at")
values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
returning "todos"."id" as id, json_object('id', "todos"."id", 'userId', "todos"."user_id", 'title', "todos"."title",
'description', "todos"."description", 'completed', json(case "todos"."completed" when 1 then 'true' when 0 then 'false' end),
'priority', "todos"."priority", 'createdAt', "todos"."created_at") as payload"#;
const HEAD: &str =
    "insert into aggregate_version (aggregate_type, aggregate_id, version) values (?1, ?2, 1)
on conflict (aggregate_type, aggregate_id) do update set version = version + 1 returning version";
const EVENT: &str = r#"insert into "Outbox" (event_type, aggregate_type, aggregate_id, payload, version, mapping)
values (?1, ?2, ?3, ?4, ?5, 1)"#;

static NEXT: AtomicU64 = AtomicU64::new(1);

fn id() -> String {
    app::id(NEXT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) async fn measure() -> anyhow::Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    for tasks in TASKS {
        let (mut ratios, mut ours, mut plain) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            // Each on a file of its own that is as empty as the other's.
            let library = library(tasks).await?;
            let rusqlite = rusqlite(tasks).await?;
            ratios.push(library / rusqlite);
            ours.push(library);
            plain.push(rusqlite);
        }
        measurements.push(Measurement::one(
            format!("SQLite write path against rusqlite, {tasks} tasks"),
            "ratio",
            median(&mut ratios),
            Some(Bound::AtLeast(0.7)),
            format!(
                "{:.0}/s against {:.0}/s, {tasks} a commit, synchronous = full, median of {ROUNDS}",
                median(&mut ours),
                median(&mut plain)
            ),
        ));
    }
    Ok(measurements)
}

async fn open(folder: &Path) -> anyhow::Result<Twinbase> {
    let folder = folder.display();
    app::open(
        &format!("sqlite:{folder}/app.db"),
        &format!("embedded:{folder}/docs.db"),
    )
    .await
}

async fn library(tasks: usize) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    let twin = open(folder.path()).await?;
    let (began, end) = (Instant::now(), Instant::now() + ROUND);
    let tasks: Vec<_> = (0..tasks)
        .map(|_| {
            let twin = twin.clone();
            tokio::spawn(async move {
                let mut count = 0;
                while Instant::now() < end {
                    twin.insert(&NewTodo { id: id() }).await?;
                    count += 1;
                }
                Ok::<u64, PrimaryError>(count)
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await??;
    }
    let rate = rate(count, began.elapsed());
    twin.close().await;
    Ok(rate)
}

async fn rusqlite(a_commit: usize) -> anyhow::Result<f64> {
    let folder = tempfile::tempdir()?;
    // The library makes the tables, so that indexes and triggers are the same.
    open(folder.path()).await?.close().await;
    let file = folder.path().join("app.db");
    tokio::task::spawn_blocking(move || plain(&file, a_commit)).await?
}

fn plain(file: &Path, a_commit: usize) -> anyhow::Result<f64> {
    let mut db = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.pragma_update(None, "journal_mode", "wal")?;
    db.pragma_update(None, "synchronous", "full")?;
    db.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    db.pragma_update(None, "cache_size", -8 * 1024)?;
    db.pragma_update(None, "foreign_keys", true)?;
    let (began, mut count) = (Instant::now(), 0);
    while began.elapsed() < ROUND {
        let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for _ in 0..a_commit {
            one(&transaction).context("write a todo")?;
            count += 1;
        }
        transaction.commit()?;
    }
    Ok(rate(count, began.elapsed()))
}

fn one(db: &Connection) -> rusqlite::Result<()> {
    let id = id();
    let row = (&id, USER, TITLE, DESCRIPTION, false, 3, CREATED);
    let payload: String = db
        .prepare_cached(ROW)?
        .query_row(row, |row| row.get("payload"))?;
    let version: i64 = db
        .prepare_cached(HEAD)?
        .query_row(("todo", &id), |row| row.get(0))?;
    db.prepare_cached(EVENT)?
        .execute(("todo.created", "todo", &id, &payload, version))?;
    Ok(())
}
