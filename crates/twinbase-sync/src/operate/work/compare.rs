//! Comparing both sides, and mending.

use serde::Serialize;
use tokio::time::Instant;

use super::Ended;
use crate::{
    Freshness, Sides,
    operate::Operation,
    repair::{Repair, RepairOptions},
    verify::{VerifyOptions, verify_and_prove},
    worker::{EngineError, Signals},
};

pub(super) async fn verify(
    sides: &Sides,
    operation: &Operation,
    options: &VerifyOptions,
) -> Result<(), Ended> {
    let compared = verify_and_prove(sides, options, progress(operation));
    follow(operation, compared).await
}

pub(super) async fn repair(
    sides: &Sides,
    signals: &Signals,
    operation: &Operation,
    options: &VerifyOptions,
) -> Result<(), Ended> {
    let freshness = Freshness::new(sides.clone(), signals.progress.subscribe());
    let repair = Repair {
        sides,
        freshness: &freshness,
        signals,
    };
    let options = RepairOptions {
        verify: options.clone(),
        ..RepairOptions::default()
    };
    follow(operation, repair.run(&options, progress(operation))).await
}

/// Waits for a comparison, and keeps what it found. One that is cancelled leaves nothing undone.
async fn follow<T: Serialize>(
    operation: &Operation,
    compared: impl Future<Output = Result<T, EngineError>>,
) -> Result<(), Ended> {
    let report = tokio::select! {
        biased;
        () = operation.cancelled() => return Err(Ended::Cancelled),
        report = compared => report?,
    };
    let found = serde_json::to_value(&report).ok();
    operation.update(|progress| progress.found = found);
    Ok(())
}

/// Adds up what the collections report, each for itself.
fn progress(operation: &Operation) -> impl FnMut(&str, u64) + Send {
    let began = Instant::now();
    let (mut before, mut current, mut of) = (0, 0, String::new());
    move |collection, compared| {
        if of != collection {
            before += current;
            collection.clone_into(&mut of);
        }
        current = compared;
        let done = before + current;
        operation.update(|progress| progress.compared(collection, done, began.elapsed()));
    }
}
