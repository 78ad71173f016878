//! Operations: begun by a process, kept in the primary, gone on with by another one.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{FutureExt as _, future::BoxFuture};
use twinbase_core::{
    PrimaryError,
    primary::{HOLD, NewOperation, OperationReport, OperationState},
};

use super::{
    Done, OperateError, Operation, OperationView, Task, task,
    work::{self, Ended},
};
use crate::{Sides, repair::RepairOptions, worker::Signals};

/// How many may run at once, in all processes, beside rebuilds: each keeps a connection to the primary busy.
const RUNNING: u32 = 8;

/// How often its process says how far it is.
const REPORT_EVERY: Duration = Duration::from_secs(1);

/// The pause after a primary did not take it: much shorter than [`HOLD`].
const REPORT_AGAIN: Duration = Duration::from_secs(5);

/// How often the end is reported to a primary that does not answer; then another process finds out.
const REPORTS_OF_THE_END: u32 = 30;

/// The largest page.
const MAX_PAGE: u32 = 1_000;

/// The longest name of a person.
const MAX_NAME_CHARS: usize = 200;

/// What people had done, by whichever process: it is kept in the primary for a year. What runs goes on when its process
/// ends: the worker that leads takes it over after half a minute. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Operations {
    sides: Sides,
    signals: Signals,
    /// This process.
    holder: Arc<str>,
    /// Those at work in this process.
    running: Arc<Mutex<Vec<Arc<Operation>>>>,
}

impl Operations {
    pub(crate) fn new(sides: Sides, signals: Signals) -> Self {
        let holder = sides.clock.new_id().to_string().into();
        Self {
            sides,
            signals,
            holder,
            running: Arc::default(),
        }
    }

    /// The newest ones, at most `limit` (1 to 1,000), those before this id.
    pub async fn list(
        &self,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<OperationView>, OperateError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let found = self.sides.primary.operations(before, limit).await?;
        Ok(found
            .into_iter()
            .map(|record| self.newest(record.into()))
            .collect())
    }

    /// The one with this id.
    pub async fn get(&self, id: &str) -> Result<Option<OperationView>, OperateError> {
        if let Some(here) = self.here(id) {
            return Ok(Some(here.view()));
        }
        if super::scope::name("id", id).is_err() {
            return Ok(None);
        }
        let found = self.sides.primary.operation(id).await?;
        Ok(found.map(Into::into))
    }

    /// Ends one as soon as its process can, for somebody. Returns whether it was running; what it has done stays done.
    pub async fn cancel(&self, id: &str, by: &str) -> Result<bool, OperateError> {
        if super::scope::name("id", id).is_err() {
            return Ok(false);
        }
        let running = self.sides.primary.cancel_operation(id).await?;
        if let Some(here) = self.here(id) {
            here.cancel();
        }
        if running {
            let done = Done {
                what: "operation.cancel".to_owned(),
                about: id.to_owned(),
                ..Done::default()
            };
            self.note(Task::Done(done), by).await;
        }
        Ok(running)
    }

    /// Begins one, for somebody. It runs by itself on the current runtime, reports how far it is, can be cancelled, and can be
    /// waited for.
    pub async fn start(&self, task: Task, by: &str) -> Result<Arc<Operation>, OperateError> {
        self.begin(self.new_id(), task, by).await
    }

    /// An id that no operation has.
    pub(crate) fn new_id(&self) -> String {
        self.sides.clock.new_id().to_string()
    }

    /// Begins one that has an id already.
    pub(crate) async fn begin(
        &self,
        id: String,
        task: Task,
        by: &str,
    ) -> Result<Arc<Operation>, OperateError> {
        if let Task::Verify(options)
        | Task::Repair(RepairOptions {
            verify: options, ..
        }) = &task
        {
            if let Some(name) = options.scope.unknown(&self.sides.registry) {
                let name: String = name.chars().take(100).collect();
                let reason = format!("has `{name}`, which is not a collection");
                return Err(OperateError::invalid("collections", reason));
            }
            if let Some((part, why)) = options.scope.impossible(self.sides.clock.now()) {
                return Err(OperateError::invalid(part, why.to_owned()));
            }
        }
        let by: String = by.chars().take(MAX_NAME_CHARS).collect();
        let operation = Operation::new(id, task, by, self.sides.clock.now());
        if !self.keep(&operation, OperationState::Running).await? {
            return Err(OperateError::TooMany { running: RUNNING });
        }
        tokio::spawn(self.conduct(&operation));
        Ok(operation)
    }

    /// Keeps what was done at once. It is done already, so one that cannot be kept is only logged.
    pub async fn note(&self, task: Task, by: &str) {
        self.note_as(self.new_id(), task, by).await;
    }

    /// The same with an id that was told already.
    pub(crate) async fn note_as(&self, id: String, task: Task, by: &str) {
        let operation = Operation::new(id, task, by.to_owned(), self.sides.clock.now());
        if let Err(error) = self.keep(&operation, OperationState::Succeeded).await {
            let what = operation.task.kind();
            tracing::warn!(%error, what, "what a person did could not be kept");
        }
    }

