//! Does the rebuilds that are asked for. Only the worker that leads does, and whoever leads next goes on from the record; see
//! [`crate::rebuild`] for the protocol.

mod check;
mod fill;
mod page;
mod step;

use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::time::Instant;
use twinbase_core::{
    Disposition, Name, PrimaryError, Schema,
    primary::{CollectionRecord, Phase},
};

use super::{EngineError, leases, shared::Shared};
use crate::{error_chain, rebuild::record};

/// How often the records are read while there is something to do.
const POLL: Duration = Duration::from_secs(1);

/// How often they are read otherwise. Reads of pending events notice a change at once; a worker that is paused has none.
const IDLE_POLL: Duration = Duration::from_secs(15);

/// How long one is left alone in which nothing is due; then the primary's clock is asked again.
const LONGEST_REST: Duration = Duration::from_mins(1);

/// The pause after an attempt that has failed.
const AGAIN: Duration = Duration::from_secs(5);

/// Does rebuilds until it is dropped.
pub(crate) async fn lead(shared: Arc<Shared>) {
    loop {
        leases::led(&shared).await;
        if let Err(error) = drive(&shared).await {
            let error = error_chain(&error);
            tracing::debug!(error, "the records of collections cannot be read");
            tokio::time::sleep(AGAIN).await;
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Those under way, each with when it goes on after its end.
type UnderWay<'a> = FuturesUnordered<BoxFuture<'a, (Name, Option<Rest>)>>;

/// Does rebuilds as long as this worker leads, each beside the others.
async fn drive(shared: &Shared) -> Result<(), PrimaryError> {
    let mut controls = shared.signals.controls.subscribe();
    let mut under_way = UnderWay::new();
    let mut names: HashSet<Name> = HashSet::new();
    let mut resting: HashMap<Name, Rest> = HashMap::new();
    while shared.held.borrow().leads() {
        controls.borrow_and_update();
        let now = Instant::now();
        for record in shared.sides.primary.collections().await? {
            let schema = shared.sides.registry.by_collection(&record.collection);
            let rests = |of: &Schema| {
                let rest = resting.get(&of.collection);
                rest.is_some_and(|rest| rest.revision == record.revision && now < rest.until)
            };
            let is_due = |of: &&Arc<Schema>| {
                is_active(&record) && !names.contains(&of.collection) && !rests(of)
            };
            let Some(schema) = schema.filter(is_due) else {
                continue;
            };
            names.insert(schema.collection.clone());
            under_way.push(carry_on(shared, schema, record).boxed());
        }
        resting.retain(|_, rest| now < rest.until);
        let poll = if under_way.is_empty() {
            IDLE_POLL
        } else {
            POLL
        };
        let due = resting.values().map(|rest| rest.until).min();
        let next = due.map_or(now + poll, |due| due.min(now + poll));
        let is_idle = under_way.is_empty();
        tokio::select! {
            biased;
            Some((name, rest)) = under_way.next() => {
                names.remove(&name);
                resting.extend(rest.map(|rest| (name, rest)));
            }
            // Dropped with the other programs of this process: then the records are polled.
            Ok(()) = controls.changed() => {}
            () = shared.recorded.notified(), if is_idle => {}
            () = tokio::time::sleep_until(next) => {}
        }
    }
    Ok(())
}

/// Nothing is due in a rebuild for a while, unless its record is changed.
struct Rest {
    revision: i64,
    until: Instant,
}

fn is_active(record: &CollectionRecord) -> bool {
    let rebuild = record.rebuild.as_ref();
    rebuild.is_some_and(|of| {
        let rests = of.is_paused && of.phase.is_before_switch();
        of.phase != Phase::Ended && !rests
    })
}

/// Does what is due in one rebuild, until there is nothing or its record was changed by somebody else.
async fn carry_on(
    shared: &Shared,
    schema: &Arc<Schema>,
    record: CollectionRecord,
) -> (Name, Option<Rest>) {
    let mut job = Job {
        shared,
        schema,
        record,
    };
    // Whoever leads does other rebuilds too, and goes on when the cause is gone.
    let result = AssertUnwindSafe(job.run()).catch_unwind().await;
    let (error, is_known) = match result {
        Ok(Ok(until)) => {
            let revision = job.record.revision;
            let rest = until.map(|until| Rest { revision, until });
            return (schema.collection.clone(), rest);
        }
        Ok(Err(EngineError::Primary(error))) if error.disposition() == Disposition::RetryLater => {
            (error_chain(&error), false)
        }
        Ok(Err(error)) => (format!("{}. {}", error_chain(&error), error.remedy()), true),
        Err(_) => ("it panicked; the log has the panic".to_owned(), true),
    };
    let collection = schema.collection.as_ref();
    tracing::warn!(collection, error, "a rebuild waits; it goes on by itself");
    // Where the primary is away, it cannot be written there.
    if is_known {
        job.waits_for(error).await.ok();
    }
    tokio::time::sleep(AGAIN).await;
    (schema.collection.clone(), None)
}

/// One rebuild, as its record was when this worker wrote or read it last.
struct Job<'a> {
    shared: &'a Shared,
    schema: &'a Arc<Schema>,
    record: CollectionRecord,
}

/// Whether to go on with a rebuild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// The next phase begins.
    Go,
    /// Nothing is due, or somebody else has changed the record: it is read again.
    Leave,
    /// Nothing is due before, unless the record is changed.
    Rest(Instant),
}

impl Job<'_> {
    /// Returns until when there is nothing to do, when that is known.
    async fn run(&mut self) -> Result<Option<Instant>, EngineError> {
        loop {
            match self.step().await? {
                Next::Go => {}
                Next::Leave => return Ok(None),
                Next::Rest(until) => return Ok(Some(until)),
            }
        }
    }

    /// Has operators see why it does not go on; one that goes on clears it.
    async fn waits_for(&mut self, error: String) -> Result<(), EngineError> {
        let sides = &self.shared.sides;
        self.record = record::read(sides, &self.record.collection).await?;
        if let Some(rebuild) = self.record.rebuild.as_mut()
            && rebuild.waits_for.as_ref() != Some(&error)
        {
            rebuild.waits_for = Some(error);
            sides.primary.record_collection(&self.record).await?;
        }
        Ok(())
    }

    /// Replaces the record, unless somebody else has.
    async fn save(&mut self) -> Result<Next, EngineError> {
        let primary = &self.shared.sides.primary;
        if !primary.record_collection(&self.record).await? {
            return Ok(Next::Leave);
        }
        self.record.revision += 1;
        Ok(Next::Go)
    }

    /// Whether the record is still what it was.
    async fn is_current(&self) -> Result<bool, EngineError> {
        let records = self.shared.sides.primary.collections().await?;
        let mut records = records.iter();
        let same = |of: &CollectionRecord| {
            of.collection == self.record.collection && of.revision == self.record.revision
        };
        Ok(records.any(same) && self.shared.held.borrow().leads())
    }
}
