//! One operation: the handle to follow and cancel it, and the loop that does the work.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{
    sync::watch,
    time::{Instant, timeout},
};
use twinbase_core::{
    Clock, Disposition, OutboxStatus, PrimaryError,
    primary::{EventFilter, EventStatus},
};

use super::Verb;
use crate::error_chain;

/// The most events of one statement: enough to be fast, few enough that its locks are short.
pub const CHUNK: u32 = 1_000;

/// How long a primary that does not answer is waited for.
const PATIENCE: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

twinbase_core::named! {
    /// Where an operation is in its life.
    #[derive(Default)]
    pub enum OperationState {
        /// It is running.
        #[default]
        Running = "running",
        /// It did everything.
        Succeeded = "succeeded",
        /// It was cancelled; what it had done stays done.
        Cancelled = "cancelled",
        /// It could not go on; what it had done stays done.
        Failed = "failed",
    }
}

impl OperationState {
    /// Whether it has ended.
    pub const fn is_over(self) -> bool {
        !matches!(self, Self::Running)
    }
}

/// How far an operation is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Where it is in its life.
    pub state: OperationState,
    /// Events changed so far.
    pub done: u64,
    /// How many there were when it began; `None` until they are counted.
    pub estimated_total: Option<u64>,
    /// Whether there are more than `estimated_total`: counting stops at a limit.
    pub total_is_least: bool,
    /// Events a second since the start; 0 before any is changed.
    pub rate: f64,
    /// How long it will take from here at this rate; `None` when not known, and at the end.
    pub eta: Option<Duration>,
    /// Why it failed, or what it waits for. It may say more than others should know.
    pub error: Option<String>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    is_cancelling: bool,
}

impl Progress {
    /// What it is doing: `counting`, `changing`, `waiting` for a primary that does not answer, `cancelling`, or `ended`.
    pub const fn phase(&self) -> &'static str {
        match self {
            _ if self.state.is_over() => "ended",
            _ if self.is_cancelling => "cancelling",
            _ if self.error.is_some() => "waiting",
            _ if self.estimated_total.is_none() => "counting",
            _ => "changing",
        }
    }

    /// So many more are done, at this time since the start.
    fn advance(&mut self, count: u64, elapsed: Duration) {
        self.done += count;
        self.error = None;
        // More may have matched than were counted.
        let total = self.estimated_total.unwrap_or_default().max(self.done);
        self.estimated_total = Some(total);
        #[expect(clippy::cast_precision_loss, reason = "an estimate, for people")]
        let (done, left) = (self.done as f64, (total - self.done) as f64);
        self.rate = done / elapsed.as_secs_f64().max(0.001);
        self.eta = (self.done > 0 && !self.total_is_least)
            .then(|| Duration::try_from_secs_f64(left / self.rate).ok())
            .flatten();
    }
}

/// A verb at work. Dropping it does not stop anything.
#[derive(Debug)]
pub struct Operation {
    /// Its id: a UUID of version 7, so that later ones sort later.
    pub id: String,
    /// What it does.
    pub verb: Verb,
    /// Which events it acts on; `as_of` is always there.
    pub filter: EventFilter,
    /// How many events a second it changes at most, spread evenly: what is retried is work for both sides. Without,
    /// it goes as fast as the primary does it.
    pub rate: Option<NonZeroU32>,
    /// When it began, by the clock of this process.
    pub started_at: Timestamp,
    progress: watch::Sender<Progress>,
}

/// Why an operation ended before everything was done.
enum Ended {
    Cancelled,
    Failed(PrimaryError),
}

