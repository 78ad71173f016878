//! One batch: plan it, compose and apply each collection's changes, mark what is done.
//!
//! Collections do not wait for each other: one that fails is reported, and what the others did is marked.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt as _, future::join_all};
use jiff::Timestamp;
use tokio::time::Instant;
use twinbase_core::{
    Change, Disposition, Event, EventRef, HEARTBEAT, Name, Outcome, PrimaryError, Schema,
};

use super::{
    EngineError, metrics,
    plan::{self, Failure, Group, Work},
    settlement::Settlement,
    shared::Shared,
    targets::{self, Written},
};
use crate::{
    error_chain,
    generations::{Generations, Target},
    timeline,
};

/// What a batch leaves to do.
#[derive(Debug, Default)]
pub(crate) struct Settled {
    /// When the first of the failed events may be tried again.
    pub(crate) retry_at: Option<Timestamp>,
    /// Whether some events have to be read again.
    pub(crate) again: bool,
    /// What became of each collection.
    pub(crate) collections: Vec<(Arc<Schema>, Result<(), EngineError>)>,
}

/// What became of one collection's part of a batch.
struct Applied {
    schema: Arc<Schema>,
    groups: Vec<Group>,
    outcomes: Vec<Outcome>,
    /// Events that cannot be applied as they are.
    failed: Vec<(Event, Failure)>,
    /// Why others were not applied.
    error: Option<EngineError>,
    /// Whether nothing is marked, because it took too long or was overtaken by a rebuild, and its events are to be read again.
    slept: bool,
}

/// Runs a batch, and after it each isolated event by itself.
pub(crate) async fn run(
    shared: Arc<Shared>,
    events: Vec<Event>,
    generations: Arc<Generations>,
    read_at: Instant,
) -> Result<Settled, PrimaryError> {
    let (alone, together): (Vec<_>, Vec<_>) = {
        let isolated = shared.isolated();
        let is_isolated = |event: &Event| isolated.contains(&event.at);
        events.into_iter().partition(is_isolated)
    };
    let mut settled = Settled::default();
    if !together.is_empty() {
        let of = refs(&together);
        let carried = carry(&shared, together, &generations, read_at, &mut settled);
        if let Ok(result) = AssertUnwindSafe(carried).catch_unwind().await {
            result?;
        } else {
            tracing::error!(
                events = of.len(),
                "a batch panicked; its events are tried one at a time"
            );
            shared.isolated().extend(of);
            settled.again = true;
        }
    }
    for event in alone {
        let before = settled.collections.len();
        try_alone(&shared, event, &generations, read_at, &mut settled).await?;
        let mut tried = settled.collections[before..].iter();
        if tried.any(|(_, result)| result.is_err()) {
            // The rest is read again: one by one they would only ask as often as there are events.
            break;
        }
    }
    Ok(settled)
}

/// Tries an event by itself. When it panics, a failed attempt is recorded.
async fn try_alone(
    shared: &Shared,
    event: Event,
    generations: &Generations,
    read_at: Instant,
    settled: &mut Settled,
) -> Result<(), PrimaryError> {
    let carried = carry(shared, vec![event.clone()], generations, read_at, settled);
    if let Ok(result) = AssertUnwindSafe(carried).catch_unwind().await {
        // What panicked before and only failed now is tried by itself again.
        if result? == 0 {
            shared.isolated().remove(&event.at);
        }
        return Ok(());
    }
    tracing::error!(event = event.at.seq, "applying an event panicked");
    let mut settlement = Settlement::new(shared);
    let failure = Failure::new("panic", "applying it panicked; the log has the panic");
    settlement.fail(&collection(shared, &event), &event, failure);
    mark(shared, settlement, settled).await.map(drop)
}

