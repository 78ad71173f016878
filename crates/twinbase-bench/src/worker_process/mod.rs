//! A worker in a process of its own, so that its memory and its processor time are its alone.
//!
//! The two talk in lines of JSON: the child says when it is ready, how many events it has done,
//! and at its end what it took. One line lets it begin, the end of its input lets it stop.

mod child;

use std::process::Stdio;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::watch,
    task::JoinHandle,
};

pub(crate) use child::run;

use crate::servers::Pair;

/// What the child tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Message {
    Ready,
    /// So many events are done.
    Done(u64),
    Ended(Worked),
}

/// What it took, from the start of the worker to its end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Worked {
    /// Documents written.
    pub(crate) applied: u64,
    /// Processor time, user and system.
    pub(crate) cpu_seconds: f64,
    /// The peak of the resident set of the whole process.
    pub(crate) peak_bytes: u64,
}

/// The running child; killed when dropped.
pub(crate) struct WorkerProcess {
    child: Child,
    input: ChildStdin,
    done: watch::Receiver<u64>,
    reader: JoinHandle<anyhow::Result<Worked>>,
}

impl WorkerProcess {
    /// Starts a process that has opened its databases and waits to begin.
    pub(crate) async fn start(pair: &Pair) -> anyhow::Result<Self> {
        Self::start_with(pair, &[]).await
    }

    /// The same with heartbeats.
    pub(crate) async fn start_with_heartbeat(pair: &Pair) -> anyhow::Result<Self> {
        Self::start_with(pair, &["--heartbeat"]).await
    }

    async fn start_with(pair: &Pair, flags: &[&str]) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["work", &pair.primary.url, &pair.replica.url])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .context("start a worker's process")?;
        let input = child.stdin.take().context("a pipe to the worker")?;
        let output = child.stdout.take().context("a pipe from the worker")?;
        let mut lines = BufReader::new(output).lines();
        match next(&mut lines).await? {
            Message::Ready => {}
            other => bail!("the worker's process began with {other:?}"),
        }
        let (sender, done) = watch::channel(0);
        Ok(Self {
            child,
            input,
            done,
            reader: tokio::spawn(read(lines, sender)),
        })
    }

    /// Its number.
    pub(crate) fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("the worker's process has ended")
    }

    /// Starts the worker.
    pub(crate) async fn begin(&mut self) -> anyhow::Result<()> {
        Ok(self.input.write_all(b"begin\n").await?)
    }

    /// How many events are done, as it changes.
    pub(crate) fn done(&self) -> watch::Receiver<u64> {
        self.done.clone()
    }

    /// Waits until so many events are done since its start.
    pub(crate) async fn reach(&mut self, events: u64) -> anyhow::Result<()> {
        let reached = self.done.wait_for(|done| *done >= events).await;
        reached.context("the worker's process ended early")?;
        Ok(())
    }

    /// Lets it finish what it has in hand.
    pub(crate) async fn stop(mut self) -> anyhow::Result<Worked> {
        drop(self.input);
        let worked = self.reader.await??;
        self.child.wait().await?;
        Ok(worked)
    }
}

async fn read(
    mut lines: Lines<BufReader<ChildStdout>>,
    done: watch::Sender<u64>,
) -> anyhow::Result<Worked> {
    loop {
        match next(&mut lines).await? {
            Message::Done(events) => {
                done.send_replace(events);
            }
            Message::Ended(worked) => return Ok(worked),
            Message::Ready => bail!("the worker's process began twice"),
        }
    }
}

async fn next(lines: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<Message> {
    let line = lines.next_line().await?;
    let line = line.context("the worker's process ended without a word")?;
    Ok(serde_json::from_str(&line)?)
}
