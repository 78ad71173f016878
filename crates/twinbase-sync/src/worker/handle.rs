//! A worker as a task, and the two ways to stop it.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    Engine, InvalidOption, Signals, WorkerOptions, WorkerState, WorkerStatus, shared::Shared,
};
use crate::Sides;

/// A running worker. Dropping it stops it as [`Worker::abort`] does.
#[derive(Debug)]
pub struct Worker {
    task: AbortOnDropHandle<()>,
    stop: CancellationToken,
    status: watch::Receiver<WorkerStatus>,
}

impl Worker {
    /// Starts a worker on the current runtime.
    pub fn start(
        sides: Sides,
        options: WorkerOptions,
        signals: Signals,
    ) -> Result<Self, InvalidOption> {
        let engine = Engine::new(sides, options, signals)?;
        let at_end = AtEnd(engine.shared.clone());
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        Ok(Self {
            status: engine.status(),
            task: AbortOnDropHandle::new(tokio::spawn(async move {
                let _at_end = at_end;
                engine.run(stopped).await;
            })),
            stop,
        })
    }

    /// What it is doing.
    pub fn status(&self) -> WorkerStatus {
        self.status.borrow().clone()
    }

    /// What it is doing, as it changes.
    pub fn watch(&self) -> watch::Receiver<WorkerStatus> {
        self.status.clone()
    }

    /// Finishes the batches in flight and ends.
    pub async fn stop(mut self) {
        self.stop.cancel();
        if let Err(error) = (&mut self.task).await
            && error.is_panic()
        {
            tracing::error!(%error, "the worker panicked");
        }
    }

    /// Ends at once. What was in flight is applied again by the next worker.
    pub fn abort(self) {
        self.task.abort();
    }
}

/// Reports that the worker has stopped when it is dropped: also when its task was aborted or panicked.
struct AtEnd(Arc<Shared>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        // From now on other processes have to be notified of this one's commits.
        self.0.signals.covers_all.store(false, Ordering::Relaxed);
        self.0.enter(WorkerState::Stopped);
    }
}
