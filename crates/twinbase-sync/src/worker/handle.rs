//! A worker as a task, and the two ways to stop it.

use std::sync::{Arc, atomic::Ordering};

use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use super::{
    Engine, InvalidOption, Signals, WorkerOptions, WorkerState, WorkerStatus, heartbeat,
    shared::Shared,
};
use crate::Sides;

/// A running worker. Dropping it stops it as [`Worker::abort`] does.
pub struct Worker {
    shared: Arc<Shared>,
    task: AbortOnDropHandle<()>,
    stop: CancellationToken,
}

impl Worker {
    /// Starts a worker on the current runtime.
    pub fn start(
        sides: Sides,
        options: WorkerOptions,
        signals: Signals,
    ) -> Result<Self, InvalidOption> {
        let engine = Engine::new(sides, options, signals)?;
        let shared = Arc::clone(&engine.shared);
        let at_end = AtEnd(shared.clone());
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        Ok(Self {
            shared,
            task: AbortOnDropHandle::new(tokio::spawn(async move {
                let _at_end = at_end;
                engine.run(stopped).await;
            })),
            stop,
        })
    }

    /// What it is doing.
    pub fn status(&self) -> WorkerStatus {
        self.shared.status.borrow().clone()
    }

    /// What it is doing, as it changes.
    pub fn watch(&self) -> watch::Receiver<WorkerStatus> {
        self.shared.status.subscribe()
    }

    /// Finishes the batches in flight and ends, after a last heartbeat when this worker sends them.
    pub async fn stop(mut self) {
        heartbeat::last(&self.shared).await;
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

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker")
            .field("status", &self.status())
            .finish_non_exhaustive()
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
