//! Writes a collection's changes to where its documents lie: one physical collection, or two during a rebuild.
//!
//! What becomes of the events is decided by the collection that readers use. The one beside it can stop its rebuild, and nothing else.

use twinbase_core::{Change, Disposition, Outcome, ReplicaError, Schema, primary::Phase};

use super::{EngineError, metrics, shared::Shared};
use crate::{
    error_chain,
    generations::Target,
    rebuild::{self, Stopped},
};

/// What became of changes.
pub(super) enum Written {
    /// Of each, in their order.
    Outcomes(Vec<Outcome>),
    /// The collections have changed meanwhile: the events are to be read again.
    Again,
}

/// Writes changes to every target, in this order.
pub(super) async fn write(
    shared: &Shared,
    targets: &[Target],
    changes: &[Change],
) -> Result<Written, EngineError> {
    let mut outcomes = Vec::new();
    let mut beside = None;
    for target in targets {
        let applied = apply(shared, &target.schema, changes).await;
        match (target.beside, applied) {
            (None, applied) => outcomes = applied?,
            (Some(phase), Ok(applied)) => beside = Some((target, phase, Ok(applied))),
            // It is one replica: what is away for one collection is away for the other.
            (Some(_), Err(error)) if is_away(&error) => return Err(error.into()),
            (Some(phase), Err(error)) => beside = Some((target, phase, Err(error))),
        }
    }
    let Some((target, phase, applied)) = beside else {
        return Ok(Written::Outcomes(outcomes));
    };
    let Some(reason) = refusal(changes, &outcomes, applied) else {
        return Ok(Written::Outcomes(outcomes));
    };
    refused(shared, target, phase, reason, outcomes).await
}

/// Takes a refusal by the collection beside the serving one.
async fn refused(
    shared: &Shared,
    target: &Target,
    phase: Phase,
    reason: String,
    outcomes: Vec<Outcome>,
) -> Result<Written, EngineError> {
    if phase == Phase::Settling {
        // Some readers use that one still, and must not take it for up to date. They have moved in some seconds.
        return Err(ReplicaError::Unavailable {
            operation: "write to the collection that readers are leaving",
            source: reason.into(),
        }
        .into());
    }
    let collection = &target.schema.collection;
    let physical = target.schema.physical();
    let reason = format!("`{physical}` refuses a change: {reason}");
    // Before the events are marked: a collection that lacks a change must never be read.
    let stopped = rebuild::stop(&shared.sides, collection, target.generation, &reason);
    Ok(match stopped.await? {
        Stopped::Yes => Written::Outcomes(outcomes),
        Stopped::Serving => Written::Again,
    })
}

/// What the collection beside the serving one refuses and that one does not.
fn refusal(
    changes: &[Change],
    outcomes: &[Outcome],
    beside: Result<Vec<Outcome>, ReplicaError>,
) -> Option<String> {
    let beside = match beside {
        Ok(beside) => beside,
        Err(error) => return Some(error_chain(&error)),
    };
    let mut each = changes.iter().zip(outcomes.iter().zip(beside));
    each.find_map(|(change, both)| match both {
        (Outcome::Applied | Outcome::Superseded, Outcome::Rejected { reason, .. }) => {
            Some(format!("document {}: {reason}", change.id))
        }
        _ => None,
    })
}

pub(super) const fn is_away(error: &ReplicaError) -> bool {
    matches!(
        error.disposition(),
        Disposition::Retry | Disposition::RetryLater
    )
}

async fn apply(
    shared: &Shared,
    schema: &Schema,
    changes: &[Change],
) -> Result<Vec<Outcome>, ReplicaError> {
    let applied = shared.sides.replica.apply(schema, changes);
    let outcomes = metrics::replica("apply", applied).await?;
    if outcomes.len() == changes.len() {
        return Ok(outcomes);
    }
    // Taken one by one, they would mark what was not applied.
    Err(ReplicaError::Unexpected {
        operation: "apply changes",
        reason: format!("{} outcomes for {} changes", outcomes.len(), changes.len()),
    })
}
