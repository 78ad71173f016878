//! The worker's loop: asks [`State::next`] what to do, does it, and notes what came of it.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::{sync::watch, task::JoinError, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use twinbase_core::{Event, EventRef, Name, PrimaryError, Schema};

use super::{
    EngineError, InvalidOption, Signals, WorkerOptions, WorkerState, WorkerStatus, background,
    batch::{self, Settled, refs},
    collections::Collection,
    leases::{self, Held},
    metrics,
    reader::{Found, Reader},
    shared::Shared,
    state::{Source, State, Step},
};
use crate::{Sides, error_chain, generations::Generations};

/// The worker without a task of its own: [`super::Worker`] runs it, tests step it.
pub struct Engine {
    pub(super) shared: Arc<Shared>,
    state: State,
    reader: Reader,
    batches: Batches,
    held: watch::Receiver<Held>,
    commits: watch::Receiver<u64>,
}

/// The batches in flight, each with what became of it.
type Batches =
    FuturesUnordered<BoxFuture<'static, (Batch, Result<Result<Settled, PrimaryError>, JoinError>)>>;

struct Batch {
    events: Vec<EventRef>,
    /// The failing aggregate type that it is to find out about.
    probes: Option<Name>,
}

impl Engine {
    /// An engine that has not polled yet.
    pub fn new(
        sides: Sides,
        options: WorkerOptions,
        signals: Signals,
    ) -> Result<Self, InvalidOption> {
        options.validate()?;
        let now = Instant::now();
        let state = State::new(&options, now);
        let shared = Arc::new(Shared::new(sides, options, signals));
        Ok(Self {
            state,
            reader: Reader::new(shared.clone(), now),
            batches: Batches::default(),
            held: shared.held.subscribe(),
            commits: shared.signals.wake.subscribe(),
            shared,
        })
    }

    /// The status as it changes.
    pub fn status(&self) -> watch::Receiver<WorkerStatus> {
        self.shared.status.subscribe()
    }

    /// Reads one batch of all partitions from the start and settles it; returns how many events it
    /// had. Two calls that return 0 mean that nothing was pending in between,
    /// but for what is paused. Takes no leases. When a collection fails, that is the
    /// error, and the others' changes were applied.
    pub async fn run_once(&mut self) -> Result<usize, EngineError> {
        self.state.held = Held::all(self.shared.sides.primary.pauses().await?);
        if self.state.held.is_paused() {
            return Ok(0);
        }
        self.reader.cursors.restart();
        let paused = self.state.held.paused_types(&self.shared.sides.registry);
        let read = self.reader.read(self.state.held.partitions(), paused);
        let Found {
            events,
            generations,
            ..
        } = read.await?;
        if events.is_empty() {
            return Ok(0);
        }
        let (count, of) = (events.len(), refs(&events));
        let result = batch::run(self.shared.clone(), events, generations, Instant::now()).await;
        self.reader.cursors.release(&of);
        let settled = result?;
        self.go_on(&settled);
        for (_, result) in settled.collections {
            result?;
        }
        Ok(count)
    }

    /// Works until `stop`, then finishes the batches in flight and gives the leases back.
    pub async fn run(mut self, stop: CancellationToken) {
        metrics::state(WorkerState::Starting);
        let background = background::start(&self.shared);
        while !stop.is_cancelled() {
            self.publish();
            let next = self.state.next(&self.shared.collections(), Instant::now());
            match next {
                Step::Poll(source) => {
                    stop.run_until_cancelled(self.poll(source)).await;
                }
                Step::Wait(until) => {
                    stop.run_until_cancelled(self.wait(until)).await;
                }
            }
        }
        while let Some((batch, ended)) = self.batches.next().await {
            self.ended(&batch, ended);
        }
        drop(background);
        leases::release(&self.shared).await;
        self.shared.enter(WorkerState::Stopped);
    }

