//! A worker that is suspended past its leases, and goes on later with what it had in hand.

use std::time::Duration;

use anyhow::Context as _;
use twinbase::prelude::*;
use twinbase_testkit::wait;

use crate::fleet::{Member, SOON};

/// How long somebody may need what the sleeper has: it may have been suspended with a lock of a database in hand.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who sleeps, if anybody does, and until which kill.
#[derive(Default)]
pub(crate) struct Sleeper {
    asleep: Option<(usize, u64)>,
    pauses: u32,
}

impl Sleeper {
    /// How often a worker slept until its leases were gone.
    pub(crate) const fn pauses(&self) -> u32 {
        self.pauses
    }

    /// Suspends a worker, until that kill, and waits until others see it as dead.
    pub(crate) async fn suspend(
        &mut self,
        fleet: &mut [Member],
        number: usize,
        until: u64,
        twin: &Twinbase,
    ) -> anyhow::Result<()> {
        self.wake(fleet)?;
        let worker = &mut fleet[number];
        worker.pause()?;
        self.asleep = Some((number, until));
        let process = worker.process();
        let lapsed = wait::within(SOON, async || {
            let workers = twin
                .sides()
                .primary
                .workers()
                .await
                .map_err(|error| error.to_string())?;
            let mut same = workers.iter().filter(|it| it.report.process == process);
            if same.any(|it| it.alive) {
                return Err("it is alive".to_owned());
            }
            Ok(())
        });
        let lapsed = lapsed.await.map_err(anyhow::Error::msg);
        lapsed.context("the leases of a suspended worker do not end")?;
        self.pauses += 1;
        Ok(())
    }

    /// Wakes the sleeper when its time has come, or when this one is to be killed next and does not get on without it.
    pub(crate) async fn make_way(
        &mut self,
        fleet: &mut [Member],
        (victim, progress): (usize, u64),
        kills: u64,
    ) -> anyhow::Result<()> {
        let Some((number, until)) = self.asleep else {
            return Ok(());
        };
        let stays =
            kills < until && number != victim && fleet[victim].progresses(progress, PATIENCE).await;
        if !stays {
            self.wake(fleet)?;
        }
        Ok(())
    }

    /// Wakes whoever sleeps.
    pub(crate) fn wake(&mut self, fleet: &mut [Member]) -> anyhow::Result<()> {
        match self.asleep.take() {
            Some((number, _)) => fleet[number].resume(),
            None => Ok(()),
        }
    }
}
