//! One batch: map, apply, mark.

use std::{
    collections::HashSet,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::{FutureExt as _, future::join_all};
use jiff::Timestamp;
use rand::{Rng as _, rngs::StdRng};
use tokio::time::Instant;
use twinbase_core::{
    Change, Event, EventRef, Outcome, PrimaryError, ReplicaError, Schema, TraceParent,
};

use super::{
    Signals, WorkerOptions, metrics,
    outcome::{self, Settlement},
    plan::{self, Group, Plan},
};
use crate::{Sides, metrics as names};

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

impl EngineError {
    pub(crate) const fn side(&self) -> &'static str {
        match self {
            Self::Primary(_) => "primary",
            Self::Replica(_) => "replica",
        }
    }
}

/// What the tasks of all batches share.
pub(crate) struct Batches {
    pub(crate) sides: Sides,
    pub(crate) options: Arc<WorkerOptions>,
    pub(crate) signals: Signals,
    pub(crate) random: Mutex<StdRng>,
    /// Events of batches that panicked: each is tried by itself.
    pub(crate) isolated: Mutex<HashSet<EventRef>>,
}

/// What a batch did.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Settled {
    pub(crate) written: u64,
    pub(crate) superseded: u64,
    pub(crate) charged: u64,
    /// When the first of the charged events may be tried again.
    pub(crate) retry_at: Option<Timestamp>,
    /// Whether some events have to be read again.
    pub(crate) again: bool,
}

impl Settled {
    /// Both together.
    pub(crate) fn and(self, other: &Self) -> Self {
        Self {
            written: self.written + other.written,
            superseded: self.superseded + other.superseded,
            charged: self.charged + other.charged,
            retry_at: self.retry_at.into_iter().chain(other.retry_at).min(),
            again: self.again || other.again,
        }
    }
}

/// The outcomes of one collection's changes.
type Outcomes = (
    &'static Schema,
    Vec<Group>,
    Result<Vec<Outcome>, ReplicaError>,
);

impl Batches {
    /// A number from 0 to 1 for jitter.
    pub(crate) fn jitter(&self) -> f64 {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.random()
    }

    /// Runs a batch, and after it each isolated event by itself.
    pub(crate) async fn batch(
        self: Arc<Self>,
        events: Vec<Event>,
        read_at: Instant,
    ) -> Result<Settled, EngineError> {
        let (alone, together): (Vec<_>, Vec<_>) = {
            let isolated = self.isolated();
            let is_alone = |event: &Event| isolated.contains(&event.at);
            events.into_iter().partition(is_alone)
        };
        let mut settled = Settled::default();
        if !together.is_empty() {
            let of = places(&together);
            settled = if let Some(result) = self.caught(together, read_at).await {
                result?
            } else {
                tracing::error!(
                    events = of.len(),
                    "a batch panicked; its events are tried one at a time"
                );
                self.isolated().extend(of);
                Settled {
                    again: true,
                    ..settled
                }
            };
        }
        for event in alone {
            settled = settled.and(&self.alone(event, read_at).await?);
        }
        Ok(settled)
    }

    /// Tries an event by itself. When it panics, a failed attempt is recorded.
    async fn alone(&self, event: Event, read_at: Instant) -> Result<Settled, EngineError> {
        if let Some(result) = self.caught(vec![event.clone()], read_at).await {
            let settled = result?;
            if settled.charged == 0 {
                self.isolated().remove(&event.at);
            }
            return Ok(settled);
        }
        tracing::error!(event = event.at.seq, "applying an event panicked");
        let failure = plan::Failure::new("panic", "applying it panicked; the log has the panic");
        let delay = outcome::delay(&event, &self.options, self.jitter());
        let due = self.sides.clock.now().saturating_add(delay);
        let due = Some(due.unwrap_or(Timestamp::MAX));
        let mut settlement = Settlement::default();
        settlement.charge_event(self.collection(&event), &event, failure, due);
        self.mark(&settlement).await
    }

    /// Runs a batch; `None` when it panicked.
    async fn caught(
        &self,
        events: Vec<Event>,
        read_at: Instant,
    ) -> Option<Result<Settled, EngineError>> {
        AssertUnwindSafe(self.run(events, read_at))
            .catch_unwind()
            .await
            .ok()
    }

