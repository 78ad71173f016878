//! Verification against merely reading both sides, and the memory that it takes.
//!
//! Reading is every column of every row in the order of keys by the plain driver, and every document as it is stored: one side after the
//! other, and both at the same time. Both sides agree, and verification has to say so.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use futures_util::{TryStreamExt as _, pin_mut};
use rusqlite::Connection;
use tokio::process::Command;
use twinbase::{
    core::{Body, Change, mapping},
    prelude::*,
};

use crate::{
    app::{self, CREATED, DESCRIPTION, TITLE, Todo, USER},
    report::{Bound, Measurement},
    servers::{self, Servers},
    statistics::median,
    usage,
};

const DOCUMENTS: u64 = 200_000;
const MANY: u64 = 1_000_000;
const ROUNDS: usize = 3;
const PAGE: u32 = 2_000;

/// How rows are read plainly.
#[derive(Clone, Copy)]
enum Rows<'a> {
    File(&'a Path),
    Server(&'a str),
}

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("app.db");
    let primary = format!("sqlite:{}", file.display());
    let replica = format!("embedded:{}", folder.path().join("docs.db").display());
    let twin = app::open(&primary, &replica).await?;
    fill(&twin, Rows::File(&file), 1..=DOCUMENTS).await?;
    let mut measurements =
        vec![compare("SQLite and the embedded store", &twin, Rows::File(&file)).await?];
    twin.close().await;
    let few = alone(&primary, &replica, DOCUMENTS).await?;
    let twin = app::open(&primary, &replica).await?;
    fill(&twin, Rows::File(&file), DOCUMENTS + 1..=MANY).await?;
    twin.close().await;
    let many = alone(&primary, &replica, MANY).await?;
    measurements.push(Measurement::one(
        format!("Memory of verifying {MANY} documents"),
        "MB",
        many,
        Some(Bound::AtMost(60.0)),
        format!("peak of a process that does nothing else; {few:.1} MB for {DOCUMENTS}"),
    ));
    let pair = servers.pair("verify").await?;
    let url = &pair.primary.url;
    let twin = app::open(url, &pair.replica.url).await?;
    fill(&twin, Rows::Server(url), 1..=DOCUMENTS).await?;
    measurements.push(
        compare(
            "PostgreSQL and the MongoDB server",
            &twin,
            Rows::Server(url),
        )
        .await?,
    );
    twin.close().await;
    Ok(measurements)
}

/// In a process of its own: verifies, and prints its peak of memory.
pub(crate) async fn run(primary: &str, replica: &str, documents: u64) -> anyhow::Result<()> {
    let twin = app::open(primary, replica).await?;
    verified(&twin, documents).await?;
    println!("{}", usage::peak_bytes()?);
    Ok(())
}