    /// Waits until something happens, and notes it. What is ready already is taken without waiting.
    async fn wait(&mut self, until: Option<Instant>) {
        let timer = async {
            match until {
                Some(until) => tokio::time::sleep_until(until).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some((batch, ended)) = self.batches.next() => self.ended(&batch, ended),
            Ok(()) = self.held.changed() => {
                self.state.held = self.held.borrow_and_update().clone();
                // What was another worker's, or was paused, lies behind the cursors.
                self.reader.cursors.restart();
            }
            Ok(()) = self.commits.changed() => self.state.woke(Source::Commit),
            () = self.shared.notified.notified() => self.state.woke(Source::Notification),
            () = timer => {}
        }
    }

    /// Reads pending events and hands them to tasks.
    async fn poll(&mut self, source: Source) {
        let began = Instant::now();
        self.state.polls(began);
        let mut excluded = self.state.held.paused_types(&self.shared.sides.registry);
        {
            let mut collections = self.shared.collections();
            if collections.seek(began) {
                self.reader.cursors.restart();
            }
            excluded.extend(collections.excluded(began));
        }
        let held = self.state.held.partitions();
        match self.reader.read(held, excluded).await {
            Ok(found) => {
                metrics::read(found.events.len() as u64, source.name());
                let is_found = !found.events.is_empty();
                self.hand_out(found.events, &found.generations);
                self.state
                    .polled(source, is_found, found.cut, Instant::now());
                if self.reader.cursors.has_seen_all {
                    // Nothing is pending of the collections that are still failing.
                    let empty = self.shared.collections().sought(Instant::now());
                    for schema in empty {
                        self.settle(&schema, Ok(()));
                    }
                }
            }
            Err(error) => self.failed(&error),
        }
    }

    /// Gives events to a task, and those of each failing collection to one of its own, which does
    /// not count: it may take long to fail.
    fn hand_out(&mut self, events: Vec<Event>, generations: &Arc<Generations>) {
        let mut probes: BTreeMap<Name, Vec<Event>> = BTreeMap::new();
        let mut healthy = Vec::with_capacity(events.len());
        {
            let mut collections = self.shared.collections();
            for event in events {
                match collections.probe(&event.aggregate_type) {
                    Some(failing) => probes.entry(failing).or_default().push(event),
                    None => healthy.push(event),
                }
            }
        }
        if !healthy.is_empty() {
            self.state.began(Instant::now());
            self.start(healthy, generations, None);
        }
        for (failing, events) in probes {
            self.start(events, generations, Some(failing));
        }
    }

    fn start(&self, events: Vec<Event>, generations: &Arc<Generations>, probes: Option<Name>) {
        let batch = Batch {
            events: refs(&events),
            probes,
        };
        let (shared, generations) = (self.shared.clone(), generations.clone());
        let task = batch::run(shared, events, generations, Instant::now());
        let task = AbortOnDropHandle::new(tokio::spawn(task));
        self.batches
            .push(task.map(|result| (batch, result)).boxed());
    }

    /// Takes the end of a batch.
    fn ended(&mut self, batch: &Batch, ended: Result<Result<Settled, PrimaryError>, JoinError>) {
        self.reader.cursors.release(&batch.events);
        match &batch.probes {
            Some(failing) => self.shared.collections().probed(failing),
            None => self.state.ended(Instant::now()),
        }
        match ended {
            Ok(Ok(settled)) => {
                self.go_on(&settled);
                let failures = self.state.recovered();
                if failures > 0 {
                    tracing::info!(failures, "sync goes on");
                }
                for (schema, result) in settled.collections {
                    self.settle(&schema, result);
                }
            }
            Ok(Err(error)) => {
                self.failed(&error);
                self.reader.cursors.restart();
            }
            Err(error) => {
                tracing::error!(%error, "the task of a batch has ended; its events are read again");
                self.reader.cursors.restart();
            }
        }
    }

    /// Takes what a batch leaves to do.
    fn go_on(&mut self, settled: &Settled) {
        if let Some(due) = settled.retry_at {
            self.reader.cursors.retry_at(due);
        }
        if settled.again {
            self.reader.cursors.restart();
        }
    }

    /// Takes what became of one collection's part of a batch.
    fn settle(&self, schema: &Schema, result: Result<(), EngineError>) {
        let of = schema.aggregate_type.as_ref();
        let collection = schema.collection.as_ref();
        let Err(error) = result else {
            let failures = self.shared.update(of, |one, _| one.applied());
            if failures > 0 {
                tracing::info!(collection, failures, "a collection that failed works again");
            }
            return;
        };
        metrics::unavailable(error.side());
        let failed = |one: &mut Collection, moment| one.failed(&error, moment);
        if self.shared.update(of, failed) {
            tracing::warn!(
                collection,
                error = error_chain(&error),
                remedy = error.remedy(),
                "changes of a collection are not applied; they wait, and other collections go on"
            );
        }
    }

    /// Takes a failure of the primary.
    fn failed(&mut self, error: &PrimaryError) {
        metrics::unavailable("primary");
        let text = error_chain(error);
        let shared = &self.shared;
        let failures = self
            .state
            .failed(text.clone(), Instant::now(), |n| shared.backoff(n));
        if failures == 1 {
            tracing::warn!(
                error = text,
                remedy = error.remedy(),
                "sync backs off; nothing is lost"
            );
        } else {
            tracing::debug!(error = text, failures, "still backing off");
        }
    }

    /// Publishes what the worker is doing.
    fn publish(&self) {
        let (error, is_away) = self.shared.collections().error();
        let error = self.state.error().map(ToOwned::to_owned).or(error);
        let state = self.state.worker_state(is_away, Instant::now());
        self.shared.status.send_if_modified(|status| {
            let changes = status.last_error != error;
            status.last_error = error;
            changes
        });
        self.shared.enter(state);
    }
}