    fn isolated(&self) -> std::sync::MutexGuard<'_, HashSet<EventRef>> {
        self.isolated.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a batch. What was applied is marked even when one collection's write fails.
    pub(crate) async fn run(
        &self,
        events: Vec<Event>,
        read_at: Instant,
    ) -> Result<Settled, EngineError> {
        let started = self.sides.clock.now();
        let plan = self.plan(events, started).await?;
        let mut settlement = Settlement::default();
        let jitter = self.jitter();
        for (group, failure) in &plan.failed {
            let collection = self.collection(&group.newest);
            settlement.charge(
                collection,
                group,
                failure.clone(),
                started,
                &self.options,
                jitter,
            );
        }
        let work = plan.into_work();
        metrics::documents(work.iter().map(|(_, items)| items.len()).sum());
        let wall = self
            .sides
            .clock
            .now()
            .duration_since(started)
            .unsigned_abs();
        let mut failed = None;
        if read_at.elapsed().max(wall) > self.options.batch_max_age {
            tracing::warn!("a batch slept too long and is read again");
        } else {
            let applying = Instant::now();
            let writes = work
                .into_iter()
                .map(|(schema, items)| self.apply(schema, items));
            for (schema, groups, outcomes) in join_all(writes).await {
                match outcomes {
                    Ok(outcomes) => {
                        self.tell(schema, &groups);
                        settlement.take(schema, groups, outcomes, started, &self.options, jitter);
                    }
                    Err(error) => failed = failed.or(Some(error)),
                }
            }
            metrics::phase("apply", applying.elapsed());
            self.signals.progress.send_modify(|n| *n += 1);
        }
        let settled = self.mark(&settlement).await?;
        failed.map_or(Ok(settled), |error| Err(error.into()))
    }

    async fn plan(&self, events: Vec<Event>, now: Timestamp) -> Result<Plan, EngineError> {
        let mapping = Instant::now();
        let mut plan = plan::plan(events, &self.sides.registry, now);
        metrics::phase("map", mapping.elapsed());
        for (schema, groups) in std::mem::take(&mut plan.rebuild) {
            let ids: Vec<_> = groups.iter().map(|group| group.id.clone()).collect();
            let states = self.sides.primary.states_of(schema, &ids);
            let states = metrics::primary("states", states).await?;
            plan.rebuilt(schema, groups, states, self.sides.clock.now());
        }
        Ok(plan)
    }

    async fn apply(&self, schema: &'static Schema, items: Vec<plan::Item>) -> Outcomes {
        let (groups, changes): (Vec<Group>, Vec<Change>) = items
            .into_iter()
            .map(|item| (item.group, item.change))
            .unzip();
        let outcomes = self.sides.replica.apply(schema, &changes);
        let outcomes = metrics::replica("apply", outcomes).await;
        (schema, groups, outcomes)
    }

    async fn mark(&self, settlement: &Settlement) -> Result<Settled, EngineError> {
        let marking = Instant::now();
        let primary = &self.sides.primary;
        if !settlement.applied.is_empty() {
            let marked = primary.mark_applied(&settlement.applied, &settlement.healed);
            metrics::primary("mark", marked).await?;
        }
        for charge in &settlement.charges {
            tracing::warn!(
                key = charge.error_key,
                error = charge.error,
                tries = charge.seen_retry_count + 1,
                "an event failed"
            );
        }
        let mut charged = 0;
        if !settlement.charges.is_empty() {
            charged = metrics::primary("charge", primary.charge(&settlement.charges)).await?;
        }
        metrics::phase("mark", marking.elapsed());
        Ok(Settled {
            written: settlement.written,
            superseded: settlement.superseded,
            charged,
            retry_at: settlement
                .charges
                .iter()
                .filter_map(|c| c.next_attempt_at)
                .min(),
            again: false,
        })
    }

    /// The collection that an event is for, as metrics name it.
    fn collection(&self, event: &Event) -> &'static str {
        let schema = self.sides.registry.by_type(&event.aggregate_type);
        schema.map_or("unknown", |schema| schema.collection)
    }

    /// Tells how late each collection is, and the traces of requests that are recorded.
    fn tell(&self, schema: &'static Schema, groups: &[Group]) {
        let now = self.sides.clock.now();
        let lag = |group: &Group| {
            let lag = now.duration_since(group.newest.created_at);
            lag.as_secs_f64().max(0.0)
        };
        if let Some(latest) = groups.iter().map(lag).reduce(f64::max) {
            ::metrics::histogram!(names::APPLY_LAG_SECONDS, "collection" => schema.collection)
                .record(latest);
        }
        for group in groups {
            let parent = group.newest.traceparent.as_deref();
            let Some(parent) = parent.and_then(|text| TraceParent::parse(text).ok()) else {
                continue;
            };
            if parent.is_sampled() {
                let span = tracing::info_span!(
                    "apply",
                    trace_id = parent.trace_id(),
                    parent_id = parent.parent_id(),
                    collection = schema.collection,
                    version = group.newest.version.get(),
                );
                span.in_scope(|| tracing::info!(lag_seconds = lag(group), "applied"));
            }
        }
    }
}

/// The places of events.
pub(crate) fn places(events: &[Event]) -> Vec<EventRef> {
    events.iter().map(|event| event.at).collect()
}
