//! The loop around the plan: reads, hands batches to tasks, settles what they answer.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rand::Rng as _;
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use twinbase_core::{Event, EventRef, PrimaryError, ReplicaError};

use super::{
    WorkerOptions, WorkerState, WorkerStatus, apply, cursors::Cursors, janitor,
    outcome::Settlement, pace::Pace, plan,
};
use crate::{Sides, backoff::Backoff};

/// The pause between two looks for other processes' commits while batches are in hand.
const BUSY_POLL: Duration = Duration::from_millis(10);

/// While batches are in hand, how long after a look commits are gathered for the
/// next: many small batches cost both databases more than they are sooner.
const GATHER: Duration = Duration::from_millis(3);

/// A side that did not answer, or refused.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The primary.
    #[error(transparent)]
    Primary(#[from] PrimaryError),
    /// The replica.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

/// How the engine learns of commits and tells of progress.
#[derive(Debug, Clone)]
pub struct Signals {
    /// Notified after each commit of this process.
    pub wake: Arc<Notify>,
    /// Counts settled batches; changes when documents may have.
    pub progress: watch::Sender<u64>,
}

impl Default for Signals {
    fn default() -> Self {
        Self {
            wake: Arc::default(),
            progress: watch::Sender::new(0),
        }
    }
}

/// The worker without a task of its own: [`super::Worker`] runs it, tests step it.
pub struct Engine {
    batches: Arc<Batches>,
    signals: Signals,
    status: watch::Sender<WorkerStatus>,
    cursors: Cursors,
    limit: u32,
    failures: u32,
}

/// What the tasks of all batches share.
struct Batches {
    sides: Sides,
    options: WorkerOptions,
}

/// How a batch ended; its events are no longer in flight.
struct Ended {
    events: Vec<EventRef>,
    result: Result<Settled, EngineError>,
}

/// What a batch did.
#[derive(Default)]
struct Settled {
    written: u64,
    superseded: u64,
    charged: u64,
}

impl Engine {
    /// An engine that has not looked yet.
    pub fn new(sides: Sides, options: WorkerOptions, signals: Signals) -> Self {
        let now = sides.clock.now();
        Self {
            limit: options.batch_events,
            status: watch::Sender::new(WorkerStatus::starting(now)),
            batches: Arc::new(Batches { sides, options }),
            cursors: Cursors::new(now),
            signals,
            failures: 0,
        }
    }

    /// The status as it changes.
    pub fn status(&self) -> watch::Receiver<WorkerStatus> {
        self.status.subscribe()
    }

    /// Reads one batch from the start and settles it; answers how many events it
    /// had. Two calls that answer 0 mean that nothing was pending in between.
    pub async fn run_once(&mut self) -> Result<usize, EngineError> {
        self.cursors.look_back();
        let events = self.read().await?;
        let count = events.len();
        if count > 0 {
            let ended = self.batches.clone().run(events, Instant::now()).await;
            self.settle(ended)?;
        }
        Ok(count)
    }

    /// Works until `stop`, then finishes the batches in hand.
    pub async fn run(mut self, stop: CancellationToken) {
        if stop.run_until_cancelled(self.prepare()).await.is_some() {
            self.work(&stop).await;
        }
        self.enter(WorkerState::Stopped);
    }

    /// Makes the collections ready, for as long as it takes.
    async fn prepare(&mut self) {
        let schemas: Vec<_> = self.batches.sides.registry.iter().collect();
        while let Err(error) = self.batches.sides.replica.prepare(&schemas).await {
            let pause = self.failed(&error.into());
            tokio::time::sleep(pause).await;
        }
        self.recovered();
    }

    async fn work(&mut self, stop: &CancellationToken) {
        let mut pace = Pace::new(self.batches.options.idle_poll);
        let mut in_hand = JoinSet::new();
        let mut janitor = tokio::time::interval(janitor::EVERY);
        let mut pause;
        let mut looked = tokio::time::Instant::now();
        while !stop.is_cancelled() {
            // While a side is away, one batch at a time finds out whether it is back.
            let most = if self.failures > 0 {
                1
            } else {
                self.batches.options.batches_in_flight
            };
            let room = in_hand.len() < most;
            pause = Duration::MAX;
            if room {
                if !in_hand.is_empty() {
                    tokio::time::sleep_until(looked + GATHER).await;
                }
                looked = tokio::time::Instant::now();
                match self.read().await {
                    Ok(events) if !events.is_empty() => {
                        pace.busy();
                        self.enter(WorkerState::Working);
                        in_hand.spawn(self.batches.clone().run(events, Instant::now()));
                        continue;
                    }
                    Ok(_) => {
                        pause = pace.pause();
                        if in_hand.is_empty() {
                            // Whatever could not be applied is not there to be applied any more.
                            self.recovered();
                            self.enter(WorkerState::Idle);
                        } else {
                            // What is in hand is still pending: another look would only read it again.
                            pause = pause.max(BUSY_POLL);
                        }
                    }
                    Err(error) => {
                        let pause = self.failed(&error);
                        wait(pause, stop).await;
                        continue;
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                Some(ended) = in_hand.join_next() => {
                    if let Some(pause) = self.ended(ended) {
                        wait(pause, stop).await;
                    }
                }
                () = self.signals.wake.notified(), if room => pace.busy(),
                () = tokio::time::sleep(pause), if room => {}
                _ = janitor.tick() => janitor::sweep(&self.batches.sides).await,
            }
        }
        while let Some(ended) = in_hand.join_next().await {
            self.ended(ended);
        }
    }

    async fn read(&mut self) -> Result<Vec<Event>, EngineError> {
        let request = self
            .cursors
            .request(self.limit, self.batches.sides.clock.now());
        let pending = self.batches.sides.primary.pending(&request).await?;
        self.adapt(&pending.events);
        Ok(self.cursors.took(&request, pending.events))
    }

    /// Sizes the next batch by the payloads of this one.
    fn adapt(&mut self, events: &[Event]) {
        if events.is_empty() {
            return;
        }
        let bytes: usize = events
            .iter()
            .map(|event| event.payload.as_ref().map_or(0, String::len))
            .sum();
        let mean = (bytes / events.len()).max(1);
        let fitting = u32::try_from(self.batches.options.batch_bytes / mean).unwrap_or(u32::MAX);
        self.limit = fitting.clamp(1, self.batches.options.batch_events);
    }

    /// Takes the end of a batch; answers how long to pause after a failure.
    fn ended(&mut self, ended: Result<Ended, tokio::task::JoinError>) -> Option<Duration> {
        match ended {
            Ok(ended) => match self.settle(ended) {
                Ok(()) => {
                    self.recovered();
                    None
                }
                Err(error) => Some(self.failed(&error)),
            },
            Err(panic) => {
                // Its events stay in flight for this engine; another look at them
                // would only panic again. They are pending still and a restart retries them.
                tracing::error!(%panic, "a batch panicked");
                Some(self.batches.options.backoff_cap)
            }
        }
    }

    fn settle(&mut self, ended: Ended) -> Result<(), EngineError> {
        self.cursors.done(&ended.events);
        match ended.result {
            Ok(settled) => {
                self.status.send_modify(|status| {
                    status.applied += settled.written;
                    status.superseded += settled.superseded;
                    status.charged += settled.charged;
                });
                self.signals.progress.send_modify(|n| *n += 1);
                Ok(())
            }
            Err(error) => {
                self.cursors.look_back();
                Err(error)
            }
        }
    }

    fn failed(&mut self, error: &EngineError) -> Duration {
        self.failures += 1;
        let text = chain(error);
        if self.failures == 1 {
            tracing::warn!(error = text, "sync is backing off; nothing is lost");
        } else {
            tracing::debug!(error = text, failures = self.failures, "still backing off");
        }
        self.enter(WorkerState::BackingOff);
        self.status
            .send_modify(|status| status.last_error = Some(text));
        let options = &self.batches.options;
        Backoff {
            base: options.backoff_base,
            cap: options.backoff_cap,
        }
        .delay(self.failures, rand::rng().random())
    }

    fn recovered(&mut self) {
        if self.failures > 0 {
            tracing::info!(failures = self.failures, "sync goes on");
            self.failures = 0;
            self.status.send_modify(|status| status.last_error = None);
        }
    }

    fn enter(&self, state: WorkerState) {
        let now = self.batches.sides.clock.now();
        self.status.send_if_modified(|status| {
            let changed = status.state != state;
            status.enter(state, now);
            changed
        });
    }
}

impl Batches {
    async fn run(self: Arc<Self>, events: Vec<Event>, read_at: Instant) -> Ended {
        let refs = events.iter().map(|event| event.at).collect();
        Ended {
            result: self.apply(events, read_at).await,
            events: refs,
        }
    }

    async fn apply(&self, events: Vec<Event>, read_at: Instant) -> Result<Settled, EngineError> {
        let Sides {
            primary,
            replica,
            registry,
            clock,
        } = &self.sides;
        let started = clock.now();
        let mut plan = plan::plan(events, registry, started);
        for (schema, groups) in std::mem::take(&mut plan.rebuild) {
            let ids: Vec<_> = groups.iter().map(|group| group.id.clone()).collect();
            let states = primary.states_of(schema, &ids).await?;
            plan.rebuilt(schema, groups, states, clock.now());
        }
        let mut settlement = Settlement::default();
        let jitter = rand::rng().random();
        for (group, failure) in &plan.failed {
            settlement.charge(group, failure.clone(), started, &self.options, jitter);
        }
        for (schema, items) in plan.work {
            let wall = clock.now().duration_since(started).unsigned_abs();
            if read_at.elapsed().max(wall) > self.options.batch_max_age {
                tracing::warn!("a batch slept too long and the rest of it is read again");
                break;
            }
            let (groups, changes): (Vec<_>, Vec<_>) = items
                .into_iter()
                .map(|item| (item.group, item.change))
                .unzip();
            let outcomes = apply::apply(&**replica, schema, &changes).await?;
            settlement.take(groups, outcomes, clock.now(), &self.options, jitter);
        }
        if !settlement.applied.is_empty() {
            primary
                .mark_applied(&settlement.applied, &settlement.healed)
                .await?;
        }
        for charge in &settlement.charges {
            tracing::warn!(
                key = charge.error_key,
                error = charge.error,
                tries = charge.seen_retry_count + 1,
                "an event failed"
            );
        }
        let charged = if settlement.charges.is_empty() {
            0
        } else {
            primary.charge(&settlement.charges).await?
        };
        Ok(Settled {
            written: settlement.written,
            superseded: settlement.superseded,
            charged,
        })
    }
}

async fn wait(pause: Duration, stop: &CancellationToken) {
    stop.run_until_cancelled(tokio::time::sleep(pause)).await;
}

/// An error with its causes in one line.
fn chain(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
