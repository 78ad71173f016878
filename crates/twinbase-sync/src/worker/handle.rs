//! A worker as a task, and the two ways to stop it.

use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::{Engine, Signals, WorkerOptions, WorkerStatus};
use crate::Sides;

/// A running worker. Dropping it stops it as [`Worker::abort`] does.
#[derive(Debug)]
pub struct Worker {
    task: JoinHandle<()>,
    stop: CancellationToken,
    status: watch::Receiver<WorkerStatus>,
}

impl Worker {
    /// Starts a worker on the current runtime.
    pub fn start(sides: Sides, options: WorkerOptions, signals: Signals) -> Self {
        let engine = Engine::new(sides, options, signals);
        let stop = CancellationToken::new();
        Self {
            status: engine.status(),
            task: tokio::spawn(engine.run(stop.clone())),
            stop,
        }
    }

    /// What it is doing.
    pub fn status(&self) -> WorkerStatus {
        self.status.borrow().clone()
    }

    /// What it is doing, as it changes.
    pub fn watch(&self) -> watch::Receiver<WorkerStatus> {
        self.status.clone()
    }

    /// Finishes the batches in hand and ends.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.task).await
            && error.is_panic()
        {
            tracing::error!(%error, "the worker panicked");
        }
    }

    /// Ends at once. What was in hand is applied again by the next worker.
    pub fn abort(self) {
        self.task.abort();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.task.abort();
    }
}