/// Carries a batch over; returns how many failed attempts were recorded. What was applied is marked even when a
/// collection fails.
async fn carry(
    shared: &Shared,
    events: Vec<Event>,
    generations: &Generations,
    read_at: Instant,
    settled: &mut Settled,
) -> Result<u64, PrimaryError> {
    let mapping = Instant::now();
    let plan = plan::plan(
        events,
        &shared.sides.registry,
        &shared.mappings,
        generations,
        shared.sides.clock.now(),
    );
    metrics::phase("map", mapping.elapsed());
    let mut settlement = Settlement::new(shared);
    for (event, failure) in plan.failed {
        settlement.fail(&collection(shared, &event), &event, failure);
    }
    let applying = Instant::now();
    let parts = plan.work.into_values();
    let parts = parts.map(|work| {
        let targets = generations.targets(&work.schema);
        carry_collection(shared, work, targets, read_at)
    });
    let parts = join_all(parts).await;
    metrics::phase("apply", applying.elapsed());
    metrics::documents(parts.iter().map(|part| part.outcomes.len() as u64).sum());
    for part in parts {
        let schema = part.schema;
        for (event, failure) in part.failed {
            settlement.fail(&schema.collection, &event, failure);
        }
        if !part.outcomes.is_empty() {
            metrics::applied(&schema, &part.groups, shared.sides.clock.now());
            settlement.take(&schema, part.groups, part.outcomes);
        }
        settled.again |= part.slept;
        let result = part.error.map_or(Ok(()), Err);
        settled.collections.push((schema, result));
    }
    shared.signals.progress.notify();
    mark(shared, settlement, settled).await
}

/// One collection's part of a batch: composes what has to be composed, and applies everything.
async fn carry_collection(
    shared: &Shared,
    mut work: Work,
    targets: Vec<Target>,
    read_at: Instant,
) -> Applied {
    let schema = Arc::clone(&work.schema);
    let began = shared.sides.clock.now();
    let mut failed = Vec::new();
    let looked = look_first(shared, &schema).await;
    if let Err(error) = looked {
        return Applied {
            schema,
            groups: Vec::new(),
            outcomes: Vec::new(),
            failed,
            error: Some(error),
            slept: false,
        };
    }
    let reads_rows = !work.compose.is_empty();
    let composed = compose(shared, &mut work, &mut failed).await;
    let mut error = composed.err().map(EngineError::from);
    let (groups, changes) = work.into_changes();
    let mut slept = shared.is_too_old(read_at, began);
    let mut outcomes = Vec::new();
    if slept {
        tracing::warn!(
            collection = schema.collection.as_ref(),
            "a batch slept too long and is read again"
        );
    } else if reads_rows && error.is_none() {
        match lies_there_still(shared, &schema, &targets).await {
            Ok(lies_there) => slept = !lies_there,
            Err(failed) => (slept, error) = (true, Some(failed.into())),
        }
    }
    if !slept && !changes.is_empty() {
        match targets::write(shared, &targets, &changes).await {
            Ok(Written::Outcomes(of)) => {
                let serving = targets.iter().find(|target| target.beside.is_none());
                let schema = serving.map_or(&schema, |target| &target.schema);
                match gave_way(shared, schema, &changes, &of).await {
                    Ok(()) => outcomes = of,
                    Err(failed) => error = Some(failed),
                }
            }
            Ok(Written::Again) => slept = true,
            Err(failed) => error = Some(failed),
        }
    }
    Applied {
        schema,
        groups,
        outcomes,
        failed,
        error,
        slept,
    }
}

/// Looks at what a heartbeat will be applied over: once it is, a replica that was put back meanwhile looks like one that was not.
async fn look_first(shared: &Shared, schema: &Schema) -> Result<(), EngineError> {
    if schema.collection == HEARTBEAT.collection {
        timeline::check(&shared.sides).await?;
    }
    Ok(())
}

