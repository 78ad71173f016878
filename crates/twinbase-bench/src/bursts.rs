//! Workers that run already meet events that all appear at once.

use std::time::{Duration, Instant};

use bson::doc;

use crate::{
    backlog::Backlog,
    servers::{Pair, Servers},
    worker_process::WorkerProcess,
};

/// Between two looks whether the last events are done.
const LOOK: Duration = Duration::from_millis(1);

/// Databases with workers on them.
pub(crate) struct Running {
    pub(crate) pair: Pair,
    workers: Vec<WorkerProcess>,
    next_key: u64,
}

impl Running {
    /// Empty databases and as many worker processes.
    pub(crate) async fn start(
        servers: &Servers,
        hint: &str,
        workers: usize,
    ) -> anyhow::Result<Self> {
        Self::on(servers.pair(hint).await?, workers).await
    }

    /// As many worker processes on these databases.
    pub(crate) async fn on(pair: Pair, workers: usize) -> anyhow::Result<Self> {
        let mut running = Vec::new();
        for _ in 0..workers {
            let mut worker = WorkerProcess::start(&pair).await?;
            worker.begin().await?;
            running.push(worker);
        }
        Ok(Self {
            pair,
            workers: running,
            next_key: 0,
        })
    }

    /// How long it takes until so many new events, on keys of their own, are all done.
    pub(crate) async fn burst(&mut self, events: u64) -> anyhow::Result<Duration> {
        let before = self.done();
        let backlog = Backlog::distinct(events).starting_at(self.next_key);
        self.next_key += events;
        let began = backlog.commit(&self.pair).await?;
        self.reach(before + events).await?;
        let mut took = began.elapsed();
        // The workers' counts may hold an event twice, so the outbox has the last word. It is asked
        // after the clock was read: beside a long reader asking takes long.
        while self.pair.is_pending().await? {
            tokio::time::sleep(LOOK).await;
            took = began.elapsed();
        }
        self.pair.check(events, 1).await?;
        // The server of the tests keeps documents in memory.
        self.pair.documents.delete_many(doc! {}).await?;
        Ok(took)
    }

    fn done(&self) -> u64 {
        self.workers.iter().map(|w| *w.done().borrow()).sum()
    }

    async fn reach(&self, events: u64) -> anyhow::Result<()> {
        let mut counts: Vec<_> = self.workers.iter().map(WorkerProcess::done).collect();
        let deadline = Instant::now() + Duration::from_mins(5);
        while self.done() < events {
            let changed = counts.iter_mut().map(|count| Box::pin(count.changed()));
            let (changed, ..) = tokio::time::timeout(
                deadline.saturating_duration_since(Instant::now()),
                futures_util::future::select_all(changed),
            )
            .await?;
            changed?;
        }
        Ok(())
    }

    /// Stops the workers.
    pub(crate) async fn stop(self) -> anyhow::Result<()> {
        for worker in self.workers {
            worker.stop().await?;
        }
        Ok(())
    }
}