    async fn keep(
        &self,
        operation: &Operation,
        state: OperationState,
    ) -> Result<bool, PrimaryError> {
        let new = NewOperation {
            id: operation.id.clone(),
            kind: operation.task.kind().to_owned(),
            by: operation.by.clone(),
            request: operation.task.request(),
            state,
        };
        let primary = &self.sides.primary;
        primary
            .add_operation(&new, &self.holder, HOLD, RUNNING)
            .await
    }

    /// Waits until what was at work in this process has ended, and is kept so.
    pub async fn ended(&self) {
        let running = self.lock().clone();
        for operation in running {
            operation.wait().await;
        }
    }

    /// Takes over one that no process holds any more; what is returned does it to its end.
    pub(crate) async fn take_over(&self) -> Result<Option<BoxFuture<'static, ()>>, PrimaryError> {
        let primary = &self.sides.primary;
        let taken = primary
            .take_operation(&task::LONG, &self.holder, HOLD)
            .await?;
        let Some(record) = taken else {
            return Ok(None);
        };
        let (is_cancelling, view) = (record.is_cancelling, OperationView::from(record));
        let Some(task) = view.task else {
            tracing::warn!(
                id = view.id,
                kind = view.kind,
                "an operation of a newer program is not known here"
            );
            return Ok(None);
        };
        tracing::info!(
            id = view.id,
            kind = view.kind,
            "an operation is taken over from a process that is gone"
        );
        let operation = Operation::new(view.id, task, view.by, view.started_at);
        if is_cancelling {
            operation.cancel();
        }
        Ok(Some(self.conduct(&operation).boxed()))
    }

    /// What does one to its end, while the primary is told how far it is. It is on the list of this process from now on.
    fn conduct(&self, operation: &Arc<Operation>) -> impl Future<Output = ()> + use<> {
        self.lock().push(Arc::clone(operation));
        self.clone().carry_out(Arc::clone(operation))
    }

    async fn carry_out(self, operation: Arc<Operation>) {
        let here = Here(&self, &operation.id);
        let worked = tokio::select! {
            biased;
            worked = work::run(&self.sides, &self.signals, &operation) => worked,
            () = self.report(&operation) => Err(Ended::TakenOver),
        };
        let (state, error) = match worked {
            Ok(()) => (OperationState::Succeeded, None),
            Err(Ended::Cancelled) => (OperationState::Cancelled, None),
            Err(Ended::Failed(error)) => (OperationState::Failed, Some(error)),
            Err(Ended::TakenOver) => {
                let error =
                    "Another process goes on with it, because this one was silent".to_owned();
                operation.end(OperationState::Failed, Some(error), self.sides.clock.now());
                return;
            }
        };
        let (id, kind, done) = (
            &operation.id,
            operation.task.kind(),
            operation.progress().done,
        );
        if let Some(reason) = &error {
            tracing::warn!(id, kind, done, reason, "an operation failed");
        } else {
            tracing::info!(id, kind, done, state = state.name(), "an operation ended");
        }
        self.report_end(&operation, state, error).await;
        drop(here);
    }

    /// Says how far it is, until another process holds it.
    async fn report(&self, operation: &Operation) {
        loop {
            tokio::time::sleep(REPORT_EVERY).await;
            match self
                .say(
                    operation,
                    OperationState::Running,
                    operation.progress().kept(),
                )
                .await
            {
                Ok(Some(true)) => {
                    operation.cancel();
                }
                Ok(Some(false)) => {}
                Ok(None) => return,
                Err(error) => {
                    tracing::debug!(%error, "how far an operation is could not be kept");
                    tokio::time::sleep(REPORT_AGAIN).await;
                }
            }
        }
    }

    /// Says how it ended, to the primary first: whoever waits for it finds it so.
    async fn report_end(
        &self,
        operation: &Operation,
        state: OperationState,
        error: Option<String>,
    ) {
        let mut last = operation.progress();
        last.error.clone_from(&error);
        last.eta = None;
        let kept = last.kept();
        let end = || operation.end(state, error.clone(), self.sides.clock.now());
        for _ in 0..REPORTS_OF_THE_END {
            let said = self.say(operation, state, kept.clone()).await;
            end();
            match said {
                Ok(_) => return,
                Err(error) => tracing::debug!(%error, "the end of an operation could not be kept"),
            }
            tokio::time::sleep(REPORT_EVERY).await;
        }
    }

    async fn say(
        &self,
        operation: &Operation,
        state: OperationState,
        progress: String,
    ) -> Result<Option<bool>, PrimaryError> {
        let report = OperationReport { state, progress };
        let primary = &self.sides.primary;
        primary
            .report_operation(&operation.id, &self.holder, HOLD, &report)
            .await
    }

    /// What this process knows of its own is newer than what it last said.
    fn newest(&self, view: OperationView) -> OperationView {
        self.here(&view.id).map_or(view, |here| here.view())
    }

    fn here(&self, id: &str) -> Option<Arc<Operation>> {
        let running = self.lock();
        running.iter().find(|operation| operation.id == id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Operation>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes an operation off the list of this process when it is dropped: a worker that stops leaves its work in the middle.
struct Here<'a>(&'a Operations, &'a str);

impl Drop for Here<'_> {
    fn drop(&mut self) {
        self.0.lock().retain(|operation| operation.id != self.1);
    }
}
