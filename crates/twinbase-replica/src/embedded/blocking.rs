//! Calls of the store on a thread that may block.

use tokio::task::JoinError;
use twinbase_core::ReplicaError;
use twinbase_docstore::Error;

use super::error;

/// Runs `work` and waits for it. When the caller goes away, `work` still ends by itself: a batch is never half applied.
pub(super) async fn run<T: Send + 'static>(
    operation: &'static str,
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, ReplicaError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| error::of(operation, error)),
        Err(error) => Err(broken(operation, &error)),
    }
}

/// The error for a thread that ended without an answer.
pub(super) fn broken(operation: &'static str, error: &JoinError) -> ReplicaError {
    ReplicaError::Unexpected {
        operation,
        reason: error.to_string(),
    }
}
