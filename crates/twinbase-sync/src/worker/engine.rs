//! The loop around the plan: reads, hands batches to tasks, settles what they answer.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use rand::{SeedableRng as _, rngs::StdRng};
use tokio::{
    sync::{Notify, watch},
    task::{Id, JoinError, JoinSet},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use twinbase_core::{Event, EventRef};

use super::{
    EngineError, Signals, WorkerOptions, WorkerState, WorkerStatus, attendants,
    batch::{Batches, Settled, places},
    cursors::{Cursors, Limits},
    identity::Identity,
    metrics,
    pace::Pace,
    tenancy::{Tenancy, Tenant},
};
use crate::{Sides, backoff::Backoff};

/// The pause between two looks for other processes' commits while batches are in hand.
const BUSY_POLL: Duration = Duration::from_millis(10);

/// While batches are in hand, how long after a look commits are gathered for the
/// next: many small batches cost both databases more than they are sooner.
const GATHER: Duration = Duration::from_millis(3);

/// A batch is at most so many times as long as its options say when most of its
/// events are superseded: what counts is how many documents are written.
const WIDEST: usize = 8;

/// The worker without a task of its own: [`super::Worker`] runs it, tests step it.
pub struct Engine {
    batches: Arc<Batches>,
    status: watch::Sender<WorkerStatus>,
    identity: Arc<Identity>,
    tenancy: watch::Sender<Tenancy>,
    hints: Arc<Notify>,
    cursors: Cursors,
    limit: u32,
    failures: u32,
}

/// What a read found.
struct Found {
    events: Vec<Event>,
    cut: bool,
}

impl Engine {
    /// An engine that has not looked yet.
    pub fn new(sides: Sides, options: WorkerOptions, signals: Signals) -> Self {
        let mut random = options
            .seed
            .map_or_else(StdRng::from_os_rng, StdRng::seed_from_u64);
        let identity = Identity::new(&mut random);
        let status = WorkerStatus::starting(identity.id.clone(), sides.clock.now());
        Self {
            limit: options.batch_events,
            status: watch::Sender::new(status),
            tenancy: watch::Sender::new(Tenancy::default()),
            identity: Arc::new(identity),
            batches: Arc::new(Batches {
                sides,
                options: Arc::new(options),
                signals,
                random: Mutex::new(random),
                isolated: Mutex::default(),
            }),
            hints: Arc::default(),
            cursors: Cursors::new(Instant::now()),
            failures: 0,
        }
    }

    /// The status as it changes.
    pub fn status(&self) -> watch::Receiver<WorkerStatus> {
        self.status.subscribe()
    }

    /// How its status is told when it ends.
    pub(super) fn teller(&self) -> watch::Sender<WorkerStatus> {
        self.status.clone()
    }

    /// Reads one batch of all partitions from the start and settles it; answers how many events it
    /// had. Two calls that answer 0 mean that nothing was pending in between,
    /// but for what is paused. Takes no leases.
    pub async fn run_once(&mut self) -> Result<usize, EngineError> {
        let tenancy = Tenancy::whole(self.batches.sides.primary.pauses().await?);
        if tenancy.is_paused() {
            return Ok(0);
        }
        self.cursors.look_back();
        let events = self.read(&tenancy).await?.events;
        let count = events.len();
        if count > 0 {
            let places = places(&events);
            let result = self.batches.clone().batch(events, Instant::now()).await;
            self.cursors.done(&places);
            self.settle(result)?;
        }
        Ok(count)
    }

    /// Works until `stop`, then finishes the batches in hand and gives the leases back.
    pub async fn run(mut self, stop: CancellationToken) {
        metrics::state(WorkerState::Starting);
        let tenant = Arc::new(Tenant {
            sides: self.batches.sides.clone(),
            identity: self.identity.clone(),
            options: self.batches.options.clone(),
            signals: self.batches.signals.clone(),
            status: self.status.clone(),
            tenancy: self.tenancy.clone(),
        });
        if stop
            .run_until_cancelled(self.prepare(&tenant))
            .await
            .is_some()
        {
            let attendants = attendants::start(&tenant, &self.hints);
            self.work(&stop).await;
            drop(attendants);
        }
        tenant.release().await;
        self.enter(WorkerState::Stopped);
    }

    /// Makes the collections ready and takes the first leases, for as long as it takes.
    async fn prepare(&mut self, tenant: &Tenant) {
        let schemas: Vec<_> = self.batches.sides.registry.all().collect();
        for schema in schemas {
            while let Err(error) = self.batches.sides.replica.prepare(schema).await {
                let pause = self.failed(&error.into());
                tokio::time::sleep(pause).await;
            }
        }
        while let Err(error) = tenant.renew().await {
            let pause = self.failed(&error.into());
            tokio::time::sleep(pause).await;
        }
        self.recovered();
    }

    async fn work(&mut self, stop: &CancellationToken) {
        let mut tenancies = self.tenancy.subscribe();
        tenancies.mark_changed();
        let mut tenancy = Tenancy::default();
        let mut commits = self.batches.signals.wake.listen();
        let mut pace = Pace::new(self.batches.options.idle_poll, Instant::now());
        let mut in_hand = InHand::default();
        let mut looked = Instant::now();
        let mut source = "poll";
        let mut backlog = 0_u32;
        while !stop.is_cancelled() {
            if tenancies.has_changed().unwrap_or_default() {
                self.obey(&mut tenancy, tenancies.borrow_and_update().clone());
            }
            let rests = tenancy.is_paused() || tenancy.held.is_empty();
            let room = !rests && in_hand.tasks.len() < self.most();
            let mut pause = Duration::MAX;
            if room {
                if !in_hand.tasks.is_empty() {
                    tokio::time::sleep_until(looked + GATHER).await;
                }
                looked = Instant::now();
                match self.read(&tenancy).await {
                    Ok(found) => {
                        metrics::read(found.events.len(), source);
                        source = "poll";
                        backlog = if found.cut { backlog + 1 } else { 0 };
                        if !found.events.is_empty() {
                            pace.found(Instant::now());
                            self.enter(if backlog > 1 {
                                WorkerState::CatchingUp
                            } else {
                                WorkerState::Working
                            });
                            self.hand_out(found.events, &mut in_hand);
                            continue;
                        }
                        if found.cut {
                            // A whole read of what is in flight already: there is more behind it.
                            continue;
                        }
                        pause = pace.pause(Instant::now());
                        if in_hand.tasks.is_empty() {
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
            } else if rests && in_hand.tasks.is_empty() {
                self.enter(if tenancy.is_paused() {
                    WorkerState::Paused
                } else {
                    WorkerState::Idle
                });
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                Some(ended) = in_hand.tasks.join_next_with_id() => {
                    if let Some(pause) = self.ended(ended, &mut in_hand) {
                        wait(pause, stop).await;
                    }
                }
                Ok(()) = tenancies.changed() => tenancies.mark_changed(),
                Ok(()) = commits.changed(), if room => source = "commit",
                () = self.hints.notified(), if room => source = "notification",
                () = tokio::time::sleep(pause), if room => {}
            }
        }
        while let Some(ended) = in_hand.tasks.join_next_with_id().await {
            self.ended(ended, &mut in_hand);
        }
    }

    /// How many batches may be in flight. While a side is away, one finds out whether it is back.
    fn most(&self) -> usize {
        if self.failures > 0 {
            1
        } else {
            self.batches.options.batches_in_flight
        }
    }

    /// Takes a change of leases and pauses.
    fn obey(&mut self, tenancy: &mut Tenancy, new: Tenancy) {
        *tenancy = new;
        // What was another worker's, or was paused, lies behind the cursors.
        self.cursors.look_back();
    }

    async fn read(&mut self, tenancy: &Tenancy) -> Result<Found, EngineError> {
        let options = &self.batches.options;
        let share = self.limit.div_ceil(16).saturating_mul(4);
        let limits = Limits {
            events: self.limit,
            // A quarter of the batch: uneven partitions still fill it, one alone does not own it. But
            // where few keys change often, a deep look into one partition coalesces most.
            per_partition: if self.limit > options.batch_events {
                self.limit
            } else {
                share.min(self.limit)
            },
            bytes: options.batch_bytes,
            except: &tenancy.paused_types(&self.batches.sides.registry),
            mappings: &self.batches.sides.registry.mappings(),
        };
        let asked = Instant::now();
        let clock = self.batches.sides.clock.now();
        let request = self.cursors.request(&tenancy.held, limits, asked, clock);
        let pending = self.batches.sides.primary.pending(&request);
        let pending = metrics::primary("read", pending).await?;
        metrics::phase("read", asked.elapsed());
        self.adapt(&pending.events);
        let cut = pending.cut;
        let events = self.cursors.took(pending, asked, Instant::now());
        if !events.is_empty() {
            let count = events.len() as u64;
            self.status.send_modify(|status| status.read += count);
        }
        Ok(Found { events, cut })
    }

    /// Sizes the next batch by the payloads and the documents of this one.
    fn adapt(&mut self, events: &[Event]) {
        if events.is_empty() {
            return;
        }
        let options = &self.batches.options;
        let payloads = events.iter().filter_map(|event| event.payload.as_ref());
        let bytes: usize = payloads.map(String::len).sum();
        let mean = (bytes / events.len()).max(1);
        let keys: HashSet<_> = events
            .iter()
            .map(|event| (&*event.aggregate_type, &*event.aggregate_id))
            .collect();
        let each = options.batch_events as usize;
        let wide = (each * events.len() / keys.len()).min(each * WIDEST);
        let fitting = wide.min(options.batch_bytes / mean).max(1);
        self.limit = u32::try_from(fitting).unwrap_or(u32::MAX);
    }

    /// Gives events to a task.
    fn hand_out(&mut self, events: Vec<Event>, in_hand: &mut InHand) {
        let of = places(&events);
        let task = self.batches.clone().batch(events, Instant::now());
        in_hand.spawn(of, task);
    }

    /// Takes the end of a batch; answers how long to pause after a failure.
    fn ended(
        &mut self,
        ended: Result<(Id, Result<Settled, EngineError>), JoinError>,
        in_hand: &mut InHand,
    ) -> Option<Duration> {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let events = in_hand.events.remove(&id).unwrap_or_default();
        self.cursors.done(&events);
        match ended {
            Ok((_, result)) => match self.settle(result) {
                Ok(()) => {
                    self.recovered();
                    None
                }
                Err(error) => Some(self.failed(&error)),
            },
            Err(error) => {
                tracing::error!(%error, "the task of a batch has ended; its events are read again");
                self.cursors.look_back();
                None
            }
        }
    }

    fn settle(&mut self, result: Result<Settled, EngineError>) -> Result<(), EngineError> {
        match result {
            Ok(settled) => {
                self.status.send_modify(|status| {
                    status.applied += settled.written;
                    status.superseded += settled.superseded;
                    status.charged += settled.charged;
                });
                if let Some(due) = settled.retry_at {
                    self.cursors.retry_at(due);
                }
                if settled.again {
                    self.cursors.look_back();
                }
                self.batches.signals.progress.send_modify(|n| *n += 1);
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
        metrics::unavailable(error.side());
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
        .delay(self.failures, self.batches.jitter())
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
        self.status
            .send_if_modified(|status| status.enter(state, now));
    }
}

/// The batches in flight, and the events that each has.
#[derive(Default)]
struct InHand {
    tasks: JoinSet<Result<Settled, EngineError>>,
    events: HashMap<Id, Vec<EventRef>>,
}

impl InHand {
    fn spawn(
        &mut self,
        events: Vec<EventRef>,
        task: impl Future<Output = Result<Settled, EngineError>> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        self.events.insert(id, events);
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
