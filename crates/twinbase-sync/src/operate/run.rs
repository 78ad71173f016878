//! The loop around the plan: performs its steps, tells of progress, waits for a primary that is away.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use twinbase_core::{
    Clock, Disposition, PrimaryError,
    primary::{EventFilter, EventStatus, Events, OutboxStatus, Wake},
};

use super::{
    Operation, OperationState, Verb,
    plan::{Plan, Step},
};
use crate::{worker::Bell, writes::with_causes};

/// How long a primary that does not answer is waited for.
const PATIENCE: Duration = Duration::from_mins(1);

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Who is told that there is something to apply.
#[derive(Clone)]
pub(super) struct Alarm {
    /// The workers of this process.
    pub(super) local: Bell,
    /// Workers of others.
    pub(super) others: Arc<dyn Wake>,
}

impl Alarm {
    async fn ring(&self) {
        self.local.ring();
        // A hint that is lost costs a poll's delay.
        if let Err(error) = self.others.notify().await {
            tracing::debug!(%error, "other workers were not told of retried events");
        }
    }
}

/// What an operation needs to run.
pub(super) struct Run {
    pub(super) operation: Operation,
    pub(super) statuses: Vec<EventStatus>,
    pub(super) events: Arc<dyn Events>,
    pub(super) alarm: Alarm,
    pub(super) clock: Arc<dyn Clock>,
}

/// Why an operation ended before everything was done.
enum Ended {
    Cancelled,
    Failed(PrimaryError),
}

impl Run {
    /// Runs to the end, whichever it is.
    pub(super) async fn run(self) {
        let result = self.work().await;
        let (state, error) = match &result {
            Ok(()) => (OperationState::Succeeded, None),
            Err(Ended::Cancelled) => (OperationState::Cancelled, None),
            Err(Ended::Failed(error)) => (OperationState::Failed, Some(with_causes(error))),
        };
        let now = self.clock.now();
        self.operation
            .update(|progress| progress.end(state, error, now));
        let (id, verb) = (self.operation.id(), self.operation.verb().name());
        let done = self.operation.progress().done;
        match result {
            Err(Ended::Failed(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(%id, verb, done, error, "an operation failed");
            }
            Ok(()) | Err(Ended::Cancelled) => {
                tracing::info!(%id, verb, done, state = state.name(), "an operation ended");
            }
        }
    }

    async fn work(&self) -> Result<(), Ended> {
        let mut plan = self.plan().await?;
        let started = Instant::now();
        loop {
            match plan.next(started.elapsed()) {
                Step::Done => return Ok(()),
                Step::Wait(pause) => self.pause(pause).await?,
                Step::Change { status, limit } => {
                    let begun = started.elapsed();
                    let count = self.change(status, limit).await?;
                    plan.changed(count, begun);
                    let elapsed = started.elapsed();
                    self.operation
                        .update(|progress| progress.advance(count, elapsed));
                    if count > 0 && self.operation.verb().makes_work() {
                        self.alarm.ring().await;
                    }
                }
            }
        }
    }

    /// Counts what there is.
    async fn plan(&self) -> Result<Plan, Ended> {
        let (mut passes, mut total, mut is_least) = (Vec::new(), 0, false);
        for &status in &self.statuses {
            let filter = self.filter(status);
            let count = self.insist(|| self.events.count_events(&filter)).await?;
            total += count;
            is_least |= count >= OutboxStatus::COUNT_LIMIT;
            // What is retried and fails once more is retrying again: it was there before the
            // start and matches still. So no more of them are taken than there were.
            let comes_back =
                status == EventStatus::Retrying && *self.operation.verb() == Verb::Retry;
            if count > 0 {
                passes.push((status, if comes_back { count } else { u64::MAX }));
            }
        }
        self.operation
            .update(|progress| progress.counted(total, is_least));
        Ok(Plan::new(passes, self.operation.rate()))
    }

    async fn change(&self, status: EventStatus, limit: u32) -> Result<u64, Ended> {
        let filter = self.filter(status);
        let verb = self.operation.verb();
        self.insist(|| verb.apply(&*self.events, &filter, limit))
            .await
    }

    fn filter(&self, status: EventStatus) -> EventFilter {
        EventFilter {
            status: Some(status),
            ..self.operation.filter().clone()
        }
    }

    /// Asks until the primary answers, it refuses, or patience ends. A change of
    /// which nobody knows whether it committed is made again: that is harmless, and only not counted.
    async fn insist<T, F>(&self, ask: impl Fn() -> F) -> Result<T, Ended>
    where
        F: Future<Output = Result<T, PrimaryError>>,
    {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            if self.operation.cancelled().is_cancelled() {
                return Err(Ended::Cancelled);
            }
            let error = match ask().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let may_pass = matches!(
                error.disposition(),
                Disposition::Retry | Disposition::RetryLater
            );
            if !may_pass || begun.elapsed() >= PATIENCE {
                return Err(Ended::Failed(error));
            }
            self.operation
                .update(|progress| progress.wait(with_causes(&error)));
            self.pause(pause).await?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn pause(&self, pause: Duration) -> Result<(), Ended> {
        tokio::select! {
            () = sleep(pause) => Ok(()),
            () = self.operation.cancelled().cancelled() => Err(Ended::Cancelled),
        }
    }
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
