//! Comparing both sides, and mending.

use serde::Serialize;
use tokio::time::Instant;

use super::Ended;
use crate::{
    Freshness, Sides,
    operate::Operation,
    rebuild::plan,
    repair::{Repair, RepairOptions},
    verify::{self, Resume, Scope, VerifyOptions},
    worker::{EngineError, Signals},
};

pub(super) async fn verify(
    sides: &Sides,
    operation: &Operation,
    options: &VerifyOptions,
) -> Result<(), Ended> {
    let compared = async {
        estimate(sides, operation, &options.scope).await;
        let resume = Resume::Own(operation.id.clone());
        verify::prove(sides, options, &resume, progress(operation), &mut ()).await
    };
    follow(operation, compared).await.map(drop)
}

pub(super) async fn repair(
    sides: &Sides,
    signals: &Signals,
    operation: &Operation,
    options: &RepairOptions,
) -> Result<(), Ended> {
    let freshness = Freshness::new(sides.clone(), signals.progress.subscribe());
    let repair = Repair {
        sides,
        freshness: &freshness,
        signals,
    };
    let repaired = async {
        estimate(sides, operation, &options.verify.scope).await;
        repair.run(options, progress(operation)).await
    };
    let report = follow(operation, repaired).await?;
    if report.is_mended() {
        return Ok(());
    }
    let left = report
        .collections
        .iter()
        .flat_map(|of| of.left.iter().map(move |left| (of, left)));
    let first = left.map(|(of, left)| {
        format!(
            "{} of {}: {}",
            left.finding.id, of.found.collection, left.reason
        )
    });
    let first = first.take(1).collect::<String>();
    Err(Ended::Failed(
        format!("Not all is mended. {first}").trim_end().to_owned(),
    ))
}

/// About how much there is to compare, where that can be known: each row has a document.
async fn estimate(sides: &Sides, operation: &Operation, scope: &Scope) {
    let mut total = 0;
    for schema in sides.registry.iter().filter(|of| scope.has(of)) {
        total += if !scope.ids.is_empty() {
            scope.ids.len() as u64
        } else if scope.is_whole() {
            match plan::rows(sides, schema).await {
                Ok(rows) => 2 * rows,
                // The comparison itself finds out what is wrong.
                Err(_) => return,
            }
        } else {
            return;
        };
    }
    operation.update(|progress| progress.estimated_total = Some(total));
}

/// Waits for a comparison, and keeps what it found. One that is cancelled leaves nothing undone.
async fn follow<T: Serialize>(
    operation: &Operation,
    compared: impl Future<Output = Result<T, EngineError>>,
) -> Result<T, Ended> {
    let report = tokio::select! {
        biased;
        () = operation.cancelled() => return Err(Ended::Cancelled),
        report = compared => report?,
    };
    let found = serde_json::to_value(&report).ok();
    operation.update(|progress| progress.found = found);
    Ok(report)
}

/// Adds up what the collections report, each for itself.
fn progress(operation: &Operation) -> impl FnMut(&str, u64) + Send {
    let began = Instant::now();
    let (mut before, mut current, mut of) = (0, 0, String::new());
    let mut first = None;
    move |collection, compared| {
        if of != collection {
            before += current;
            collection.clone_into(&mut of);
        }
        current = compared;
        let done = before + current;
        // What a process that is gone had compared is in the first count.
        let first = *first.get_or_insert(done);
        let here = if done == first { done } else { done - first };
        operation.update(|progress| progress.compared(collection, (done, here), began.elapsed()));
    }
}