impl Operation {
    pub(super) fn new(
        verb: Verb,
        filter: EventFilter,
        rate: Option<NonZeroU32>,
        clock: &dyn Clock,
    ) -> Arc<Self> {
        Arc::new(Self {
            id: clock.new_id().to_string(),
            verb,
            filter,
            rate,
            started_at: clock.now(),
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

    /// Ends it after the current chunk. Returns whether it was running; what it has done stays done.
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

    /// Does the work, to the end, whichever it is. `ask` changes at most so many events of a
    /// status, or counts them without a number.
    pub(super) async fn run<F>(
        self: Arc<Self>,
        statuses: Vec<EventStatus>,
        ask: impl Fn(EventStatus, Option<u32>) -> F + Sync,
        clock: Arc<dyn Clock>,
    ) where
        F: Future<Output = Result<u64, PrimaryError>> + Send,
    {
        let result = self.work(&statuses, ask).await;
        let (state, error) = match &result {
            Ok(()) => (OperationState::Succeeded, None),
            Err(Ended::Cancelled) => (OperationState::Cancelled, None),
            Err(Ended::Failed(error)) => (OperationState::Failed, Some(error_chain(error))),
        };
        let (id, verb, done) = (&self.id, self.verb.name(), self.progress().done);
        let reason = error.as_deref();
        if state == OperationState::Failed {
            tracing::warn!(id, verb, done, reason, "an operation failed");
        } else {
            tracing::info!(id, verb, done, state = state.name(), "an operation ended");
        }
        self.update(|progress| {
            progress.state = state;
            progress.error = error;
            progress.eta = None;
            progress.finished_at = Some(clock.now());
        });
    }

    async fn work<F>(
        &self,
        statuses: &[EventStatus],
        ask: impl Fn(EventStatus, Option<u32>) -> F,
    ) -> Result<(), Ended>
    where
        F: Future<Output = Result<u64, PrimaryError>>,
    {
        let (mut total, mut is_least) = (0, false);
        for &status in statuses {
            let count = self.insist(|| ask(status, None)).await?;
            total += count;
            is_least |= count >= OutboxStatus::COUNT_LIMIT;
        }
        self.update(|progress| {
            progress.estimated_total = Some(total);
            progress.total_is_least = is_least;
        });
        let started = Instant::now();
        // Of a rate, a tenth of a second's worth.
        let chunk = |rate: NonZeroU32| rate.get().div_ceil(10).min(CHUNK);
        let chunk = self.rate.map_or(CHUNK, chunk);
        for &status in statuses {
            // What is changed does not match any more: a filter says what was so at its `as_of`.
            loop {
                let begun = Instant::now();
                let count = self.insist(|| ask(status, Some(chunk))).await?;
                if count == 0 {
                    break;
                }
                self.update(|progress| progress.advance(count, started.elapsed()));
                // Time that was lost is not caught up, so there is no burst after a slow statement.
                let nanos = count.saturating_mul(1_000_000_000);
                let nanos = self.rate.map_or(0, |rate| nanos / u64::from(rate.get()));
                let pause = Duration::from_nanos(nanos);
                self.pause(pause.saturating_sub(begun.elapsed())).await?;
            }
        }
        Ok(())
    }

    /// Asks until the primary answers, it refuses, or patience ends. A change of
    /// which nobody knows whether it committed is made again: that is safe, but its events may go uncounted.
    async fn insist<F>(&self, ask: impl Fn() -> F) -> Result<u64, Ended>
    where
        F: Future<Output = Result<u64, PrimaryError>>,
    {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            if self.progress.borrow().is_cancelling {
                return Err(Ended::Cancelled);
            }
            let error = match ask().await {
                Ok(count) => return Ok(count),
                Err(error) => error,
            };
            let may_pass = matches!(
                error.disposition(),
                Disposition::Retry | Disposition::RetryLater
            );
            if !may_pass || begun.elapsed() >= PATIENCE {
                return Err(Ended::Failed(error));
            }
            self.update(|progress| {
                progress.error = Some(error_chain(&error));
                progress.eta = None;
            });
            self.pause(pause).await?;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn pause(&self, pause: Duration) -> Result<(), Ended> {
        let mut progress = self.watch();
        let cancelled = progress.wait_for(|progress| progress.is_cancelling);
        match timeout(pause, cancelled).await {
            Ok(_) => Err(Ended::Cancelled),
            Err(_) => Ok(()),
        }
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut Progress)) {
        self.progress.send_modify(change);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, sync::Mutex};

    use twinbase_core::SystemClock;

    use super::*;

    /// Runs `retry` on so many failed events, at this rate unless it is 0; the first asks get these errors.
    fn start(failed: u64, rate: u32, errors: Vec<PrimaryError>) -> Arc<Operation> {
        let rate = NonZeroU32::new(rate);
        let operation = Operation::new(Verb::Retry, EventFilter::default(), rate, &SystemClock);
        let left = Mutex::new((failed, errors));
        let ask = move |_, limit: Option<u32>| {
            let (failed, errors) = &mut *left.lock().unwrap();
            ready(match (errors.pop(), limit) {
                (Some(error), _) => Err(error),
                (None, None) => Ok((*failed).min(OutboxStatus::COUNT_LIMIT)),
                (None, Some(limit)) => {
                    let count = (*failed).min(limit.into());
                    *failed -= count;
                    Ok(count)
                }
            })
        };
        let clock = Arc::new(SystemClock);
        tokio::spawn(operation.clone().run(vec![EventStatus::Failed], ask, clock));
        operation
    }

    fn away(times: usize) -> Vec<PrimaryError> {
        let error = |_| PrimaryError::Unavailable {
            operation: "retry events",
            source: "connection refused".into(),
        };
        (0..times).map(error).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_is_kept_and_reported() {
        let begun = Instant::now();
        let operation = start(600, 20, Vec::new());
        let mut watch = operation.watch();
        let half = watch.wait_for(|progress| progress.done >= 300).await;
        let half = half.unwrap().clone();
        assert_eq!(begun.elapsed().as_secs(), 14);
        assert!((20.0..21.0).contains(&half.rate), "{}", half.rate);
        assert_eq!(
            (half.eta.unwrap().as_secs(), half.phase()),
            (14, "changing")
        );
        assert_eq!(operation.wait().await.done, 600);
        assert_eq!(begun.elapsed().as_secs(), 30);
    }

    #[tokio::test(start_paused = true)]
    async fn cancelling_stops_midway_and_at_once() {
        let operation = start(1_000, 1, Vec::new());
        let mut watch = operation.watch();
        watch.wait_for(|progress| progress.done == 3).await.unwrap();
        let begun = Instant::now();
        assert!(operation.cancel());
        assert_eq!(operation.progress().phase(), "cancelling");
        let end = operation.wait().await;
        assert_eq!(begun.elapsed(), Duration::ZERO);
        assert_eq!((end.state, end.done), (OperationState::Cancelled, 3));
        assert!(!operation.cancel());
        assert_eq!(operation.progress().phase(), "ended");
    }

    #[tokio::test(start_paused = true)]
    async fn a_primary_that_comes_back_is_waited_for() {
        let operation = start(10, 0, away(8));
        let mut watch = operation.watch();
        let waiting = watch.wait_for(|progress| progress.phase() == "waiting");
        let error = waiting.await.unwrap().error.clone().unwrap();
        assert!(
            error.ends_with("retry events: connection refused"),
            "{error}"
        );
        let end = operation.wait().await;
        assert_eq!((end.state, end.done), (OperationState::Succeeded, 10));
        assert_eq!(end.error, None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_primary_that_stays_away_fails_the_operation_after_a_minute() {
        let begun = Instant::now();
        let end = start(10, 0, away(1_000)).wait().await;
        assert_eq!(end.state, OperationState::Failed);
        assert!(end.error.unwrap().contains("connection refused"));
        assert!((PATIENCE..PATIENCE + LONGEST_PAUSE).contains(&begun.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_count_that_stopped_gives_no_time_left() {
        let many = OutboxStatus::COUNT_LIMIT + 5_000;
        let end = start(many, 0, Vec::new()).wait().await;
        assert!(end.total_is_least);
        assert_eq!((end.done, end.eta), (many, None));
    }
}
