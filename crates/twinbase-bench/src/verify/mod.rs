//! Verification against merely reading both sides, and what it takes of memory and processors.
//!
//! Reading is every column of every row in the order of keys by the plain driver, and every document as it is stored: one side after the
//! other, and both at the same time. Both sides agree, and verification has to say so.

mod plain;

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use twinbase::prelude::*;

pub(crate) use self::plain::Plain;
use crate::{
    app,
    report::{Bound, Figure, Measurement},
    servers::Servers,
    statistics::{median_of, megabytes, range_of},
    usage,
};

/// The stand-in for MongoDB reads its whole collection for each page.
const ON_SERVERS: u64 = 40_000;
pub(crate) const EMBEDDED: u64 = 200_000;
const ROUNDS: usize = 3;

/// Ten million in an hour for a twentieth of a core.
const CPU_OF_A_MILLION: f64 = 3_600.0 / 20.0 / 10.0;

/// `many` documents are compared for its memory.
pub(crate) async fn measure(servers: &Servers, many: u64) -> anyhow::Result<Vec<Measurement>> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("app.db");
    let primary = format!("sqlite:{}", file.display());
    let replica = format!("embedded:{}", folder.path().join("docs.db").display());
    let files = Plain::Files(&file);
    let twin = app::open(&primary, &replica).await?;
    eprintln!("verify: {EMBEDDED} documents on embedded databases");
    files.fill(&twin, 1..=EMBEDDED).await?;
    let mut measurements = vec![compare("embedded databases", &twin, files, EMBEDDED).await?];
    twin.close().await;
    let few = alone(&primary, &replica, EMBEDDED).await?;
    let twin = app::open(&primary, &replica).await?;
    eprintln!("verify: {many} documents on embedded databases");
    files.fill(&twin, EMBEDDED + 1..=many).await?;
    twin.close().await;
    let many = alone(&primary, &replica, many).await?;
    measurements.push(memory(&few, &many));
    measurements.push(processors("embedded databases", many.cpu, &many, ""));
    let pair = servers.pair("verify").await?;
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    eprintln!("verify: {ON_SERVERS} documents on servers");
    let plain = Plain::Servers(&pair);
    plain.fill(&twin, 1..=ON_SERVERS).await?;
    measurements.push(compare("servers", &twin, plain, ON_SERVERS).await?);
    twin.close().await;
    let server = usage::postmaster(&pair).await?;
    let before = usage::cpu_of_family(server)?;
    let alone = alone(&pair.primary.url, &pair.replica.url, ON_SERVERS).await?;
    let server = usage::cpu_of_family(server)?.saturating_sub(before);
    let detail = format!(
        "; of it PostgreSQL's processes {:.2} s; the document server is not counted",
        server.as_secs_f64()
    );
    measurements.push(processors("servers", alone.cpu + server, &alone, &detail));
    Ok(measurements)
}

/// What a process has taken that verifies and does nothing else.
#[derive(Serialize, Deserialize)]
struct Alone {
    documents: u64,
    peak_bytes: u64,
    /// From before the databases were opened.
    cpu: Duration,
    /// Of verifying alone.
    took: Duration,
}

/// In a process of its own: verifies, and prints what that took.
pub(crate) async fn run(primary: &str, replica: &str, documents: u64) -> anyhow::Result<()> {
    let twin = app::open(primary, replica).await?;
    let took = verified(&twin, documents).await?;
    let alone = Alone {
        documents,
        peak_bytes: usage::peak_bytes()?,
        cpu: usage::own_cpu()?,
        took,
    };
    println!("{}", serde_json::to_string(&alone)?);
    Ok(())
}

async fn alone(primary: &str, replica: &str, documents: u64) -> anyhow::Result<Alone> {
    let child = Command::new(std::env::current_exe()?)
        .args(["verify", primary, replica, &documents.to_string()])
        .stderr(Stdio::inherit())
        .output()
        .await?;
    anyhow::ensure!(child.status.success(), "the verifying process failed");
    Ok(serde_json::from_slice(&child.stdout)?)
}

fn memory(few: &Alone, of_many: &Alone) -> Measurement {
    let many = of_many.documents;
    let name = format!("memory of verifying {EMBEDDED} and {many} documents");
    let (few, many) = (megabytes(few.peak_bytes), megabytes(of_many.peak_bytes));
    Measurement {
        name,
        figures: vec![
            Figure::new("many", many, Some(Bound::AtMost(60.0))),
            Figure::new("growth", many - few, Some(Bound::AtMost(5.0))),
        ],
        unit: "MB",
        detail: format!("peak of a process that does nothing else: {few:.1} MB and {many:.1} MB"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a million documents")]
fn processors(name: &str, cpu: Duration, alone: &Alone, detail: &str) -> Measurement {
    let million = 1e6 / alone.documents as f64;
    Measurement::one(
        format!("processor time of verifying a million documents, {name}"),
        "s",
        cpu.as_secs_f64() * million,
        Some(Bound::AtMost(CPU_OF_A_MILLION)),
        format!(
            "{:.2} s for {} documents in {:.2} s{detail}; 18 s for a million are a twentieth of a core at ten million an hour",
            cpu.as_secs_f64(),
            alone.documents,
            alone.took.as_secs_f64()
        ),
    )
}

/// What one round took, in seconds.
struct Round {
    rows: f64,
    documents: f64,
    at_once: f64,
    verified: f64,
}

async fn compare(
    name: &str,
    twin: &Twinbase,
    plain: Plain<'_>,
    documents: u64,
) -> anyhow::Result<Measurement> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        plain.read_rows(documents).await?;
        let rows = began.elapsed().as_secs_f64();
        let began = Instant::now();
        plain.read_documents(twin, documents).await?;
        let of_documents = began.elapsed().as_secs_f64();
        let began = Instant::now();
        tokio::try_join!(
            plain.read_rows(documents),
            plain.read_documents(twin, documents)
        )?;
        let at_once = began.elapsed().as_secs_f64();
        let verified = verified(twin, documents).await?.as_secs_f64();
        rounds.push(Round {
            rows,
            documents: of_documents,
            at_once,
            verified,
        });
    }
    let ratio = |round: &Round| (round.rows + round.documents) / round.verified;
    Ok(Measurement::one(
        format!("verifying against merely reading both sides, {name}"),
        "ratio",
        median_of(&rounds, ratio),
        Some(Bound::AtLeast(0.6)),
        format!(
            "{documents} documents in {:.2} s; rows alone {:.2} s, documents alone {:.2} s, both at the same time {:.2} s: {:.2}; median of {ROUNDS}: {}",
            median_of(&rounds, |round| round.verified),
            median_of(&rounds, |round| round.rows),
            median_of(&rounds, |round| round.documents),
            median_of(&rounds, |round| round.at_once),
            median_of(&rounds, |round| round.at_once / round.verified),
            range_of(&rounds, ratio),
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
