//! One child process with its output, its signals and its end.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process_group};

use super::lines::{Lines, Stream};
use super::watchdog::Watchdog;
use crate::wait;

const LAST_LINES: Duration = Duration::from_secs(1);

/// A running (or ended) process that belongs to a test, as the leader of a group: signals and the end reach its children
/// as well.
pub struct Child {
    name: String,
    process: std::process::Child,
    ended: Option<ExitStatus>,
    lines: Lines,
    readers: Vec<JoinHandle<()>>,
    watchdog: Option<Watchdog>,
}

impl Child {
    /// Starts `command` with no input and with its output collected.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(command: &mut Command) -> anyhow::Result<Self> {
        Self::spawn_with(command, None)
    }

    /// Runs a command to its end with its children, and returns what it printed as data.
    ///
    /// # Errors
    /// When it fails, or still runs at the deadline, with its last lines.
    pub async fn run(
        command: &mut Command,
        folder: Option<&Path>,
        deadline: Duration,
    ) -> anyhow::Result<String> {
        let mut child = Self::spawn_with(command, folder)?;
        let status = child.exit(deadline).await?;
        if !status.success() {
            return Err(child.complaint(&format!("failed ({status})")));
        }
        Ok(child.output(Some(Stream::Stdout)).join("\n"))
    }

    /// As [`Child::spawn`]; the watchdog removes `folder` if this process is killed.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn_with(command: &mut Command, folder: Option<&Path>) -> anyhow::Result<Self> {
        let name = command.get_program().to_string_lossy().into_owned();
        let mut process = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("start {name}"))?;
        let lines = Lines::default();
        let (data, rest) = (process.stdout.take(), process.stderr.take());
        let data = data.map(|pipe| lines.follow(Stream::Stdout, pipe));
        let rest = rest.map(|pipe| lines.follow(Stream::Stderr, pipe));
        let watchdog = Watchdog::over(process.id(), folder).ok();
        Ok(Self {
            name,
            process,
            ended: None,
            lines,
            readers: data.into_iter().chain(rest).collect(),
            watchdog,
        })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// What it printed so far: on both streams in the order of arrival, or on one.
    pub fn output(&self, stream: Option<Stream>) -> Vec<String> {
        self.lines.of(stream)
    }

    /// Waits for a line, on either stream, that contains `text`, and returns it.
    ///
    /// # Errors
    /// When the deadline passes, or the process ends first; with what it had printed.
    pub async fn line(&mut self, text: &str, deadline: Duration) -> anyhow::Result<String> {
        let outcome = wait::within(deadline, async || {
            // Asked before the lines are read: a process prints its last line before it ends.
            let ended = self.try_wait();
            match (self.lines.find(text), ended) {
                (Some(line), _) => Ok(Some(line)),
                (None, Ok(Some(_))) if self.readers.iter().all(JoinHandle::is_finished) => Ok(None),
                (None, _) => Err("still running"),
            }
        });
        match outcome.await {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err(self.complaint(&format!("ended before it printed {text:?}"))),
            Err(_) => Err(self.complaint(&format!("did not print {text:?} within {deadline:?}"))),
        }
    }

    /// How it ended, if it has.
    ///
    /// # Errors
    /// When the operating system does not tell.
    pub fn try_wait(&mut self) -> anyhow::Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self
                .process
                .try_wait()
                .with_context(|| format!("look after {}", self.name))?;
        }
        Ok(self.ended)
    }

    /// Waits for its end; its output is complete then.
    ///
    /// # Errors
    /// When it still runs at the deadline.
    pub async fn exit(&mut self, deadline: Duration) -> anyhow::Result<ExitStatus> {
        let look = async || {
            self.try_wait()
                .map_err(|error| error.to_string())?
                .ok_or_else(|| "running".to_owned())
        };
        match wait::within(deadline, look).await {
            Ok(status) => {
                self.read_to_the_end().await;
                Ok(status)
            }
            Err(_) => Err(self.complaint(&format!("still runs after {deadline:?}"))),
        }
    }

    /// Ends it at once (`SIGKILL`), as a crash would, and reaps it.
    ///
    /// # Errors
    /// When the signal cannot be sent.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if self.try_wait()?.is_none() {
            self.signal(Signal::KILL)?;
            self.ended = Some(
                self.process
                    .wait()
                    .with_context(|| format!("reap {}", self.name))?,
            );
        }
        self.watchdog = None;
        Ok(())
    }

    /// Sends a signal: `STOP` makes it alive, connected and not answering until `CONT`; `INT` is an operator's Ctrl-C, and
    /// `TERM` how a service manager asks it to end.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&mut self, signal: Signal) -> anyhow::Result<()> {
        if let Some(status) = self.try_wait()? {
            bail!("send {signal:?} to {}: it has ended ({status})", self.name);
        }
        let id = self.pid().context("a process id")?;
        kill_process_group(id, signal).with_context(|| format!("send {signal:?} to {}", self.name))
    }

    pub(crate) fn pid(&self) -> Option<Pid> {
        Pid::from_raw(i32::try_from(self.process.id()).ok()?)
    }

    fn complaint(&self, what: &str) -> anyhow::Error {
        let lines = self.lines.of(None);
        let last = &lines[lines.len().saturating_sub(20)..];
        anyhow!("{} {what}; its last lines:\n{}", self.name, last.join("\n"))
    }

    /// The last lines may still be on their way. A grandchild may have inherited the pipes and hold them open for ever: what
    /// it prints is not waited for.
    async fn read_to_the_end(&mut self) {
        wait::within(LAST_LINES, async || {
            self.readers.iter().all(JoinHandle::is_finished)
        })
        .await
        .ok();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Children of one that has ended may still run.
        if let Some(id) = self.pid() {
            kill_process_group(id, Signal::KILL).ok();
        }
        self.kill().ok();
    }
}
