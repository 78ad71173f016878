//! Does the rebuilds that are asked for. Only the worker that leads does, and whoever leads next goes on from the record; see
//! [`crate::rebuild`] for the protocol.

mod check;
mod fill;
mod step;

use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use twinbase_core::{
    Disposition, Name, PrimaryError, Schema,
    primary::{CollectionRecord, Phase},
};

use super::{EngineError, leases, shared::Shared};
use crate::{error_chain, rebuild::record};

/// How often the records are read for what other processes ask for, and for what is due.
const POLL: Duration = Duration::from_secs(1);

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

/// Does rebuilds as long as this worker leads, each beside the others.
async fn drive(shared: &Shared) -> Result<(), PrimaryError> {
    let mut controls = shared.signals.controls.subscribe();
    let mut under_way: FuturesUnordered<BoxFuture<'_, Name>> = FuturesUnordered::new();
    let mut names: HashSet<Name> = HashSet::new();
    while shared.held.borrow().leads() {
        controls.borrow_and_update();
        for record in shared.sides.primary.collections().await? {
            let schema = shared.sides.registry.by_collection(&record.collection);
            let Some(schema) =
                schema.filter(|of| is_active(&record) && !names.contains(&of.collection))
            else {
                continue;
            };
            names.insert(schema.collection.clone());
            under_way.push(carry_on(shared, schema, record).boxed());
        }
        tokio::select! {
            biased;
            Some(done) = under_way.next() => {
                names.remove(&done);
            }
            // Dropped with the other programs of this process: then the records are polled.
            Ok(()) = controls.changed() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    Ok(())
}

fn is_active(record: &CollectionRecord) -> bool {
    let rebuild = record.rebuild.as_ref();
    rebuild.is_some_and(|of| {
        let rests = of.is_paused && of.phase.is_before_switch();
        of.phase != Phase::Ended && !rests
    })
}

/// Does what is due in one rebuild, until there is nothing or its record was changed by somebody else.
async fn carry_on(shared: &Shared, schema: &Arc<Schema>, record: CollectionRecord) -> Name {
    let mut job = Job {
        shared,
        schema,
        record,
    };
    // Whoever leads does other rebuilds too, and goes on when the cause is gone.
    let result = AssertUnwindSafe(job.run()).catch_unwind().await;
    let (error, is_known) = match result {
        Ok(Ok(())) => return schema.collection.clone(),
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
    schema.collection.clone()
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
}

impl Job<'_> {
    async fn run(&mut self) -> Result<(), EngineError> {
        while self.step().await? == Next::Go {}
        Ok(())
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
