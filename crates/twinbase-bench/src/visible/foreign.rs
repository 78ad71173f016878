//! Changes by `pgbench`: a row and its event in a transaction, as the seed's program writes
//! them, through the trigger. Nobody is notified; the worker has to look.
//!
//! `pgbench` logs each transaction with the time of its end and how long it took, counted
//! from its place in the schedule. Its clock is the machine's, as the watcher's is.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::{
    Seen, WRITERS, look_every,
    watcher::{At, Watcher},
};
use crate::{
    app::{CREATED, DESCRIPTION, TITLE, USER},
    servers::{Pair, Servers},
};

const PATIENCE: Duration = Duration::from_mins(1);

/// Of each client so many documents are looked for ahead, so that a fast one is not missed.
const AHEAD: u64 = 4;

/// A script and where its logs go.
pub(super) struct Pgbench {
    program: PathBuf,
    url: String,
    folder: TempDir,
    runs: AtomicU64,
}

impl Pgbench {
    pub(super) fn new(servers: &Servers, pair: &Pair) -> anyhow::Result<Self> {
        let pgbench = Self {
            program: servers.installation().program("pgbench"),
            url: pair.primary.url.clone(),
            folder: tempfile::tempdir()?,
            runs: AtomicU64::new(0),
        };
        fs::write(pgbench.script(), script())?;
        Ok(pgbench)
    }

    fn script(&self) -> PathBuf {
        self.folder.path().join("foreign.sql")
    }

    /// Clients that never pause.
    pub(super) async fn saturate(&self, time: Duration) -> anyhow::Result<()> {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        self.run(run, time, &[]).await
    }

    pub(super) async fn at_rate(
        &self,
        pair: &Pair,
        per_second: f64,
        time: Duration,
    ) -> anyhow::Result<Seen> {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let every = look_every(per_second);
        let next = move |found: &str| {
            let id: Id = found.parse().ok()?;
            Some(id.later(every * AHEAD).to_string())
        };
        let watcher = Watcher::start(pair, Box::new(next));
        let targets = watcher.targets();
        for client in 0..WRITERS as u64 {
            for n in (1..=AHEAD).map(|n| n * every) {
                targets.watch(Id { run, client, n }.to_string());
            }
        }
        let prefix = self.folder.path().join(format!("log{run}"));
        let rate = format!("--rate={per_second:.2}");
        let log = format!("--log-prefix={}", prefix.display());
        self.run(run, time, &[&rate, "--log", &log]).await?;
        let sent = self.sent(run, every)?;
        let ids: HashSet<String> = sent.keys().cloned().collect();
        let seen = watcher.finish(ids, PATIENCE).await?;
        Ok(Seen::new(times(&sent, &seen)?))
    }

    async fn run(&self, run: u64, time: Duration, more: &[&str]) -> anyhow::Result<()> {
        let output = tokio::process::Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2"])
            .arg(format!("--client={WRITERS}"))
            .arg(format!("--time={}", time.as_secs()))
            .arg(format!("--define=run={run}"))
            .arg("--define=n=0")
            .arg(format!("--define=created={CREATED}"))
            .arg(format!("--file={}", self.script().display()))
            .args(more)
            .arg(&self.url)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .context("run pgbench")?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "pgbench: {said}");
        Ok(())
    }

    /// The transactions of a run that were looked for, by the ids of their documents.
    fn sent(&self, run: u64, every: u64) -> anyhow::Result<HashMap<String, Sent>> {
        let mut sent = HashMap::new();
        for entry in fs::read_dir(self.folder.path())? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with(&format!("log{run}.")) {
                continue;
            }
            for line in fs::read_to_string(entry.path())?.lines() {
                let (client, n, times) = logged(line).with_context(|| line.to_owned())?;
                if n % every == 0 {
                    sent.insert(Id { run, client, n }.to_string(), times);
                }
            }
        }
        Ok(sent)
    }
}

/// Which transaction a document is of; in it as text.
struct Id {
    run: u64,
    client: u64,
    /// The transaction's number within its client, from 1.
    n: u64,
}

impl Id {
    const fn later(self, by: u64) -> Self {
        Self {
            n: self.n + by,
            ..self
        }
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "foreign-{}-{}-{}", self.run, self.client, self.n)
    }
}

impl std::str::FromStr for Id {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let mut parts = text.split('-').skip(1);
        let mut number = || anyhow::Ok(parts.next().context("a number")?.parse()?);
        Ok(Self {
            run: number()?,
            client: number()?,
            n: number()?,
        })
    }
}

/// When a transaction was to begin, and when it ended.
struct Sent {
    scheduled: Timestamp,
    committed: Timestamp,
}

/// A line of the log: client, number, microseconds since the scheduled start, script, seconds and
/// microseconds of the end, and how late it was begun.
fn logged(line: &str) -> anyhow::Result<(u64, u64, Sent)> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    ensure!(fields.len() >= 6, "a line of the log has too few fields");
    let seconds: i64 = fields[4].parse()?;
    let micros: i32 = fields[5].parse()?;
    let committed = Timestamp::new(seconds, micros * 1_000)?;
    let took = SignedDuration::from_micros(fields[2].parse()?);
    let sent = Sent {
        scheduled: committed - took,
        committed,
    };
    Ok((fields[0].parse()?, fields[1].parse()?, sent))
}

fn times(
    sent: &HashMap<String, Sent>,
    seen: &HashMap<String, At>,
) -> anyhow::Result<Vec<(Duration, Duration)>> {
    sent.iter()
        .map(|(id, sent)| {
            let at = seen.get(id).context("a document was not seen")?.wall;
            let since = |then| at.duration_since(then).max(SignedDuration::ZERO);
            Ok((
                since(sent.scheduled).unsigned_abs(),
                since(sent.committed).unsigned_abs(),
            ))
        })
        .collect()
}

fn script() -> String {
    let id = "'foreign-' || :run || '-' || :client_id || '-' || :n";
    format!(
        r#"\set n :n + 1
begin;
insert into todos values ({id}, '{USER}', '{TITLE}', '{DESCRIPTION}', false, 3, :created::timestamptz);
insert into "Outbox" (event_type, aggregate_type, aggregate_id, payload) values ('todo.created', 'todo', {id}, jsonb_build_object('id', {id}, 'userId', '{USER}', 'title', '{TITLE}', 'description', '{DESCRIPTION}', 'completed', false, 'priority', 3, 'createdAt', :created::text));
commit;
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_log_tells_when_its_transaction_was_to_begin() {
        let (client, n, sent) = logged("3 17 2500 0 1795396499 28693 93").unwrap();
        assert_eq!((client, n), (3, 17));
        assert_eq!(sent.committed.as_microsecond(), 1_795_396_499_028_693);
        assert_eq!(sent.scheduled.as_microsecond(), 1_795_396_499_026_193);
        assert!(logged("3 17 2500 0 1795396499").is_err());
    }

    #[test]
    fn an_id_is_read_as_the_script_writes_it() {
        let id: Id = "foreign-2-7-40".parse().unwrap();
        assert_eq!((id.run, id.client, id.n), (2, 7, 40));
        assert_eq!(id.later(20).to_string(), "foreign-2-7-60");
    }
}