/// Sees whether what stood in for changes is anything that the primary has given out.
async fn gave_way(
    shared: &Shared,
    schema: &Schema,
    changes: &[Change],
    outcomes: &[Outcome],
) -> Result<(), EngineError> {
    let of = changes.iter().zip(outcomes);
    let superseded = of.filter(|(_, outcome)| **outcome == Outcome::Superseded);
    let ids: Vec<_> = superseded.map(|(change, _)| change.id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    timeline::give_way(&shared.sides, schema, &ids).await
}

/// Whether the collections are those of before rows were read. A row can be newer than the batch, and of after the beginning of a rebuild that
/// the batch does not know: written to the old collection alone, it would be marked and missing in the new one.
async fn lies_there_still(
    shared: &Shared,
    schema: &Arc<Schema>,
    targets: &[Target],
) -> Result<bool, PrimaryError> {
    let now = Generations::read(&shared.sides);
    let now = metrics::primary("collections", now).await?;
    let now = now.targets(schema);
    let of = |target: &Target| target.generation;
    Ok(now.iter().map(of).eq(targets.iter().map(of)))
}

/// Composes documents from the current rows. A row that makes the query fail is found by halving.
async fn compose(
    shared: &Shared,
    work: &mut Work,
    failed: &mut Vec<(Event, Failure)>,
) -> Result<(), PrimaryError> {
    let mut parts = vec![std::mem::take(&mut work.compose)];
    while let Some(mut groups) = parts.pop() {
        if groups.is_empty() {
            continue;
        }
        let ids: Vec<_> = groups.iter().map(|group| group.id.clone()).collect();
        let states = shared.sides.primary.states_of(&work.schema, &ids);
        match metrics::primary("states", states).await {
            Ok(states) => {
                let now = shared.sides.clock.now();
                failed.extend(work.composed(groups, states, now));
            }
            Err(error) if error.disposition() != Disposition::Poison => return Err(error),
            Err(_) if groups.len() > 1 => {
                let right = groups.split_off(groups.len() / 2);
                parts.extend([right, groups]);
            }
            Err(error) => {
                let error = format!("its row cannot be read: {}", error_chain(&error));
                let failure = Failure::new("unreadable-row", error);
                failed.extend(
                    groups
                        .into_iter()
                        .map(|group| (group.newest, failure.clone())),
                );
            }
        }
    }
    Ok(())
}

/// Writes to the outbox what became of the events, and counts it; returns how many failed attempts were recorded.
async fn mark(
    shared: &Shared,
    settlement: Settlement,
    settled: &mut Settled,
) -> Result<u64, PrimaryError> {
    let marking = Instant::now();
    let primary = &shared.sides.primary;
    if !settlement.applied.is_empty() {
        let marked = primary.mark_applied(&settlement.applied, &settlement.healed);
        metrics::primary("mark", marked).await?;
    }
    for failure in &settlement.failures {
        tracing::warn!(
            key = failure.error_key,
            error = failure.error,
            attempts = failure.seen_retry_count + 1,
            "an event failed"
        );
    }
    let mut failed_attempts = 0;
    if !settlement.failures.is_empty() {
        let recorded = primary.record_failed(&settlement.failures);
        failed_attempts = metrics::primary("charge", recorded).await?;
    }
    metrics::phase("mark", marking.elapsed());
    shared.status.send_modify(|status| {
        status.applied += settlement.written;
        status.superseded += settlement.superseded;
        status.failed_attempts += failed_attempts;
    });
    let retries = settlement.failures.iter().filter_map(|f| f.next_attempt_at);
    settled.retry_at = retries.chain(settled.retry_at).min();
    Ok(failed_attempts)
}

/// The collection that an event is for, as metrics name it.
fn collection(shared: &Shared, event: &Event) -> Name {
    let schema = shared.sides.registry.by_type(&event.aggregate_type);
    schema.map_or(Name::Borrowed("unknown"), |schema| {
        schema.collection.clone()
    })
}

/// The names of events.
pub(crate) fn refs(events: &[Event]) -> Vec<EventRef> {
    events.iter().map(|event| event.at).collect()
}
