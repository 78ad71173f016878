//! The processes that are killed and started again.

use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Context as _, bail};
use twinbase_testkit::{
    process::{Child, Signal},
    wait,
};

use crate::{ground::Ground, progress};

/// How long anything that must happen may take on a machine that is busy with other things.
pub(crate) const SOON: Duration = Duration::from_mins(2);

/// What a process is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    Worker,
    Writer,
    Repairer,
    Rebuilder,
}

/// One process, again and again.
pub(crate) struct Member {
    role: Role,
    child: Child,
    progress: PathBuf,
    told_at_start: u64,
}

impl Member {
    pub(crate) fn start(
        ground: &Ground,
        role: Role,
        number: u32,
        seed: u64,
    ) -> anyhow::Result<Self> {
        let name = match role {
            Role::Worker => "worker",
            Role::Writer => "writer",
            Role::Repairer => "repairer",
            Role::Rebuilder => "rebuilder",
        };
        let progress = ground.file(&format!("{name}-{number}.log"));
        let told_at_start = progress::told(&progress);
        let mut command = Command::new(std::env::current_exe().context("find this program")?);
        command
            .arg(name)
            .args([&ground.primary, &ground.replica])
            .arg(&progress);
        if matches!(role, Role::Writer | Role::Rebuilder) {
            command.arg(seed.to_string());
        }
        Ok(Self {
            child: Child::spawn(&mut command)?,
            role,
            progress,
            told_at_start,
        })
    }

    /// Starts it again, as it was.
    pub(crate) fn restart(
        &mut self,
        ground: &Ground,
        number: u32,
        seed: u64,
    ) -> anyhow::Result<()> {
        *self = Self::start(ground, self.role.clone(), number, seed)?;
        Ok(())
    }

    /// How many bytes of progress it has noted since it was started.
    pub(crate) fn told(&self) -> u64 {
        progress::told(&self.progress) - self.told_at_start
    }

    /// Waits for that much progress; one that ends meanwhile is a failure.
    pub(crate) async fn progressed(&mut self, bytes: u64) -> anyhow::Result<()> {
        let outcome = wait::within(SOON, async || {
            if self.told() >= bytes {
                return Ok(true);
            }
            match self.child.try_wait() {
                Ok(None) => Err(format!("{} of {bytes} bytes of progress", self.told())),
                _ => Ok(false),
            }
        })
        .await;
        match outcome {
            Ok(true) => Ok(()),
            Ok(false) => bail!("{:?} ended by itself: {}", self.role, self.last_words()),
            Err(state) => bail!("{:?} hangs, {state}: {}", self.role, self.last_words()),
        }
    }

    /// Whether it makes that much progress in a while.
    pub(crate) async fn progresses(&self, bytes: u64, patience: Duration) -> bool {
        let enough = wait::within(patience, async || self.told() >= bytes);
        enough.await.is_ok()
    }

    /// Suspends it.
    pub(crate) fn pause(&mut self) -> anyhow::Result<()> {
        self.child.signal(Signal::STOP)
    }

    /// Lets it go on with what it had in hand.
    pub(crate) fn resume(&mut self) -> anyhow::Result<()> {
        self.child.signal(Signal::CONT)
    }

    /// Its process number.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()
    }

    /// Asks it to end, which it must do well.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        self.child.signal(Signal::TERM)?;
        let status = self.child.exit(SOON).await?;
        if !status.success() {
            bail!("{:?} did not stop well: {}", self.role, self.last_words());
        }
        Ok(())
    }

    fn last_words(&self) -> String {
        self.child.output(None).join("\n")
    }
}