/// The peak of such a process in megabytes.
async fn alone(primary: &str, replica: &str, documents: u64) -> anyhow::Result<f64> {
    let child = Command::new(std::env::current_exe()?)
        .args(["verify", primary, replica, &documents.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .await?;
    anyhow::ensure!(child.status.success(), "the verifying process failed");
    let peak: u32 = String::from_utf8(child.stdout)?
        .trim()
        .parse::<u64>()?
        .div_ceil(1_024)
        .try_into()?;
    Ok(f64::from(peak) / 1_024.0)
}

async fn compare(name: &str, twin: &Twinbase, rows: Rows<'_>) -> anyhow::Result<Measurement> {
    let (mut ratios, mut beside, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let began = Instant::now();
        read_rows(rows).await?;
        read_documents(twin).await?;
        let after_another = began.elapsed();
        let began = Instant::now();
        tokio::try_join!(read_rows(rows), read_documents(twin))?;
        let at_once = began.elapsed();
        let verified = verified(twin, DOCUMENTS).await?;
        ratios.push(after_another.as_secs_f64() / verified.as_secs_f64());
        beside.push(at_once.as_secs_f64() / verified.as_secs_f64());
        took.push(verified.as_secs_f64());
    }
    Ok(Measurement::one(
        format!("Verifying against merely reading both sides, {name}"),
        "ratio",
        median(&mut ratios),
        Some(Bound::AtLeast(0.6)),
        format!(
            "{DOCUMENTS} documents in {:.2} s, median of {ROUNDS}; {:.2} of reading both at the same time",
            median(&mut took),
            median(&mut beside)
        ),
    ))
}

async fn verified(twin: &Twinbase, documents: u64) -> anyhow::Result<Duration> {
    let began = Instant::now();
    let report = twin.verify(|_, _| {}).await?;
    let took = began.elapsed();
    let found = report.collections.first().context("a collection")?;
    anyhow::ensure!(
        report.is_clean() && found.rows == documents && found.documents == documents,
        "{report:?}"
    );
    Ok(took)
}

const COLUMNS: &str = "select id, user_id, title, description, completed, priority, created_at from todos order by id";

async fn read_rows(rows: Rows<'_>) -> anyhow::Result<()> {
    match rows {
        Rows::File(file) => {
            let file = file.to_owned();
            tokio::task::spawn_blocking(move || read_file(&file)).await?
        }
        Rows::Server(url) => {
            let client = servers::connect(url).await?;
            let rows = client.query_raw(COLUMNS, Vec::<String>::new()).await?;
            pin_mut!(rows);
            let mut count = 0;
            while let Some(row) = rows.try_next().await? {
                let title: &str = row.try_get(2)?;
                count += u64::from(!title.is_empty());
            }
            anyhow::ensure!(count == DOCUMENTS, "{count} rows");
            Ok(())
        }
    }
}

fn read_file(file: &Path) -> anyhow::Result<()> {
    let connection = Connection::open(file)?;
    let mut statement = connection.prepare(COLUMNS)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let texts = [0, 1, 2, 3, 6].map(|at| row.get::<_, Option<String>>(at));
        for text in texts {
            text?;
        }
        let _ = (row.get::<_, bool>(4)?, row.get::<_, i64>(5)?);
        count += 1;
    }
    anyhow::ensure!(count >= DOCUMENTS, "{count} rows");
    Ok(())
}

async fn read_documents(twin: &Twinbase) -> anyhow::Result<()> {
    let (mut after, mut count) = (None::<String>, 0);
    loop {
        let replica = &twin.sides().replica;
        let page = replica.documents_after(Todo::schema(), after.as_deref(), PAGE);
        let page = page.await?;
        count += page.found.len() as u64;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    anyhow::ensure!(count >= DOCUMENTS, "{count} documents");
    Ok(())
}

/// Rows, heads and documents, without events.
async fn fill(
    twin: &Twinbase,
    rows: Rows<'_>,
    numbers: std::ops::RangeInclusive<u64>,
) -> anyhow::Result<()> {
    let (first, last) = (numbers.start(), numbers.end());
    let values = format!("'{USER}', '{TITLE}', '{DESCRIPTION}'");
    let heads = "insert into aggregate_version (aggregate_type, aggregate_id, version)
        select 'todo', id, 1 from todos where true on conflict do nothing";
    match rows {
        Rows::File(file) => Connection::open(file)?.execute_batch(&format!(
            "begin; with recursive n(i) as (select {first} union all select i + 1 from n where i < {last})
            insert into todos select printf('0199f0e2-0000-7000-8000-%012d', i), {values}, 0, 3, '{CREATED}' from n;
            {heads}; commit"
        ))?,
        Rows::Server(url) => servers::connect(url).await?.batch_execute(&format!(
            "insert into todos select '0199f0e2-0000-7000-8000-' || lpad(i::text, 12, '0'), {values}, false, 3, '{CREATED}'
            from generate_series({first}, {last}) as i; {heads}; analyze todos; analyze aggregate_version"
        )).await?,
    }
    let schema = Todo::schema();
    let mut after = (*first > 1).then(|| format!("0199f0e2-0000-7000-8000-{:012}", first - 1));
    loop {
        let sides = twin.sides();
        let page = sides
            .primary
            .states_after(schema, after.as_deref(), PAGE)
            .await?;
        let changes = page.states.iter().map(|state| {
            let payload = state.payload.as_deref().unwrap_or_default();
            Ok(Change {
                id: state.id.clone(),
                version: state.version,
                body: Body::Document(mapping::to_document(schema, &state.id, payload)?),
            })
        });
        let changes: Vec<_> = changes.collect::<anyhow::Result<_>>()?;
        if !changes.is_empty() {
            sides.replica.apply(schema, &changes).await?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
