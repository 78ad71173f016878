//! One bulk write, and the search for the change at fault when the replica refuses it whole.

use twinbase_core::{Change, Disposition, Outcome, Replica, ReplicaError, Schema};

/// Applies changes. An answer that refuses the whole write without naming a
/// change is narrowed down by halves, so that one bad change rejects only itself.
pub(crate) async fn apply(
    replica: &dyn Replica,
    schema: &'static Schema,
    changes: &[Change],
) -> Result<Vec<Outcome>, ReplicaError> {
    let error = match replica.apply(schema, changes).await {
        Ok(outcomes) => return Ok(outcomes),
        Err(error) => error,
    };
    match error.disposition() {
        Disposition::Retry | Disposition::RetryLater | Disposition::Operator => Err(error),
        Disposition::Poison | Disposition::Bug if changes.len() > 1 => {
            let (left, right) = changes.split_at(changes.len() / 2);
            let mut outcomes = Box::pin(apply(replica, schema, left)).await?;
            outcomes.extend(Box::pin(apply(replica, schema, right)).await?);
            Ok(outcomes)
        }
        Disposition::Poison | Disposition::Bug => Ok(vec![Outcome::Rejected {
            code: None,
            reason: error.to_string(),
        }]),
    }
}
