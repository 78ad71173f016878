//! One `todo.created` transaction through the library against `pgbench` running
//! the very statement that the library sends, with as many connections.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tokio::process::Command;
use twinbase::{
    prelude::*,
    primary::postgres::{self, Postgres},
};

use crate::{
    app::{self, CREATED, DESCRIPTION, NewTodo, TITLE, USER},
    report::{Bound, Measurement},
    servers::Servers,
    statistics::{median, rate},
};

const CONNECTIONS: [usize; 3] = [1, 8, 32];
const ROUND: Duration = Duration::from_secs(5);
const ROUNDS: usize = 3;

/// Ids of the library's rows. Those of `pgbench` are of as many digits and rise as these do, in a database of their
/// own: at the right edge of an index one writes faster than anywhere in it, and beside higher ids
/// only one of the two would be there.
static NEXT: AtomicU64 = AtomicU64::new(1_000_000_000_000_000);

/// The first id of `pgbench`, and how far apart those of its rounds begin.
const PGBENCH_IDS: u64 = 5_000_000_000_000_000;
const ROUND_IDS: u64 = 1_000_000_000_000;

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    for connections in CONNECTIONS {
        measurements.push(with(servers, connections).await?);
    }
    Ok(measurements)
}

async fn with(servers: &Servers, connections: usize) -> anyhow::Result<Measurement> {
    let database = servers.postgres().fresh_database("write_path").await;
    let other = servers.postgres().fresh_database("write_path").await;
    let folder = tempfile::tempdir()?;
    let replica = format!("embedded:{}/docs.db", folder.path().display());
    let options = postgres::Options {
        max_connections: connections,
        ..postgres::Options::default()
    };
    let primary = Arc::new(Postgres::connect(&database.url, options).await?);
    let twin = app::builder().open_primary(primary).replica(&replica);
    let twin = app::ready(twin).await?;
    let beside = format!("embedded:{}/beside.db", folder.path().display());
    app::open(&other.url, &beside).await?.close().await;
    let file = folder.path().join("todo_created.sql");
    std::fs::write(&file, script(&twin).await?)?;
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    // The first round warms both up.
    for round in 0..=ROUNDS {
        eprintln!("write-path: {connections} connections, round {round} of {ROUNDS}");
        let library = library(&twin, connections).await?;
        let pgbench = pgbench(servers, &other.url, &file, connections, round).await?;
        if round > 0 {
            ratios.push(library / pgbench);
            ours.push(library);
            theirs.push(pgbench);
        }
    }
    twin.close().await;
    Ok(Measurement::one(
        format!("write path against pgbench, {connections} connections"),
        "ratio",
        median(&mut ratios),
        Some(Bound::AtLeast(0.85)),
        format!(
            "{:.0}/s against {:.0}/s, the library's own statement, fsync on, median of {ROUNDS}",
            median(&mut ours),
            median(&mut theirs)
        ),
    ))
}

async fn library(twin: &Twinbase, connections: usize) -> anyhow::Result<f64> {
    let (began, end) = (Instant::now(), Instant::now() + ROUND);
    let tasks: Vec<_> = (0..connections)
        .map(|_| {
            let twin = twin.clone();
            tokio::spawn(async move {
                let mut count = 0u64;
                while Instant::now() < end {
                    let id = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
                    twin.insert(&NewTodo { id }).await?;
                    count += 1;
                }
                Ok::<_, PrimaryError>(count)
            })
        })
        .collect();
    let mut count = 0;
    for task in tasks {
        count += task.await??;
    }
    Ok(rate(count, began.elapsed()))
}

async fn pgbench(
    servers: &Servers,
    url: &str,
    script: &Path,
    connections: usize,
    round: usize,
) -> anyhow::Result<f64> {
    // A thread cannot have less than one connection.
    let jobs = if connections > 1 {
        "--jobs=2"
    } else {
        "--jobs=1"
    };
    let output = Command::new(servers.installation().program("pgbench"))
        .args(["--no-vacuum", "--protocol=prepared", "--file"])
        .arg(script)
        .args(["--client", &connections.to_string(), jobs])
        .args(["--time", &ROUND.as_secs().to_string()])
        .args([
            "--define=n=0".to_owned(),
            format!("--define=base={}", PGBENCH_IDS + round as u64 * ROUND_IDS),
            format!("--define=user={USER}"),
            format!("--define=title={TITLE}"),
            format!("--define=description={DESCRIPTION}"),
            format!("--define=created={CREATED}"),
        ])
        .arg(url)
        .kill_on_drop(true)
        .output()
        .await
        .context("run pgbench")?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "pgbench: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tps = text
        .lines()
        .find_map(|line| line.strip_prefix("tps = "))
        .and_then(|rest| rest.split_whitespace().next())
        .with_context(|| format!("no tps in the answer of pgbench: {text}"))?;
    Ok(tps.parse()?)
}

/// The statement that the library sends, as PostgreSQL has it prepared, with
/// `pgbench` variables in place of its parameters.
async fn script(twin: &Twinbase) -> anyhow::Result<String> {
    let sql = "select statement from pg_prepared_statements where statement like 'with %insert into \"todos\"%'";
    // In one transaction, so on one connection.
    let (rows, _) = twin
        .write(|tx| async move {
            tx.insert(&NewTodo { id: "first".into() }).await?;
            tx.query(sql, &[]).await
        })
        .await?;
    let statement: String = rows
        .first()
        .context("the library's statement is not among the prepared ones")?
        .get("statement")?;
    let mut script = statement.replace('\n', " ");
    for (number, variable) in [
        "id",
        "user",
        "title",
        "description",
        "false",
        "3",
        "created",
        "null",
    ]
    .iter()
    .enumerate()
    {
        let parameter = format!("${}", number + 1);
        ensure!(
            script.contains(&parameter),
            "the statement has no {parameter}"
        );
        let value = match *variable {
            "false" | "3" | "null" => (*variable).to_owned(),
            name => format!(":{name}"),
        };
        script = script.replace(&parameter, &value);
    }
    Ok(format!(
        "\\set n :n + 1\n\\set id :base + :n * {} + :client_id\n{script};\n",
        CONNECTIONS[2]
    ))
}
