//! One operation of this process: the handle to follow and cancel it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;
use twinbase_core::primary::{OperationRecord, OperationState};

use super::{Progress, Task};

/// An operation at work in this process. Dropping the handle does not stop anything.
#[derive(Debug)]
pub struct Operation {
    /// Its id: a UUID of version 7, so that later ones sort later.
    pub id: String,
    /// What it does.
    pub task: Task,
    /// Who asked for it; empty when nobody said.
    pub by: String,
    /// When it began, by the clock of the process that began it.
    pub started_at: Timestamp,
    progress: watch::Sender<Progress>,
}

/// An operation as anybody sees it, in whichever process it is at work.
#[derive(Debug, Clone, PartialEq)]
pub struct OperationView {
    /// Its id.
    pub id: String,
    /// What it is called: `outbox.retry`, `outbox.discard`, `outbox.restore`, `verify`, `repair`, `rebuild`, `rollback`, or what was done at once.
    pub kind: String,
    /// What it does; `None` when a newer program began it.
    pub task: Option<Task>,
    /// Who asked for it; empty when nobody said.
    pub by: String,
    /// When it began.
    pub started_at: Timestamp,
    /// How far it was when that was last said, at most some seconds ago.
    pub progress: Progress,
}

impl Operation {
    pub(super) fn new(id: String, task: Task, by: String, started_at: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            id,
            task,
            by,
            started_at,
            progress: watch::Sender::default(),
        })
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        self.progress.borrow().clone()
    }

    /// How far it is, as it changes.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.subscribe()
    }

    /// As anybody sees it.
    pub fn view(&self) -> OperationView {
        OperationView {
            id: self.id.clone(),
            kind: self.task.kind().to_owned(),
            task: Some(self.task.clone()),
            by: self.by.clone(),
            started_at: self.started_at,
            progress: self.progress(),
        }
    }

    /// Ends it as soon as it can. Returns whether it was running; what it has done stays done.
    pub fn cancel(&self) -> bool {
        let running = !self.progress().state.is_over();
        self.update(|progress| progress.is_cancelling = true);
        running
    }

    /// Waits until it has ended; returns how.
    pub async fn wait(&self) -> Progress {
        let mut progress = self.watch();
        let ended = progress.wait_for(|progress| progress.state.is_over()).await;
        // The sender is ours and alive.
        ended.map_or_else(|_| self.progress(), |progress| progress.clone())
    }

    pub(super) fn is_cancelling(&self) -> bool {
        self.progress.borrow().is_cancelling
    }

    /// Waits until somebody wants it to end.
    pub(super) async fn cancelled(&self) {
        let mut progress = self.watch();
        // The sender is ours and alive.
        let _ = progress.wait_for(|progress| progress.is_cancelling).await;
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
    }

    pub(super) fn end(&self, state: OperationState, error: Option<String>, at: Timestamp) {
        self.update(|progress| {
            progress.state = state;
            progress.error = error;
            progress.eta = None;
            progress.finished_at = Some(at);
        });
    }
}

impl From<OperationRecord> for OperationView {
    fn from(record: OperationRecord) -> Self {
        let progress = Progress::read(&record);
        let of = record.operation;
        Self {
            task: Task::read(&of.kind, &of.request),
            id: of.id,
            kind: of.kind,
            by: of.by,
            started_at: record.started_at,
            progress,
        }
    }
}
