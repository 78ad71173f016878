//! Following a rebuild, or the way back: the worker that leads does it, and its record says how far it is.

use std::time::Duration;

use tokio::time::sleep;
use twinbase_core::{Disposition, primary::Phase};

use super::Ended;
use crate::{
    Sides, error_chain,
    operate::Operation,
    rebuild::{CANCELLED, ROLLBACK_CANCELLED, RebuildStatus, among, give_up, record},
    worker::Signals,
};

/// How often the record is read.
const POLL: Duration = Duration::from_millis(500);

/// The pause after a primary was away.
const AGAIN: Duration = Duration::from_secs(5);

/// What is not known any more of an operation that nobody followed.
const SUPERSEDED: &str =
    "Something else was done with the collection before anybody saw how this ended";

/// Follows until readers have moved, or never will. A primary that is away is waited for, because the rebuild waits for it too.
pub(super) async fn follow(
    sides: &Sides,
    signals: &Signals,
    operation: &Operation,
    collection: &str,
) -> Result<(), Ended> {
    loop {
        let read = async {
            let record = record::read(sides, collection).await?;
            let status = RebuildStatus::of(&record, &sides.registry);
            among(sides, status.into_iter().collect()).await
        };
        match read.await {
            Ok(status) => {
                // An older program that goes on with the rebuild does not keep it.
                let is_its = |of: &RebuildStatus| {
                    let its = of.operation.as_ref();
                    its.is_none_or(|its| *its == operation.id)
                };
                let status = status.into_iter().next().filter(is_its);
                let status = status.ok_or_else(|| Ended::Failed(SUPERSEDED.to_owned()))?;
                operation.update(|progress| progress.follow(&status));
                if status.is_over() {
                    return ended(&status);
                }
                if operation.is_cancelling() {
                    // What has become of it is seen in the record.
                    drop(give_up(sides, signals, collection, &operation.id).await);
                }
            }
            Err(error) => {
                if !matches!(
                    error.disposition(),
                    Disposition::Retry | Disposition::RetryLater
                ) {
                    return Err(error.into());
                }
                operation.update(|progress| {
                    progress.error = Some(error_chain(&error));
                    progress.eta = None;
                });
                sleep(AGAIN).await;
            }
        }
        sleep(POLL).await;
    }
}

fn ended(status: &RebuildStatus) -> Result<(), Ended> {
    match status.error.as_deref() {
        Some(CANCELLED | ROLLBACK_CANCELLED) => Err(Ended::Cancelled),
        Some(error) if status.phase >= Phase::Dropping => Err(Ended::Failed(error.to_owned())),
        _ => Ok(()),
    }
}
